from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from reconciler.server.settings import OFFERED
from reconciler.version import __version__
from tests.server.api.asgi import sent
from tests.server.api.deployment import LOGINS, Deployment

Deploy = Callable[..., AbstractContextManager[Deployment]]


@pytest.mark.requirement("A-02")
@pytest.mark.parametrize(
    ("path", "expected"),
    [("version", {"version": __version__, "profile": "3.1"}), ("health", {"status": "UP"})],
)
def test_anybody_may_ask_for_version_and_health(
    shared: Deployment, path: str, expected: object
) -> None:
    answer = shared.client.request("GET", f"/admin/api/v1/{path}")
    assert (answer.status, answer.json()) == (200, expected)


def test_capabilities_tell_what_the_server_offers(shared: Deployment) -> None:
    row = shared.call("GET", "capabilities", by=LOGINS["User"]).json()
    assert row == {
        "version": __version__,
        "profile": "3.1",
        "time": "2026-03-01T12:00:00.000Z",
        "capabilities": list(OFFERED),
        "limits": {
            "bodyBytes": 262144,
            "changeOperations": 20000,
            "changeBytes": 67108864,
            "pageSize": 1000,
        },
    }


def test_what_is_switched_off_is_not_there(deploy: Deploy) -> None:
    with deploy(capabilities=()) as plain:
        assert plain.call("GET", "capabilities").json()["capabilities"] == []
        made = plain.put_bootstrap("b", {})
        assert "etag" not in made.headers
        stale = {"if-match": '"99"', "x-pvm-source": "r@1234567 b:1"}
        written = plain.call("POST", "bootstrap", query={"name": "b"}, body={}, headers=stale)
        assert (written.status, written.json()["source"]) == (200, None)
        lines = plain.call("GET", "bootstraps", headers={"accept": "application/x-ndjson"})
        assert lines.headers["content-type"] == "application/json"
        assert plain.call("POST", "changes", body={"operations": []}).status == 404
        for path in ("events", "events/types", "events/users"):
            assert plain.call("GET", path).status == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_other_methods_are_told_the_ones_there_are(shared: Deployment, method: str) -> None:
    answer = shared.client.request(method, "/admin/api/v1/bootstrap")
    assert answer.status == 405
    assert answer.headers["allow"] == "DELETE, GET, POST"


def test_no_origin_is_ever_allowed_in(shared: Deployment) -> None:
    what = sent(headers={"origin": "https://evil.example"})
    answer = shared.client.request("GET", "/admin/api/v1/version", what)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.requirement("P-02")
@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/admin/swagger-ui/", "text/html; charset=utf-8"),
        ("/admin/swagger-ui/start.js", "text/javascript; charset=utf-8"),
        ("/admin/swagger-ui/vendor/swagger-ui-dist-5.35.0/swagger-ui.css", "text/css"),
    ],
)
def test_the_swagger_page_and_its_files_are_served(
    shared: Deployment, path: str, media_type: str
) -> None:
    answer = shared.client.request("GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize("path", ["/", "/admin/swagger-ui"])
def test_the_front_door_leads_to_the_page(shared: Deployment, path: str) -> None:
    answer = shared.client.request("GET", path)
    assert (answer.status, answer.headers["location"]) == (307, "/admin/swagger-ui/")


@pytest.mark.parametrize("name", ["../manifest.json", "..%2f..%2fstart.js", "none.js", ""])
def test_nothing_beside_the_vendored_files_is_served(shared: Deployment, name: str) -> None:
    path = f"/admin/swagger-ui/vendor/swagger-ui-dist-5.35.0/../../{name}"
    answer = shared.client.request("GET", path)
    assert (answer.status, answer.json()["code"]) == (404, "NOT_FOUND")
