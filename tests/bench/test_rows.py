"""The canned rows are those of the real server, field by field."""

import json
import os
import subprocess
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from bench.corpus import LISTS, make_corpus, write_repository
from bench.inventory import Row
from bench.program import PVM
from tests.live_server import RunningServer, running_server


def listed(server: RunningServer, collection: str, bearer: str) -> list[Row]:
    request = Request(  # noqa: S310 -- our own server
        f"{server.url}/admin/api/v1/{collection}",
        headers={"Authorization": f"Bearer {bearer}", "Accept": "application/x-ndjson"},
    )
    with build_opener(ProxyHandler({})).open(request) as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def logged_in(server: RunningServer) -> str:
    user = server.user("Super-Admin")
    body = json.dumps({"username": user.login, "password": user.password}).encode()
    request = Request(  # noqa: S310 -- our own server
        f"{server.url}/admin/api/v1/auth/admin", body, {"Content-Type": "application/json"}
    )
    with build_opener(ProxyHandler({})).open(request) as answer:
        return str(json.load(answer)["accessToken"])


def applied(server: RunningServer, repository: Path) -> int:
    user = server.user("Super-Admin")
    login = {"PVM_USERNAME": user.login, "PVM_PASSWORD": user.password}
    done = subprocess.run(  # noqa: S603 -- our own program
        (*PVM, "-C", str(repository), "apply", "--yes", "-q", "--rps", "1000"),
        env={**os.environ, "PVM_URL": server.url, **login},
        capture_output=True,
        check=False,
    )
    return done.returncode


def test_the_corpus_is_what_the_server_would_list(tmp_path: Path) -> None:
    things = make_corpus(100, 7)
    write_repository(things, tmp_path)
    with running_server() as server:
        assert applied(server, tmp_path) == 0
        bearer = logged_in(server)
        found = {kind: listed(server, collection, bearer) for kind, collection in LISTS.items()}

    for kind in LISTS:
        identity = "loginName" if kind == "PortalUser" else "name"
        real = {row[identity]: row for row in found[kind]}
        for thing in things:
            if thing.kind == kind:
                assert set(thing.row) == set(real[thing.name]), kind
                assert thing.row[identity] == real[thing.name][identity]
