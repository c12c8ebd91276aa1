"""An apply that is killed at every point, and continued from another folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from reconciler.core.inventory import is_reserved
from reconciler.core.values import JsonValue
from tests.cli.conftest import Run
from tests.cli.loopback import listening
from tests.cli.repositories import Repository
from tests.remote.fake_server import EVERYTHING, LOGIN_NAME, PASSWORD, FakeServer

KILLED: Final = """
import os, signal, sys
from reconciler.cli import apply, local_state
from reconciler.cli.main import main

class Killing(local_state.JournalFile):
    left = int(sys.argv.pop(1))

    def mark(self, *event):
        super().mark(*event)
        Killing.left -= 1
        if not Killing.left:
            os.kill(os.getpid(), signal.SIGKILL)

apply.JournalFile = Killing
main()
"""
"""The program, killed when it has written so many lines of its journal."""

SINGLE: Final = ("etag", "ndjson", "events", "devices", "sources")
POINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "sets": (
        *("started", "leased", "prepared", "wave"),
        *("written", "written", "written", "written"),
        *("read-back", "recorded", "released", "finished"),
    ),
    "single": (
        *("started", "leased", "prepared", "wave", "announced"),
        *("written", "written", "written", "written"),
        *("read-back", "recorded", "released", "finished"),
    ),
}
ALIKE: Final = {("sets", 6), ("sets", 7), ("sets", 8), ("single", 7), ("single", 8)}
"""After one of the writes, or the set of all, it makes no difference to the server which."""
CASES: Final = [
    (mode, number)
    for mode, points in POINTS.items()
    for number in range(1, len(points) + 1)
    if (mode, number) not in ALIKE
]
LEASED: Final = ("leased", "prepared", "wave", "announced", "written", "read-back")
"""Points at which something is left to do, and the lease of the dead forbids it."""


@dataclass(slots=True)
class Clock:
    """The server's."""

    now: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Scene:
    """A server to which a first version was applied, and a repository with the second."""

    fake: FakeServer
    clock: Clock
    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def args(self, root: Path | None = None) -> tuple[str, ...]:
        return ("apply", "--yes", "-q", "-C", str(root or self.root))

    def rows(self) -> dict[tuple[str, str], dict[str, JsonValue]]:
        return {
            (path, name): {key: item for key, item in row.items() if key != "version"}
            for path, rows in self.fake.rows.items()
            for name, row in rows.items()
            if not is_reserved("Bootstrap" if path == "bootstrap" else "", name)
        }


@pytest.fixture
def scene(tmp_path: Path, pvm: Run, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Four changes: a new site, a new token, another bootstrap, and one token less."""
    clock = Clock()
    offers = EVERYTHING if request.param == "sets" else SINGLE
    fake = FakeServer(offers=offers, clock=clock)
    repository = Repository(tmp_path / "first", "acme").write(prune="owned").declare()
    spare = repository.spare()
    with listening(fake.handle) as url:
        env = {
            "PVM_URL": url,
            "PVM_USERNAME": LOGIN_NAME,
            "PVM_PASSWORD": PASSWORD,
            "PVM_DIGEST_KEY": "a key that only these tests have, and nobody else",
        }
        made = Scene(fake, clock, repository.root, env)
        assert pvm(*made.args(), env=env).code == 0
        spare.write_text(spare.read_text().replace("acme-spare", "acme-other"))
        repository.declare(idle=60)
        site = "kind: Site\nname: acme-new\nproServerName: dev04\n"
        (repository.root / "files" / "new.yaml").write_text(site)
        shutil.rmtree(repository.root / ".pvm")
        yield made


def killed_at(scene: Scene, number: int) -> int:
    """What became of an apply that was to be killed at the numbered line of its journal."""
    done = subprocess.run(  # noqa: S603 -- our own program
        [sys.executable, "-c", KILLED, str(number), *scene.args()],
        env={**os.environ, **scene.env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode


def journal(scene: Scene) -> list[str]:
    (file,) = (scene.root / ".pvm" / "journal").iterdir()
    return [json.loads(line)["event"] for line in file.read_text().splitlines()]


@pytest.mark.parametrize(
    ("scene", "number"), CASES, indirect=["scene"], ids=[f"{m}-{n}" for m, n in CASES]
)
def test_an_apply_that_was_killed_is_continued_from_anywhere_once_its_lease_has_ended(
    scene: Scene, number: int, pvm: Run, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    mode = request.node.callspec.params["scene"]
    assert killed_at(scene, number) == -signal.SIGKILL
    assert journal(scene) == list(POINTS[mode][:number])
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(scene.root, elsewhere, ignore=shutil.ignore_patterns(".pvm"))
    if POINTS[mode][number - 1] in LEASED:
        assert pvm(*scene.args(elsewhere), env=scene.env).code == 8
    scene.clock.now += timedelta(seconds=61)

    continued = pvm(*scene.args(elsewhere), env=scene.env)

    assert continued.code == 0
    names = {name for _, name in scene.rows()}
    assert names == {"acme-site", "acme-new", "acme-settings", "acme-counter", "acme-other"}
    settings = scene.fake.rows["bootstrap"]["acme-settings"]["parameters"]
    assert isinstance(settings, Mapping)
    assert settings["idle"] == 60
    planned = pvm("plan", "--detailed-exitcode", "-C", str(elsewhere), env=scene.env)
    assert planned.code == 0


@pytest.mark.parametrize("scene", ["sets"], indirect=True)
def test_state_on_this_machine_is_private_and_git_ignores_it(scene: Scene, pvm: Run) -> None:
    assert pvm(*scene.args(), env=scene.env).code == 0
    folder = scene.root / ".pvm"
    assert (folder / ".gitignore").read_text() == "*\n"
    files = [file for name in ("journal", "undo") for file in (folder / name).iterdir()]
    assert len(files) == 2
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert not any("canary" in file.read_text() for file in files)


@pytest.mark.parametrize("scene", ["sets"], indirect=True)
def test_without_a_place_for_the_journal_nothing_is_written(scene: Scene, pvm: Run) -> None:
    (scene.root / ".pvm").write_text("in the way")
    before = deepcopy(scene.fake.rows)
    ran = pvm(*scene.args(), env=scene.env)
    assert ran.code in (1, 64)
    assert ".pvm" in ran.err
    assert scene.fake.rows == before
