"""Generated requests against the running server, judged by its own OpenAPI document."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.live_server import RunningServer, running_server

# What the document cannot say (which sort fields a list has, which names exist) is refused though
# it fits the document, so that one check is left out.
LEFT_OUT = "positive_data_acceptance"
# These would end the session or slow the log-in down for the rest of the run.
AVOIDED = "auth/(logout|admin|password)"


def sign_in(server: RunningServer) -> str:
    user = server.user("Super-Admin")
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.url}/admin/api/v1/auth/admin",
        json.dumps({"username": user.login, "password": user.password}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        return str(json.load(answer)["accessToken"])


@pytest.mark.requirement("P-01")
def test_no_generated_request_finds_a_failure_or_an_undocumented_answer(tmp_path: Path) -> None:
    with running_server() as server:
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{server.url}/admin/v3/api-docs",
            f"--url={server.url}",
            f"--header=Authorization: Bearer {sign_in(server)}",
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
