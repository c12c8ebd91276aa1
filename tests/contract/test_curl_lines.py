"""The command lines that the product's guides print, run as they stand by a real shell."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live_server import RunningServer, running_server

CURL = shutil.which("curl")
BASH = shutil.which("bash")


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    if CURL is None or BASH is None:
        if os.environ.get("CI"):
            pytest.fail("curl and bash are needed: apt-get install curl bash")
        pytest.skip("no curl on this machine: apt-get install curl")
    with running_server() as found:
        yield found


def run(line: str, server: RunningServer, **values: str) -> tuple[int, Any]:
    """Run one printed line; its placeholders are shell variables of the same names."""
    line = line.replace("https://<PVM URL>", server.url).replace("<myAccessToken>", "$TOKEN")
    assert BASH is not None
    found = subprocess.run(  # noqa: S603 - the line is this test's own
        [BASH, "-c", f"{line} --silent --show-error --write-out '\\n%{{http_code}}'"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **values},
    )
    body, _, status = found.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


LOGIN = """\
curl -X POST "https://<PVM URL>/admin/api/v1/auth/admin" -H "accept: */*" \
-H "Content-Type: application/json" \
-d "{\\"username\\": \\"$LOGIN\\", \\"password\\": \\"$PASSWORD\\"}\""""
BOOTSTRAP = """\
curl -X POST "https://<PVM URL>/admin/api/v1/bootstrap?name=myBootstrap" -H "accept: */*" \
-H "authorization: Bearer <myAccessToken>" -H "Content-Type: application/json" \
-d '{"site": "site-1094"}'"""
TOKEN = """\
curl -X POST "https://<PVM URL>/admin/api/v1/token?\
appId=WFC_PRO_ANDROID&bootstrap=myBootstrap&description=optional&name=myToken" \
-H "accept: */*" -H "authorization: Bearer <myAccessToken>\""""
READ = 'curl "https://<PVM URL>/admin/api/v1/%s" -H "authorization: Bearer <myAccessToken>"'


@pytest.fixture(scope="module")
def token(server: RunningServer) -> str:
    user = server.user("Admin")
    status, body = run(LOGIN, server, LOGIN=user.login, PASSWORD=user.password)
    assert status == 200
    assert body["tokenType"] == "Bearer"
    return str(body["accessToken"])


@pytest.mark.requirement("P-08")
@pytest.mark.requirement("B-12")
def test_the_printed_bootstrap_line_creates_and_a_repeat_updates(
    server: RunningServer, token: str
) -> None:
    status, body = run(BOOTSTRAP, server, TOKEN=token)
    assert (status, body["parameters"]) == (200, {"site": "site-1094"})
    again = BOOTSTRAP.replace("site-1094", "site-1095")
    status, changed = run(again, server, TOKEN=token)
    assert (status, changed["version"]) == (200, body["version"] + 1)
    status, found = run(READ % "bootstrap?name=myBootstrap", server, TOKEN=token)
    assert (status, found["parameters"]) == (200, {"site": "site-1095"})


@pytest.mark.requirement("P-09")
@pytest.mark.requirement("T-15")
def test_the_printed_token_line_creates_and_a_repeat_updates(
    server: RunningServer, token: str
) -> None:
    run(BOOTSTRAP, server, TOKEN=token)
    status, body = run(TOKEN, server, TOKEN=token)
    assert status == 200
    assert (body["name"], body["appId"]) == ("myToken", "WFC_PRO_ANDROID")
    run(BOOTSTRAP.replace("myBootstrap", "other"), server, TOKEN=token)
    again = TOKEN.replace("bootstrap=myBootstrap", "bootstrap=other")
    status, changed = run(again, server, TOKEN=token)
    assert (status, changed["bootstrap"]) == (200, "other")
    status, found = run(READ % "token?name=MYTOKEN", server, TOKEN=token)
    assert (status, found["name"], found["bootstrap"]) == (200, "myToken", "other")


@pytest.mark.requirement("P-08")
def test_header_case_and_parameter_order_do_not_matter(server: RunningServer, token: str) -> None:
    shouted = BOOTSTRAP.replace("authorization", "AUTHORIZATION").replace(
        "Content-Type", "CONTENT-TYPE"
    )
    assert run(shouted, server, TOKEN=token)[0] == 200
    turned = TOKEN.replace(
        "appId=WFC_PRO_ANDROID&bootstrap=myBootstrap&description=optional&name=myToken",
        "name=myToken&description=optional&bootstrap=myBootstrap&appId=WFC_PRO_ANDROID",
    )
    assert run(turned, server, TOKEN=token)[0] == 200
