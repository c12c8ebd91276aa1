"""Two repositories, one server, and sometimes one name."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from reconciler.core.values import JsonValue
from tests.cli.conftest import Run
from tests.cli.conftest import pvm as pvm  # noqa: PLC0414 -- a fixture of the command line's tests
from tests.sources.work_trees import commit, git
from tests.stories.program import Call, program, words
from tests.world.server import Key, Stored
from tests.world.world import SUPER, URL, World


@pytest.fixture(params=["with a key", "without a key"])
def call(pvm: Run, world: World, request: pytest.FixtureRequest) -> Iterator[Call]:
    env = {"PVM_TOKEN": world.server.sessions[SUPER]}
    env |= {"PVM_DIGEST_KEY": "for tests only, 32 bytes or more"} if "h a" in request.param else {}
    with program(pvm, world.wire, env) as call:
        yield call


def repository(root: Path, names: Sequence[str], *, name: str = "acme", id_: str = "") -> Path:
    """A committed project that declares these bootstraps."""
    (root / "files").mkdir(parents=True)
    project = f"kind: Project\nname: {name}\nsources: [files]\n"
    project += f"id: {id_}\n" if id_ else ""
    project += 'scope: {bootstraps: ["b*"]}\nsafety: {allowEmpty: true}\n'
    project += f'targets: {{prod: {{url: "{URL}"}}}}\n'
    (root / "pvm.yaml").write_text(project)
    (root / ".gitignore").write_text(".pvm\n")
    for one in names:
        text = f"kind: Bootstrap\nname: {one}\nparameters: {{from: {root.name}}}\n"
        (root / "files" / f"{one}.yaml").write_text(text)
    git(root, "init", "-q")
    commit(root)
    return root


def bootstraps(world: World) -> dict[str, JsonValue]:
    """Which repository each comes from; what was there before is left out."""
    return {
        name: value["from"]
        for (kind, name), value in world.objects().items()
        if kind == "Bootstrap" and "from" in value
    }


def state(world: World) -> dict[Key, Stored]:
    return world.server.objects()


def test_the_second_repository_of_a_name_is_stopped_and_told_whose_it_is(
    call: Call, world: World, tmp_path: Path
) -> None:
    north = repository(tmp_path / "north", ("b1", "b2"), id_="1a11")
    south = repository(tmp_path / "south", ("b2", "b3"), id_="2b22")
    assert call(north, "apply", "--yes").code == 0
    before = state(world)

    planned = call(south, "plan", "--detailed-exitcode")
    stopped = [
        call(south, "apply", "--yes"),
        call(south, "apply", "--yes", "--prune", "--on-conflict", "ours"),
        call(south, "lock", "--until", "1h", "--reason", "mine"),
        call(south, "inventory", "rebuild", "--yes"),
    ]

    assert planned.code == 6
    assert "1a11" in planned.out
    assert "give this project another name" in words(planned)
    assert [ran.code for ran in stopped] == [6, 6, 6, 6], [ran.all for ran in stopped]
    assert all("1a11" in ran.all for ran in stopped)
    assert state(world) == before
    assert call(north, "plan", "--detailed-exitcode").code == 0


def test_under_another_name_it_gets_what_the_first_one_does_not_own(
    call: Call, world: World, tmp_path: Path
) -> None:
    north = repository(tmp_path / "north", ("b1", "b2"), id_="1a11")
    south = repository(tmp_path / "south", ("b2", "b3"), id_="2b22", name="acme-south")
    assert call(north, "apply", "--yes").code == 0

    applied = call(south, "apply", "--yes")

    assert applied.code == 4, applied.all
    assert bootstraps(world) == {"b1": "north", "b2": "north", "b3": "south"}
    assert "b2" in applied.out
    assert 'the project "acme"' in words(applied)
    for root, code in ((north, 0), (south, 4)):
        assert call(root, "plan", "--detailed-exitcode").code == code


def test_without_ids_the_name_decides_and_only_the_history_tells_them_apart(
    call: Call, world: World, tmp_path: Path
) -> None:
    """So the second one is taken for another checkout of the first, and for one that is behind."""
    north = repository(tmp_path / "north", ("b1", "b2"))
    south = repository(tmp_path / "south", ("b2", "b3"))
    assert call(north, "apply", "--yes").code == 0
    applied = git(north, "rev-parse", "HEAD")
    before = state(world)

    stopped = call(south, "apply", "--yes")
    shown = call(south, "plan")

    assert stopped.code == 6
    assert f"--ack rollback={applied}" in words(stopped)
    assert state(world) == before
    assert "b1" in shown.out

    meant = call(south, "apply", "--yes", "--ack", f"rollback={applied}")

    assert meant.code == 0, meant.all
    assert bootstraps(world) == {"b2": "south", "b3": "south"}


@pytest.mark.parametrize("ids", [("1a11", ""), ("", "2b22")], ids=["first", "second"])
def test_an_id_that_only_one_of_them_has_decides_nothing(
    call: Call, world: World, tmp_path: Path, ids: tuple[str, str]
) -> None:
    """A project that gets its id later has to find its inventory again."""
    root = repository(tmp_path / "north", ("b1", "b2"), id_=ids[0])
    assert call(root, "apply", "--yes").code == 0
    text = (root / "pvm.yaml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("id: ")]
    (root / "pvm.yaml").write_text("\n".join([*lines, f"id: {ids[1]}" if ids[1] else ""]) + "\n")
    commit(root)

    assert call(root, "plan", "--detailed-exitcode").code == 0
    (root / "files" / "b1.yaml").unlink()
    commit(root)
    assert call(root, "apply", "--yes").code == 0
    assert bootstraps(world) == {"b2": "north"}
