"""One change to every store, and a server that has no answer for some of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run
from tests.cli.conftest import pvm as pvm  # noqa: PLC0414 -- a fixture of the command line's tests
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer, problem
from tests.stories.program import Call, program

STORES, BUSY = 3331, 40
PROJECT = """\
kind: Project
name: acme
sources: [files]
scope: {bootstraps: ["store-*"], tokens: ["STORE-*"]}
targets:
  test:
    url: http://127.0.0.1:1
    limits: {retries: 0, requestsPerSecond: 10000}
"""
NAMES = tuple(f"store-{number:04d}" for number in range(1, STORES + 1))
SICK = frozenset(NAMES[1000 : 1000 + BUSY])
"""Neighbours, as they are where a node holds a part of the names."""


@dataclass(slots=True)
class Server:
    """A server in memory, and the stores that it has no answer for."""

    fake: FakeServer = field(default_factory=FakeServer)
    sick: frozenset[str] = frozenset()

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.method in ("POST", "DELETE") and request.url.params.get("name", "") in self.sick:
            return problem(503, "UNAVAILABLE", "the node of this store restarts")
        return self.fake.handle(request)

    def scanners(self) -> dict[str, list[str]]:
        """Which stores have which version."""
        found: dict[str, list[str]] = {}
        for name in NAMES:
            parameters = self.fake.rows["bootstrap"][name]["parameters"]
            assert isinstance(parameters, Mapping)
            found.setdefault(str(parameters["scanner"]), []).append(name)
        return found


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def call(pvm: Run, server: Server) -> Iterator[Call]:
    env = {"PVM_USERNAME": LOGIN_NAME, "PVM_PASSWORD": PASSWORD}
    with program(pvm, httpx.MockTransport(server.handle), env) as call:
        yield call


def declare(root: Path, scanner: str) -> None:
    (root / "files").mkdir(exist_ok=True)
    (root / "pvm.yaml").write_text(PROJECT)
    document = "kind: Bootstrap\nname: {}\nparameters: {{scanner: {}}}\n"
    texts = [document.format(name, scanner) for name in NAMES]
    (root / "files" / "stores.yaml").write_text("---\n".join(texts))


def test_forty_of_3331_updates_fail_and_the_next_apply_is_those_forty(
    call: Call, server: Server, tmp_path: Path
) -> None:
    declare(tmp_path, "old")
    assert call(tmp_path, "apply", "--yes", "-q").code == 0
    declare(tmp_path, "new")
    server.fake.offers = ("etag", "ndjson")
    server.sick = SICK

    first = call(tmp_path, "apply", "--yes", "-q", "--ack", f"updates.Bootstrap={STORES}")
    halfway = server.scanners()
    left = call(tmp_path, "plan", "--detailed-exitcode")
    server.sick = frozenset()
    server.fake.seen.clear()
    second = call(tmp_path, "apply", "--yes", "-q")
    sent = {one.params["name"] for one in server.fake.seen if one.path.endswith("/bootstrap")}
    after = call(tmp_path, "plan", "--detailed-exitcode")

    assert first.code == 7, first.all
    assert "x 40 bootstraps   store-1001 … store-1040" in first.out
    assert "503 UNAVAILABLE: the node of this store restarts" in first.out
    assert "3,291 updated · 40 failed" in first.out
    assert "run `pvm apply` again" in first.out
    assert len(first.out.splitlines()) < 12
    assert set(halfway["old"]) == SICK
    assert len(halfway["new"]) == STORES - BUSY
    assert left.code == 2, left.all
    assert "~ 40 bootstraps" in left.out
    assert "plan      40 update · 3,291 unchanged\n" in left.out
    assert "DRIFT" not in left.out
    assert second.code == 0, second.all
    assert "applied   40 updated" in second.out
    assert {name for name in sent if name in NAMES} == SICK
    assert server.scanners() == {"new": list(NAMES)}
    assert after.code == 0, after.all
    assert "nothing to do · 3,331 unchanged" in after.out


def test_what_could_not_be_created_is_still_to_be_created_with_what_needs_it(
    call: Call, server: Server, tmp_path: Path
) -> None:
    few = NAMES[:120]
    sick = frozenset(few[::3])
    declare_pairs(tmp_path, few)
    server.fake.offers = ("etag", "ndjson")
    server.sick = sick

    first = call(tmp_path, "apply", "--yes", "-q")
    halfway = objects(server)
    left = call(tmp_path, "plan", "--detailed-exitcode")
    drift = call(tmp_path, "drift")
    server.sick = frozenset()
    second = call(tmp_path, "apply", "--yes", "-q")

    assert first.code == 7, first.all
    assert "160 created · 40 failed · 40 skipped" in first.out
    assert halfway == {*pairs(set(few) - sick)}
    assert left.code == 2, left.all
    assert "plan      80 create · 160 unchanged" in left.out
    assert drift.code == 0, drift.all
    assert second.code == 0, second.all
    assert "applied   80 created" in second.out
    assert objects(server) == {*pairs(few)}
    assert call(tmp_path, "plan", "--detailed-exitcode").code == 0


def test_what_could_not_be_deleted_is_still_ours_and_still_to_be_deleted(
    call: Call, server: Server, tmp_path: Path
) -> None:
    few = NAMES[:120]
    gone = few[:60]
    sick = frozenset(name.upper() for name in gone[:40])
    declare_pairs(tmp_path, few)
    assert call(tmp_path, "apply", "--yes", "-q").code == 0
    declare_pairs(tmp_path, few[60:])
    server.fake.offers = ("etag", "ndjson")
    server.sick = sick
    acks = ("--ack", "deletes.Bootstrap=60", "--ack", "deletes.Token=60")

    first = call(tmp_path, "apply", "--yes", "-q", *acks)
    halfway = objects(server)
    left = call(tmp_path, "plan", "--detailed-exitcode", *acks)
    server.sick = frozenset()
    stopped = call(tmp_path, "apply", "--yes", "-q")
    second = call(tmp_path, "apply", "--yes", "-q", *acks)

    assert first.code == 7, first.all
    assert "40 deleted · 40 failed · 40 skipped" in first.out
    assert halfway == {*pairs(set(few) - set(gone[40:]))}
    assert left.code == 2, left.all
    assert "plan      80 delete · 120 unchanged" in left.out
    assert stopped.code == 6
    assert "--ack deletes.Token=40" in stopped.out
    assert second.code == 0, second.all
    assert "applied   80 deleted" in second.out
    assert objects(server) == {*pairs(few[60:])}
    assert call(tmp_path, "plan", "--detailed-exitcode").code == 0


def declare_pairs(root: Path, names: Iterable[str]) -> None:
    """A bootstrap and its token for each name."""
    document = (
        "kind: Bootstrap\nname: {0}\nparameters: {{idle: 30}}\n---\n"
        "kind: Token\nname: {1}\nappId: WFC_PRO_ANDROID\nbootstrap: {0}\n"
    )
    (root / "files").mkdir(exist_ok=True)
    (root / "pvm.yaml").write_text(PROJECT)
    texts = [document.format(name, name.upper()) for name in names]
    (root / "files" / "stores.yaml").write_text("---\n".join(texts))


def pairs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        yield "bootstrap", name
        yield "token", name


def objects(server: Server) -> set[tuple[str, str]]:
    """Path and folded name; pvm's own bootstraps are left out."""
    found = {(path, name) for path, rows in server.fake.rows.items() for name in rows}
    return {one for one in found if not one[1].startswith("pvm-")}
