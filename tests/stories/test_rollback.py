"""Old commits, cut off histories and rewritten ones, with real repositories and the program."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.values import JsonValue
from tests.cli.conftest import Run
from tests.cli.conftest import pvm as pvm  # noqa: PLC0414 -- a fixture of the command line's tests
from tests.sources.work_trees import commit, git
from tests.stories.program import Call, program, words
from tests.world.world import SUPER, URL, World

PROJECT = f"""\
kind: Project
name: acme
id: 7f3c9a
sources: [files]
scope: {{bootstraps: ["b*"]}}
targets: {{test: {{url: "{URL}"}}}}
"""


@pytest.fixture
def call(pvm: Run, world: World) -> Iterator[Call]:
    with program(pvm, world.wire, {"PVM_TOKEN": world.server.sessions[SUPER]}) as call:
        yield call


def declare(root: Path, idle: int, name: str = "b1") -> None:
    text = f"kind: Bootstrap\nname: {name}\nparameters: {{idle: {idle}}}\n"
    (root / "files" / f"{name}.yaml").write_text(text)


def change(root: Path, idle: int, name: str = "b1") -> str:
    """Commit another value; returns the commit."""
    declare(root, idle, name)
    return commit(root, f"{name}: {idle}")


def idle(world: World, name: str = "b1") -> JsonValue:
    return world.objects()["Bootstrap", name]["idle"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of one commit, which sets 10."""
    root = tmp_path / "acme"
    (root / "files").mkdir(parents=True)
    (root / "pvm.yaml").write_text(PROJECT)
    (root / ".gitignore").write_text(".pvm\nplan.json\n")
    git(root, "init", "-q")
    change(root, 10)
    return root


def test_a_pipeline_that_is_run_again_does_not_take_later_commits_back(
    call: Call, world: World, root: Path
) -> None:
    old = change(root, 20)
    assert call(root, "apply", "--yes").code == 0
    new = change(root, 30)
    assert call(root, "apply", "--yes").code == 0
    git(root, "checkout", "-q", old)
    world.wire.seen.clear()

    planned = call(root, "plan")
    detailed = call(root, "plan", "--detailed-exitcode")
    stopped = call(root, "apply", "--yes")

    assert (planned.code, detailed.code, stopped.code) == (0, 6, 6)
    assert world.wire.written() == []
    assert idle(world) == 30
    for ran in (planned, stopped):
        told = words(ran)
        assert f"apply #2 ({new[:7]}) is not part of the history of these files" in told
        assert f"--ack rollback={new}" in told

    (ack,) = set(re.findall(r"--ack (rollback=[0-9a-f]+)", stopped.out))
    wrong = call(root, "apply", "--yes", "--ack", f"rollback={old}")
    meant = call(root, "apply", "--yes", "--ack", ack)

    assert wrong.code == 6
    assert (meant.code, idle(world)) == (0, 20)
    assert "1 updated" in meant.out
    assert call(root, "plan", "--detailed-exitcode").code == 0

    git(root, "checkout", "-q", "main")
    onward = call(root, "plan", "--detailed-exitcode")
    assert onward.code == 2, onward.all
    assert "20 → 30" in onward.out
    assert "DRIFT" not in onward.out


def test_a_plan_that_was_saved_before_a_later_commit_was_applied_is_stopped(
    call: Call, world: World, root: Path
) -> None:
    call(root, "apply", "--yes")
    old = change(root, 20)
    assert call(root, "plan", "--out", str(root / "plan.json")).code == 0
    new = change(root, 30)
    assert call(root, "apply", "--yes").code == 0
    git(root, "checkout", "-q", old)

    late = call(root, "apply", "--yes", str(root / "plan.json"))

    assert late.code == 6, late.all
    assert f"--ack rollback={new}" in words(late)
    assert idle(world) == 30


def test_a_revert_needs_no_acknowledgement(call: Call, world: World, root: Path) -> None:
    call(root, "apply", "--yes")
    change(root, 20)
    call(root, "apply", "--yes")
    git(root, "revert", "--no-edit", "HEAD")

    reverted = call(root, "apply", "--yes")

    assert (reverted.code, idle(world)) == (0, 10)


def test_a_shallow_clone_is_refused_until_it_has_the_history(
    call: Call, world: World, root: Path
) -> None:
    applied = git(root, "rev-parse", "HEAD")
    call(root, "apply", "--yes")
    change(root, 20)
    change(root, 30)
    clone = root.parent / "clone"
    git(root.parent, "clone", "-q", "--depth=1", f"file://{root}", str(clone))

    stopped = call(clone, "apply", "--yes")

    assert (stopped.code, idle(world)) == (6, 10)
    told = words(stopped)
    assert f"apply #1 ({applied[:7]})" in told
    assert "fetch-depth: 0" in told

    git(clone, "fetch", "-q", "--deepen=2")
    deeper = call(clone, "apply", "--yes")

    assert (deeper.code, idle(world)) == (0, 30), deeper.all
    assert call(clone, "plan", "--detailed-exitcode").code == 0


def test_a_shallow_clone_of_what_was_applied_last_knows_enough(
    call: Call, world: World, root: Path
) -> None:
    change(root, 20)
    call(root, "apply", "--yes")
    world.put("Bootstrap", "b1", {"idle": 99})
    clone = root.parent / "clone"
    git(root.parent, "clone", "-q", "--depth=1", f"file://{root}", str(clone))

    planned = call(clone, "plan", "--detailed-exitcode")

    assert planned.code == 3, planned.all
    assert "fetch-depth" not in planned.all


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_a_merge_that_makes_new_commits_of_applied_ones_needs_no_acknowledgement(
    call: Call, world: World, root: Path, way: str
) -> None:
    """The branch was applied and is gone, with everything that only it led to."""
    call(root, "apply", "--yes")
    git(root, "checkout", "-qb", "topic")
    change(root, 20)
    applied = change(root, 30)
    assert call(root, "apply", "--yes").code == 0
    git(root, "checkout", "-q", "main")
    if way == "squash":
        git(root, "merge", "-q", "--squash", "topic")
        commit(root, "topic (#7)")
    else:
        (root / "README.md").write_text("written meanwhile\n")
        commit(root, "read me")
        git(root, "rebase", "-q", "main", "topic")
        git(root, "checkout", "-q", "main")
        git(root, "merge", "-q", "--ff-only", "topic")
    git(root, "branch", "-qD", "topic")
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")
    assert applied not in git(root, "rev-list", "--all")

    merged = call(root, "plan", "--detailed-exitcode")
    change(root, 40)
    onward = call(root, "apply", "--yes")

    assert merged.code == 0, merged.all
    assert (onward.code, idle(world)) == (0, 40), onward.all


def test_a_branch_that_lacks_what_main_has_is_stopped_also_when_it_is_younger(
    call: Call, world: World, root: Path
) -> None:
    """A branch cut before the last apply would take back what it never saw."""
    git(root, "branch", "topic")
    change(root, 20, "b2")
    call(root, "apply", "--yes")
    git(root, "checkout", "-q", "topic")
    change(root, 30)

    stopped = call(root, "apply", "--yes", "--prune")

    assert stopped.code == 6
    assert "merge it" in words(stopped)
    assert idle(world, "b2") == 20

    git(root, "merge", "-q", "--no-edit", "main")
    assert call(root, "apply", "--yes").code == 0
    assert (idle(world), idle(world, "b2")) == (30, 20)


def test_a_clone_without_blobs_finds_a_squashed_branch_all_the_same(
    call: Call, world: World, root: Path
) -> None:
    """What it lacks is fetched when somebody looks at it."""
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "checkout", "-qb", "topic")
    change(root, 20)
    assert call(root, "apply", "--yes").code == 0
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--squash", "topic")
    commit(root, "topic (#7)")
    change(root, 30)
    clone = root.parent / "clone"
    git(root.parent, "clone", "-q", "--filter=blob:none", f"file://{root}", str(clone))

    applied = call(clone, "apply", "--yes")

    assert (applied.code, idle(world)) == (0, 30), applied.all


def test_a_squash_onto_what_was_never_applied_is_stopped_and_says_how_to_go_on(
    call: Call, world: World, root: Path
) -> None:
    """Nobody can tell such a history from one that lacks the branch: its files never were so."""
    git(root, "checkout", "-qb", "topic")
    applied = change(root, 20)
    assert call(root, "apply", "--yes").code == 0
    git(root, "checkout", "-q", "main")
    change(root, 7, "b2")
    git(root, "merge", "-q", "--squash", "topic")
    commit(root, "topic (#7)")

    stopped = call(root, "apply", "--yes")
    meant = call(root, "apply", "--yes", "--ack", f"rollback={applied}")

    assert stopped.code == 6
    assert f"--ack rollback={applied}" in stopped.out
    assert meant.code == 0, meant.all
    assert (idle(world), idle(world, "b2")) == (20, 7)
    assert call(root, "plan", "--detailed-exitcode").code == 0
