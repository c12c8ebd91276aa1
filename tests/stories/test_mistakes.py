"""What people get wrong, and what must not come of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.project import DEFAULT_SAFETY, Adopt, Prune
from reconciler.core.values import JsonValue
from reconciler.sources.repository import read_repository
from reconciler.workflow.task import Task
from tests.sources.work_trees import commit, git
from tests.stories.stores import bootstraps, by_hand
from tests.world.server import BundledServer
from tests.world.world import NO_LIMITS, World, declared, project, target

PROJECT = """\
kind: Project
name: acme
id: 7f3c9a
sources: [files]
scope: {bootstraps: ["b*"]}
"""


def stops(plan: Plan) -> list[str]:
    return [stop.guard for stop in plan.stops]


def write(root: Path, *values: int) -> None:
    """One bootstrap for each value."""
    (root / "files").mkdir(parents=True, exist_ok=True)
    (root / "pvm.yaml").write_text(PROJECT)
    for number, value in enumerate(values):
        text = f"kind: Bootstrap\nname: b{number}\nparameters: {{app: {value}}}\n"
        (root / "files" / f"b{number}.yaml").write_text(text)


def committed(world: World, root: Path) -> Task:
    """The task of what is checked out at `root`."""
    repository = read_repository(root)
    assert repository.problems == ()
    return world.task(
        repository.declared,
        replace(project(), scope=repository.project.scope),
        commit=repository.commit,
        clean=repository.clean,
        source_hash=repository.source_hash,
        history=repository.history,
    )


@pytest.fixture
def root(tmp_path: Path, world: World) -> Path:
    """A repository of two commits, the second one applied."""
    root = tmp_path / "acme"
    write(root, 1)
    git(root, "init", "-q", "-b", "main")
    commit(root, "first")
    write(root, 2, 1)
    commit(root, "second")
    world.apply(committed(world, root))
    return root


def test_an_old_commit_is_not_applied_again_unless_it_is_meant(world: World, root: Path) -> None:
    last = git(root, "rev-parse", "HEAD").strip()
    git(root, "checkout", "-q", "HEAD~1")
    task = committed(world, root)
    plan = world.plan(task)
    assert stops(plan) == ["rollback"]
    assert f"--ack rollback={last}" in plan.stops[0].fix
    assert world.apply(task, plan).outcomes == ()
    meant = world.plan(task, PlanOptions(rollback=last))
    assert meant.stops == ()
    assert meant.steps


def test_a_shallow_clone_is_told_to_fetch_the_history(world: World, root: Path) -> None:
    write(root, 3, 1)
    commit(root, "third")
    clone = root.parent / "clone"
    git(root.parent, "clone", "-q", "--depth", "1", f"file://{root}", str(clone))
    plan = world.plan(committed(world, clone))
    assert stops(plan) == ["rollback"]
    assert "fetch-depth: 0" in plan.stops[0].reason + plan.stops[0].fix
    git(clone, "fetch", "-q", "--unshallow")
    assert world.plan(committed(world, clone)).stops == ()


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_a_commit_that_was_squashed_or_rebased_away_does_no_harm(
    world: World, root: Path, way: str
) -> None:
    git(root, "checkout", "-q", "-b", "topic")
    write(root, 5, 1)
    commit(root, "on a branch")
    world.apply(committed(world, root))
    git(root, "checkout", "-q", "main")
    if way == "squash":
        git(root, "merge", "-q", "--squash", "topic")
        commit(root, "squashed")
    else:
        (root / "README").write_text("another file\n")
        commit(root, "meanwhile")
        git(root, "checkout", "-q", "topic")
        git(root, "rebase", "-q", "main")
    git(root, "branch", "-q", "-D", "topic") if way == "squash" else None
    write(root, 6, 1)
    commit(root, "and on")
    plan = world.plan(committed(world, root))
    assert plan.stops == ()
    assert len(plan.steps) == 1


def test_two_repositories_of_one_name_do_not_share_an_inventory(world: World) -> None:
    world.apply(world.task(bootstraps(3)))
    other = world.task(bootstraps(1, 9), project(id="another"))
    plan = world.plan(other)
    assert set(stops(plan)) == {"inventory"}
    assert world.apply(other, plan).outcomes == ()
    assert world.objects()["Bootstrap", "b00000"] == {"app": 1}


def test_the_addresses_of_staging_and_production_are_swapped(world: World) -> None:
    rules = project(targets={"default": target(customer="acme-prod")})
    task = world.task(bootstraps(3), rules)
    plan = world.plan(task)
    assert stops(plan) == ["customer"]
    world.wire.seen.clear()
    assert world.apply(task, plan).outcomes == ()
    assert world.wire.written() == []


def test_a_folder_that_is_gone_deletes_nothing_without_the_exact_number(world: World) -> None:
    rules = project(safety=replace(DEFAULT_SAFETY, updates={}))
    acked = PlanOptions(acks={"deletes.Bootstrap": 40})
    world.apply(world.task(bootstraps(100), rules))
    task = world.task(bootstraps(60), rules)
    plan = world.plan(task)
    assert stops(plan) == ["deletes"]
    assert "--ack deletes.Bootstrap=40" in plan.stops[0].fix
    assert world.apply(task, plan).outcomes == ()
    assert stops(world.plan(task, PlanOptions(acks={"deletes.Bootstrap": 39}))) == ["deletes"]
    assert len(world.objects()) > 100
    world.apply(task, options=acked)
    assert (
        sum(kind == "Bootstrap" and name.startswith("b0") for kind, name in world.objects()) == 60
    )


def test_an_administrator_forges_a_shard_to_have_somebody_deleted(world: World) -> None:
    """Who may edit bootstraps must not be able to have a Super-Admin's apply delete accounts."""
    chief = declared("PortalUser", "u1", _person("Super-Admin"))
    world.put("PortalUser", "u1", _person("Super-Admin"))
    world.apply(world.task(bootstraps(2)))
    forge = world.task((chief,), project(adopt=Adopt.ALWAYS), key=b"the administrator's own key")
    backup = world.server.keep()
    world.server.begin_anew()
    world.put("PortalUser", "u1", _person("Super-Admin"))
    world.apply(forge)
    forged = shards(world.server)
    world.server.restore(backup)
    for name, value in forged.items():
        world.put("Bootstrap", name, value, by="acme-admin")
    plan = world.plan(world.task(bootstraps(2)))
    assert set(stops(plan)) == {"inventory"}
    assert plan.steps == ()
    assert ("PortalUser", "u1") in world.objects()


def shards(server: BundledServer) -> dict[str, Mapping[str, JsonValue]]:
    """pvm's own bootstraps."""
    return {
        stored.name: stored.value
        for (kind, _), stored in server.objects().items()
        if kind == "Bootstrap" and stored.name.startswith("pvm-")
    }


def _person(role: str) -> dict[str, JsonValue]:
    return {"userName": "Una", "role": role, "email": "una@acme.example"}


def test_what_is_protected_stays_without_its_document_and_without_the_inventory(
    world: World,
) -> None:
    rules = project(prune=Prune.SCOPE)
    safe = replace(declared("Bootstrap", "b1", {"a": 1}), protect=True)
    other = declared("Bootstrap", "b2", {})
    world.apply(world.task((safe, other), rules))
    undeclared = world.task((), rules)
    (blocked,) = world.plan(undeclared).blocked
    assert (blocked.id.name, blocked.guard) == ("b1", "protect")
    for name in [name for name in shards(world.server) if name.startswith("pvm-inventory-")]:
        world.remove("Bootstrap", name)
    for task in (undeclared, world.task((other,), rules)):
        world.apply(task)
        assert ("Bootstrap", "b1") in world.objects()


def test_the_first_adoption_shows_every_difference_and_takes_over_what_is_equal(
    world: World,
) -> None:
    by_hand(world, (*bootstraps(900), *bootstraps(3000, 2)[900:]))
    rules = project(safety=replace(NO_LIMITS, adopt=DEFAULT_SAFETY.adopt))
    task = world.task(bootstraps(3000), rules)
    plan = world.plan(task)
    assert stops(plan) == ["adopt"]
    assert "--ack adopt.Bootstrap=900" in plan.stops[0].fix
    acked = PlanOptions(acks={"adopt": 900})
    receipt = world.apply(task, options=acked)
    assert receipt.outcomes == ()
    after = world.plan(task)
    assert after.unchanged == 900
    assert len(after.blocked) == 2100
    assert {one.guard for one in after.blocked} == {"adopt"}
    assert {one.fields[0].pointer for one in after.blocked} == {"/app"}
