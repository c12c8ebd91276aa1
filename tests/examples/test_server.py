"""Each example against the real server: valid, applied, and then there is nothing left to do."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from reconciler.core.json_text import parse_json
from reconciler.core.resource import Desired
from reconciler.core.values import json_equal
from reconciler.sources.repository import read_repository
from tests.databases import postgres_server
from tests.live_server import RunningServer, running_server

EXAMPLES = sorted(
    path.parent for path in (Path(__file__).parents[2] / "specs" / "examples").glob("*/pvm.yaml")
)
PVM = (sys.executable, "-P", "-c", "from reconciler.cli.main import main; main()")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """One for all examples: they live beside each other, as projects do."""
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            postgres = stack.enter_context(postgres_server())
            url = stack.enter_context(postgres.database())
        yield stack.enter_context(running_server(url))


def pvm(server: RunningServer, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    user = server.user("Super-Admin")
    settings = {
        "PVM_URL": server.url,
        "PVM_USERNAME": user.login,
        "PVM_PASSWORD": user.password,
    }
    return subprocess.run(  # noqa: S603 -- our own program
        (*PVM, *arguments),
        env={**kept, **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def delivered(server: RunningServer, token: str, app: object) -> str:
    """What a device gets."""
    address = f"{server.url}/client/api/v1/bootstrap?appId={app}"
    request = Request(address, headers={"X-PVM-Token": token})  # noqa: S310 -- our own server
    with build_opener(ProxyHandler({})).open(request) as answer:
        text: bytes = answer.read()
        return text.decode()


def declared(example: Path, kind: str) -> list[Desired]:
    return [item for item in read_repository(example).declared if item.id.kind == kind]


@pytest.mark.requirement("B-17", "B-20")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_applied_and_then_there_is_nothing_left_to_do(
    server: RunningServer, example: Path, tmp_path: Path
) -> None:
    where = ("-C", shutil.copytree(example, tmp_path / example.name))
    assert pvm(server, *where, "validate").returncode == 0
    first = pvm(server, *where, "plan", "-o", "json")
    applied = pvm(server, *where, "apply", "--yes")
    again = pvm(server, *where, "plan", "--detailed-exitcode", "-o", "json")
    drift = pvm(server, *where, "drift")

    wanted = len(read_repository(example).declared)
    assert len(json.loads(first.stdout)["changes"]) == wanted
    assert applied.returncode == 0, applied.stderr
    assert again.returncode == 0, again.stdout
    assert json.loads(again.stdout)["changes"] == []
    assert drift.returncode == 0, drift.stdout
    bootstraps = {item.id.name: item.value for item in declared(example, "Bootstrap")}
    for token in declared(example, "Token"):
        text = delivered(server, token.id.name, token.value["appId"])
        assert json_equal(parse_json(text), bootstraps[str(token.value["bootstrap"])])
