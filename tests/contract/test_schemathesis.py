"""Generated requests against the running server, judged by its own OpenAPI document."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.databases import postgres_server
from tests.live_server import RunningServer, running_server

# What the document cannot say (which sort fields a list has, which names exist) is refused though
# it fits the document, so that one check is left out.
LEFT_OUT = "positive_data_acceptance"
# These would end the session, slow the log-in down, or stop the server's partners and clock for
# the rest of the run; they have tests of their own.
AVOIDED = "auth/(logout|admin|password)|^/sim/"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    """The demo over each database."""
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            url = stack.enter_context(stack.enter_context(postgres_server()).database())
        yield stack.enter_context(running_server(url))


def sign_in(server: RunningServer, role: str) -> str:
    user = server.user(role)
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.url}/admin/api/v1/auth/admin",
        json.dumps({"username": user.login, "password": user.password}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        return str(json.load(answer)["accessToken"])


@pytest.mark.requirement("P-01")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", ["User", "Super-Admin", "Vendor-Admin"])
def test_no_generated_request_finds_a_failure_or_an_undocumented_answer(
    server: RunningServer, role: str, tmp_path: Path
) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{server.url}/admin/v3/api-docs",
        f"--url={server.url}",
        f"--header=Authorization: Bearer {sign_in(server, role)}",
        "--phases=fuzzing",
        "--max-examples=4",
        "--seed=1",
        "--no-color",
        f"--exclude-checks={LEFT_OUT}",
        f"--exclude-path-regex={AVOIDED}",
    ]
    found = subprocess.run(  # noqa: S603 - a tool of this environment
        command, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert found.returncode == 0, found.stdout[-4000:]
    assert '"unexpected"' not in server.log
