"""One change to every store, and a server that has no answer for some of them."""

from collections.abc import Iterator, Mapping
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
scope: {bootstraps: ["store-*"]}
targets:
  test:
    url: http://127.0.0.1:1
    limits: {retries: 0, requestsPerSecond: 10000}
"""
NAMES = tuple(f"store-{number:04d}" for number in range(1, STORES + 1))
SICK = frozenset(NAMES[::83][:BUSY])


@dataclass(slots=True)
class Server:
    """A server in memory, and the stores that it has no answer for."""

    fake: FakeServer = field(default_factory=FakeServer)
    sick: frozenset[str] = frozenset()

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.params.get("name", "") in self.sick:
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
    assert "x 40 bootstraps   store-0001 … store-3238" in first.out
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
