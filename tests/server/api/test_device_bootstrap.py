import pytest

from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import LOGINS, Deployment

TEXT = '{ "site":"site-1094",\n  "n":1.10 }'


@pytest.fixture
def site(shared: Deployment) -> Deployment:
    token = shared.token(LOGINS["Admin"])
    what = sent(query={"name": "device"}, token=token, body=TEXT.encode())
    assert shared.client.request("POST", "/admin/api/v1/bootstrap", what).status == 200
    assert shared.put_token("DEVICE-1", bootstrap="device").status == 200
    return shared


def fetch(site: Deployment, query: str = "", **headers: str) -> Answer:
    what = sent(query=query, headers=headers)
    return site.client.request("GET", "/client/api/v1/bootstrap", what)


@pytest.mark.requirement("D-07")
@pytest.mark.requirement("D-08")
@pytest.mark.requirement("T-02")
@pytest.mark.requirement("B-05")
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("token=DEVICE-1", {}),
        ("token=device-1", {}),
        ("", {"X-PVM-Token": "DEVICE-1"}),
        ("", {"x-pvm-token": "Device-1"}),
        ("token=DEVICE-1&appId=WFC_PRO_ANDROID", {}),
        ("token=DEVICE-1", {"X-PVM-Token": "DEVICE-1"}),
    ],
)
def test_a_device_gets_exactly_the_stored_text(
    site: Deployment, query: str, headers: dict[str, str]
) -> None:
    answer = fetch(site, query, **headers)
    assert (answer.status, answer.body.decode()) == (200, TEXT)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_a_device_that_has_it_gets_304_until_it_changes(site: Deployment) -> None:
    tag = fetch(site, "token=DEVICE-1").headers["etag"]
    assert fetch(site, "token=DEVICE-1", **{"If-None-Match": tag}).status == 304
    site.put_bootstrap("device", {"site": "site-2"})
    changed = fetch(site, "token=DEVICE-1", **{"If-None-Match": tag})
    assert (changed.status, changed.json()) == (200, {"site": "site-2"})


@pytest.mark.requirement("T-10")
@pytest.mark.parametrize(
    "query", ["", "token=", "token=unknown", "token=a%2Fb", "token=%C3%A9", f"token={'x' * 65}"]
)
def test_an_unknown_token_is_not_found(site: Deployment, query: str) -> None:
    answer = fetch(site, query)
    assert (answer.status, answer.json()["code"]) == (404, "UNKNOWN_TOKEN")


@pytest.mark.requirement("T-10")
def test_a_deleted_token_delivers_nothing_more(site: Deployment) -> None:
    site.call("DELETE", "token", query={"name": "DEVICE-1"})
    assert fetch(site, "token=DEVICE-1").status == 404


@pytest.mark.requirement("T-20")
def test_another_application_is_refused(site: Deployment) -> None:
    answer = fetch(site, "token=DEVICE-1&appId=WFC_VOICE_ANDROID")
    assert (answer.status, answer.json()["code"]) == (403, "APP_MISMATCH")


@pytest.mark.requirement("T-19")
def test_the_token_alone_decides_the_customer(site: Deployment) -> None:
    other = LOGINS["other tenant"]
    site.put_bootstrap("device", {"of": "globex"}, by=other)
    query = {"name": "GLOBEX-1", "appId": "WFC_PRO_ANDROID", "bootstrap": "device"}
    assert site.call("POST", "token", by=other, query=query).status == 200
    assert fetch(site, "token=GLOBEX-1").json() == {"of": "globex"}
    assert fetch(site, "token=DEVICE-1").body.decode() == TEXT


def test_two_different_tokens_in_one_request_are_refused(site: Deployment) -> None:
    answer = fetch(site, "token=DEVICE-1", **{"X-PVM-Token": "OTHER"})
    assert (answer.status, answer.json()["code"]) == (400, "VALIDATION")


def test_a_download_counts_at_the_token_but_not_in_its_version(site: Deployment) -> None:
    def row() -> dict[str, object]:
        found: dict[str, object] = site.call("GET", "token", query={"name": "DEVICE-1"}).json()
        return found

    before = row()
    fetch(site, "token=DEVICE-1")
    after = row()
    assert (after["useCount"], after["version"]) == (
        int(str(before["useCount"])) + 1,
        before["version"],
    )
    assert after["lastUsedAt"] == "2026-03-01T12:00:00.000Z"


@pytest.mark.parametrize(
    ("query", "headers", "field"),
    [
        ("token=DEVICE-1&model=" + "x" * 257, {}, "model"),
        ("token=" + "x" * 257, {}, "token"),
        ("", {"X-PVM-Token": "x" * 257}, "X-PVM-Token"),
        ("token=DEVICE-1&colour=red", {}, "colour"),
        ("token=DEVICE-1&token=DEVICE-1", {}, "token"),
    ],
    ids=["long-model", "long-token", "long-header", "unknown", "twice"],
)
def test_what_does_not_fit_is_refused_with_its_name(
    site: Deployment, query: str, headers: dict[str, str], field: str
) -> None:
    answer = fetch(site, query, **headers)
    assert (answer.status, answer.code) == (400, "VALIDATION")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "x" * 257 not in answer.body.decode()
