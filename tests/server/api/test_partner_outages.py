"""Partners that are down, slow or wrong: devices never notice more than a delay."""

from typing import Any

import pytest

from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import Deployment
from tests.server.api.rehearsal import Rehearsed

DEVICE = "TC52_18304522512397"
MOODS = ("down", "slow", "wrong")
SERVER = {"server": "dev03b"}


def client(rehearsed: Rehearsed, method: str, path: str, token: str, **body: object) -> Answer:
    told = {"deviceId": DEVICE, "manufacturer": "Zebra", "osVersion": "Android 11", **body}
    what = sent(headers={"x-pvm-token": token}, json_body=told if method == "POST" else None)
    return rehearsed.deployment.client.request(method, f"/client/api/v1/{path}", what)


def register(rehearsed: Rehearsed, **more: object) -> Answer:
    ptt = {"appId": "WFC_PRO_ANDROID", "appVersion": "3.3.10197"}
    return client(rehearsed, "POST", "register", "PTT-1", **(ptt | more))


def ask_license(rehearsed: Rehearsed) -> Answer:
    voice: dict[str, Any] = {"appId": "WFC_VOICE_ANDROID", "appVersion": "9.0.20406"}
    asked = voice | {"features": ["CUCM_STANDARD"], "reason": "INITIAL"}
    return client(rehearsed, "POST", "license", "Direct-Access-Token", **asked)


@pytest.fixture
def store(rehearsed: Rehearsed) -> Rehearsed:
    """A site, its token and a stocked pool."""
    deployment: Deployment = rehearsed.deployment
    site = {"proServerName": "dev03b"}
    assert deployment.call("POST", "site", query={"name": "site-1"}, body=site).status == 200
    assert deployment.put_bootstrap("site-1", {"site": "site-1"}).status == 200
    assert deployment.put_token("PTT-1", bootstrap="site-1").status == 200
    assert rehearsed.run("license-sync")["result"] == "OK"
    return rehearsed


def table(rehearsed: Rehearsed) -> object:
    return rehearsed.call("GET", "/sim/pttpro/devices", query=SERVER).json()["devices"]


@pytest.mark.requirement("S-06")
@pytest.mark.parametrize("mood", MOODS)
def test_a_device_registers_while_ptt_pro_is_out_of_order_and_is_entered_later(
    store: Rehearsed, mood: str
) -> None:
    store.feel("pttpro", mood)
    done = register(store)
    assert (done.status, done.json()["pttPro"]) == (200, "QUEUED")
    assert store.run("pttpro-retry")["summary"] == {"waiting": 1}
    store.feel("pttpro", "well")
    assert table(store) == {}
    store.call("POST", "/sim/clock", body={"advanceSeconds": 3600})
    assert store.run("pttpro-retry")["summary"] == {"done": 1}
    assert table(store) == {DEVICE: "site-1"}
    again = register(store)
    assert (again.status, again.json()["pttPro"]) == (200, "UNCHANGED")


@pytest.mark.parametrize("mood", MOODS)
def test_a_silent_device_leaves_the_table_once_ptt_pro_is_well_again(
    store: Rehearsed, mood: str
) -> None:
    assert register(store).json()["pttPro"] == "PROVISIONED"
    store.call("POST", "/sim/clock", body={"advanceSeconds": 30 * 86_400})
    _sign_in_anew(store)
    store.feel("pttpro", mood)
    assert store.run("pttpro-removal")["summary"] == {"customers": 2, "removed": 1}
    store.run("pttpro-retry")
    assert table(store) == {DEVICE: "site-1"}
    store.feel("pttpro", "well")
    store.call("POST", "/sim/clock", body={"advanceSeconds": 3600})
    store.run("pttpro-retry")
    assert table(store) == {}


@pytest.mark.requirement("M-03")
@pytest.mark.parametrize("mood", MOODS)
def test_devices_are_served_whatever_is_out_of_order(store: Rehearsed, mood: str) -> None:
    for partner in ("pttpro", "licensing", "exm", "mail"):
        store.feel(partner, mood)
    delivered = client(store, "GET", "bootstrap", "PTT-1")
    assert (delivered.status, delivered.json()) == (200, {"site": "site-1"})
    licensed = ask_license(store)
    assert (licensed.status, len(licensed.json()["licenses"])) == (200, 1)
    assert register(store).status == 200
    checked_in = client(store, "POST", "checkin", DEVICE)
    assert (checked_in.status, len(checked_in.json()["licenses"])) == (200, 1)
    for job in ("pvm-license-release", "license-snapshot", "housekeeping"):
        assert store.run(job)["result"] == "OK"
    assert store.run("license-sync")["result"] == "FAILED"
    assert store.deployment.call("GET", "licenses").json()["totalElements"] == 3


def _sign_in_anew(rehearsed: Rehearsed) -> None:
    rehearsed.deployment.tokens.clear()


def test_the_customer_is_told_of_each_outage_once(store: Rehearsed) -> None:
    store.feel("pttpro", "down")
    register(store)
    for _ in range(3):
        store.call("POST", "/sim/clock", body={"advanceSeconds": 3600})
        store.run("pttpro-retry")
    query = {"type": "PTTPRO_ERROR"}
    events = store.deployment.call("GET", "events", query=query).json()["content"]
    assert [event["severity"] for event in events] == ["WARN"]
