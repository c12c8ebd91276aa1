"""Registering and checking in over HTTP."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.server.usecases.partner_ports import Partners
from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import LOGINS, Deployment
from tests.server.fleet import FakePttPro

DEVICE = "TC52_18304522512397"
TOLD = {
    "token": "PTT-1",
    "deviceId": DEVICE,
    "appId": "WFC_PRO_ANDROID",
    "appVersion": "3.3.10197",
    "manufacturer": "Zebra Technologies",
    "model": "TC52",
    "osVersion": "Android 11",
    "osBuild": "11-26-05.00-RG-U00-STD-HEL-04",
}


@pytest.fixture
def store(deployment: Deployment) -> Deployment:
    """A site with its token; PTT Pro answers."""
    world = deployment.app.state.world
    deployment.app.state.world = replace(world, partners=Partners(ptt_pro=FakePttPro()))
    deployment.call("POST", "site", query={"name": "store 1"}, body={"proServerName": "pro-1"})
    deployment.put_bootstrap("store-1", {"site": "store 1", "other": 1})
    assert deployment.put_token("PTT-1", bootstrap="store-1").status == 200
    return deployment


def tell(site: Deployment, path: str, body: object, **headers: str) -> Answer:
    what = sent(json_body=body, headers=headers)
    return site.client.request("POST", f"/client/api/v1/{path}", what)


@pytest.mark.requirement("D-09", "D-08")
def test_a_device_registers_without_logging_in(store: Deployment) -> None:
    answer = tell(store, "register", TOLD)
    assert (answer.status, answer.json()) == (
        200,
        {"deviceId": DEVICE, "site": "store 1", "state": "ACTIVE", "pttPro": "PROVISIONED"},
    )
    assert tell(store, "register", TOLD).json()["pttPro"] == "UNCHANGED"


@pytest.mark.requirement("D-08")
@pytest.mark.parametrize("place", ["header", "query", "body"])
def test_the_token_may_stand_in_three_places(store: Deployment, place: str) -> None:
    rest = {key: value for key, value in TOLD.items() if key != "token"}
    body = TOLD if place == "body" else rest
    headers = {"x-pvm-token": "ptt-1"} if place == "header" else {}
    query = {"token": "PTT-1"} if place == "query" else {}
    what = sent(query=query, json_body=body, headers=headers)
    assert store.client.request("POST", "/client/api/v1/checkin", what).status == 200


def test_two_different_tokens_are_refused(store: Deployment) -> None:
    answer = tell(store, "register", TOLD, **{"X-PVM-Token": "OTHER"})
    assert (answer.status, answer.code) == (400, "VALIDATION")


@pytest.mark.requirement("D-11")
def test_a_check_in_tells_when_to_come_again(store: Deployment) -> None:
    assert tell(store, "checkin", TOLD).json() == {"nextCheckinSeconds": 86400, "licenses": []}
    known = tell(store, "checkin", {"deviceId": DEVICE})
    assert known.status == 200


@pytest.mark.requirement("D-19", "S-11", "D-20")
@pytest.mark.parametrize(
    ("path", "changes", "status", "code"),
    [
        ("checkin", {"token": "GONE"}, 404, "UNKNOWN_TOKEN"),
        ("checkin", {"token": None, "deviceId": "TC52_404"}, 404, "UNKNOWN_DEVICE"),
        ("checkin", {"deviceId": None}, 400, "VALIDATION"),
        ("checkin", {"appId": "WFC_VOICE_ANDROID"}, 403, "APP_MISMATCH"),
        ("checkin", {"colour": "blue"}, 400, "VALIDATION"),
        ("register", {"site": "store 2"}, 404, "UNKNOWN_SITE"),
        ("register", {"appVersion": "3.3.10196"}, 403, "VERSION_TOO_OLD"),
        ("register", {"osVersion": "Android 7.1"}, 403, "VERSION_TOO_OLD"),
        ("register", {"site": 7}, 400, "VALIDATION"),
        ("register", {"deviceId": "x" * 300}, 400, "VALIDATION"),
    ],
    ids=[
        "unknown-token",
        "unknown-device",
        "no-device",
        "other-app",
        "unknown-key",
        "unknown-site",
        "old-version",
        "old-android",
        "site-type",
        "long-id",
    ],
)
def test_refusals_have_codes(
    store: Deployment, path: str, changes: Mapping[str, object], status: int, code: str
) -> None:
    answer = tell(store, path, {**TOLD, **changes})
    assert (answer.status, answer.code) == (status, code)


def test_a_form_is_no_contact(store: Deployment) -> None:
    what = sent(body=b"token=PTT-1", content_type="application/x-www-form-urlencoded")
    assert store.client.request("POST", "/client/api/v1/register", what).status == 415


@pytest.mark.requirement("S-11")
def test_an_entry_made_by_hand_elsewhere_is_a_conflict(store: Deployment) -> None:
    store.app.state.world.partners.ptt_pro.table["pro-1", DEVICE] = "elsewhere"
    answer = tell(store, "register", TOLD)
    assert (answer.status, answer.code) == (409, "SITE_CONFLICT")
    events = store.call("GET", "events", query={"type": "SITE_CONFLICT"}).json()["content"]
    assert [(row["severity"], row["target"]) for row in events] == [("WARN", DEVICE)]


@pytest.mark.requirement("D-20", "R-01")
def test_every_call_leaves_a_row_that_reports_show(store: Deployment) -> None:
    store.client.request("GET", "/client/api/v1/bootstrap", sent(query={"token": "PTT-1"}))
    tell(store, "register", TOLD)
    tell(store, "checkin", {**TOLD, "appId": "WFC_VOICE_ANDROID"})
    rows = store.call("GET", "history", by=LOGINS["User"]).json()["content"]
    found = [(row["action"], row["deviceId"], row["result"], row["code"]) for row in rows]
    assert found == [
        ("CHECKIN", DEVICE, "FAILED", "APP_MISMATCH"),
        ("REGISTER", DEVICE, "OK", None),
        ("BOOTSTRAP", None, "OK", None),
    ]
