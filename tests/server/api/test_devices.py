"""Devices over HTTP."""

from dataclasses import replace

import pytest

from reconciler.server.usecases.partner_ports import Partners
from tests.server.api.asgi import Answer
from tests.server.api.conftest import Deploy
from tests.server.api.deployment import ACME, LOGINS, VENDOR, Deployment
from tests.server.api.test_registration import DEVICE, TOLD, tell
from tests.server.fleet import FakePttPro

GALAXY = "GalaxyA5_TAI9f"


@pytest.fixture
def store(deployment: Deployment) -> Deployment:
    """Two devices: one registered at a site, one that only checked in."""
    world = deployment.app.state.world
    deployment.app.state.world = replace(world, partners=Partners(ptt_pro=FakePttPro()))
    deployment.call("POST", "site", query={"name": "store 1"}, body={"proServerName": "pro-1"})
    deployment.put_bootstrap("store-1", {"site": "store 1"})
    assert deployment.put_token("PTT-1", bootstrap="store-1").status == 200
    galaxy = {"deviceId": GALAXY, "manufacturer": "samsung", "model": "Galaxy A5"}
    assert tell(deployment, "checkin", {**TOLD, **galaxy}).status == 200
    deployment.clock.advance(seconds=3600)
    assert tell(deployment, "register", TOLD).status == 200
    return deployment


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [row["deviceId"] for row in answer.json()["content"]]


@pytest.mark.requirement("V-01", "V-02", "V-05", "V-06", "V-07", "V-22")
def test_a_device_is_listed_with_all_its_columns(store: Deployment) -> None:
    page = store.call("GET", "devices").json()
    assert [row["deviceId"] for row in page["content"]] == [DEVICE, GALAXY]
    assert page["totalElements"] == 2
    row = page["content"][0]
    assert row == {
        "deviceId": DEVICE,
        "state": "ACTIVE",
        "platform": "ANDROID",
        "manufacturer": "Zebra Technologies",
        "model": "TC52",
        "osVersion": "Android 11",
        "osBuild": "11-26-05.00-RG-U00-STD-HEL-04",
        "idKind": "SERIAL",
        "thirdParty": False,
        "apps": [
            {
                "appId": "WFC_PRO_ANDROID",
                "version": "3.3.10197",
                "updatedOn": "2026-03-01T13:00:00.000Z",
            }
        ],
        "site": "store 1",
        "siteAssignedOn": "2026-03-01T13:00:00.000Z",
        "exm": None,
        "lastToken": "PTT-1",
        "obsoletedOn": None,
        "obsoletedBy": None,
        "updatedOn": "2026-03-01T13:00:00.000Z",
        "createdOn": "2026-03-01T13:00:00.000Z",
    }
    lines = store.call("GET", "devices", headers={"accept": "application/x-ndjson"}).lines()
    assert lines == page["content"]
    by_vendor = store.call("GET", "devices", by=VENDOR).json()["content"]
    assert {row["customer"] for row in by_vendor} == {ACME}


@pytest.mark.requirement("V-03", "V-04", "P-10")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "ACTIVE"}, [DEVICE, GALAXY]),
        ({"state": "INACTIVE"}, []),
        ({"deviceId": "tai"}, [GALAXY]),
        ({"thirdParty": "true"}, [GALAXY]),
        ({"thirdParty": "false"}, [DEVICE]),
        ({"site": "store 1"}, [DEVICE]),
        ({"model": "Galaxy A5"}, [GALAXY]),
        ({"q": "samsung"}, [GALAXY]),
        ({"updatedAfter": "2026-03-01T12:30:00Z"}, [DEVICE]),
        ({"updatedBefore": "2026-03-01T12:30:00Z"}, [GALAXY]),
        ({"sort": "deviceId,asc"}, sorted([DEVICE, GALAXY])),
    ],
)
def test_devices_are_filtered_and_sorted(
    store: Deployment, query: dict[str, str], found: list[str]
) -> None:
    assert ids(store.call("GET", "devices", query=query)) == found


@pytest.mark.parametrize(
    "query",
    [{"state": "GONE"}, {"thirdParty": "yes"}, {"updatedAfter": "today"}, {"sort": "search,asc"}],
    ids=["state", "third-party", "time", "sort"],
)
def test_a_filter_that_makes_no_sense_is_refused(store: Deployment, query: dict[str, str]) -> None:
    assert store.call("GET", "devices", query=query).status == 400


@pytest.mark.requirement("V-09", "V-23", "P-01")
def test_one_device_is_read_with_its_assignments(store: Deployment) -> None:
    found = store.call("GET", "device", query={"deviceId": DEVICE})
    assert (found.status, found.json()["assignments"]) == (200, [])
    assert store.call("GET", "device", query={"deviceId": "TC52_404"}).status == 404
    for role in ("Admin", "User"):
        assert store.call("GET", "devices", by=LOGINS[role]).status == 403
    other = store.call("GET", "device", by=LOGINS["other tenant"], query={"deviceId": DEVICE})
    assert other.status == 404


@pytest.mark.requirement("O-09", "O-10", "O-12", "P-10", "V-03")
def test_a_device_is_obsoleted_once_and_for_all(store: Deployment) -> None:
    refused = store.call("DELETE", "device", query={"deviceId": DEVICE})
    assert (refused.status, refused.code) == (403, "OBSOLETE_DISABLED")
    gone = store.call("DELETE", "device", by=VENDOR, query={"deviceId": DEVICE})
    expected = {
        "deviceId": DEVICE,
        "state": "INACTIVE",
        "released": [],
        "retainedByExm": [],
        "pttPro": "REMOVED",
    }
    assert (gone.status, gone.json()) == (200, expected)
    again = store.call("DELETE", "device", by=VENDOR, query={"deviceId": DEVICE})
    assert (again.status, again.json()) == (200, expected | {"pttPro": "NONE"})
    assert ids(store.call("GET", "devices", query={"state": "INACTIVE"})) == [DEVICE]
    row = store.call("GET", "device", query={"deviceId": DEVICE}).json()
    assert (row["obsoletedBy"], row["site"]) == ("PVM", None)


@pytest.mark.requirement("O-10")
def test_many_are_obsoleted_in_one_call(store: Deployment) -> None:
    body = {"deviceIds": [DEVICE, "TC52_404", GALAXY]}
    query = {"customer": ACME}
    answer = store.call("POST", "devices/obsolete", by=VENDOR, query=query, body=body)
    results = answer.json()["results"]
    assert [(row["deviceId"], row.get("state"), row.get("code")) for row in results] == [
        (DEVICE, "INACTIVE", None),
        ("TC52_404", None, "NOT_FOUND"),
        (GALAXY, "INACTIVE", None),
    ]
    most = {"deviceIds": [f"TC52_{number:0100}" for number in range(1000)]}
    assert (
        len(
            store.call("POST", "devices/obsolete", by=VENDOR, query=query, body=most).json()[
                "results"
            ]
        )
        == 1000
    )
    more = {"deviceIds": ["TC52_1"] * 1001}
    wrongs: list[object] = [more, {"deviceIds": []}, {}, {"deviceIds": "TC52_1"}]
    for wrong in wrongs:
        refused = store.call("POST", "devices/obsolete", by=VENDOR, query=query, body=wrong)
        assert refused.status == 400


@pytest.mark.requirement("S-01", "S-04", "S-05")
def test_a_site_shows_its_devices_and_protects_them(store: Deployment) -> None:
    query = {"name": "store 1"}
    page = store.call("GET", "site/devices", query=query).json()
    assert (page["totalElements"], page["content"]) == (
        1,
        [
            {
                "deviceId": DEVICE,
                "state": "ACTIVE",
                "model": "TC52",
                "os": "Android 11",
                "version": "3.3.10197",
            }
        ],
    )
    assert store.call("GET", "site", query=query).json()["deviceCount"] == 1
    refused = store.call("DELETE", "site", query=query)
    assert (refused.status, refused.code) == (409, "SITE_HAS_DEVICES")
    changes = {"operations": [{"op": "delete", "kind": "Site", "name": "store 1"}]}
    assert store.call("POST", "changes", body=changes).code == "SITE_HAS_DEVICES"
    assert store.call("DELETE", "site", query=query | {"force": "true"}).status == 204
    assert store.call("GET", "device", query={"deviceId": DEVICE}).json()["site"] is None


@pytest.mark.requirement("S-01")
def test_sites_come_from_ptt_pro_when_the_vendor_asks(store: Deployment) -> None:
    assert store.call("POST", "site/sync").status == 403
    query = {"customer": ACME}
    no_server = store.call("POST", "site/sync", by=VENDOR, query=query)
    assert (no_server.status, no_server.code) == (409, "PTTPRO_DISABLED")


def test_a_server_without_devices_has_none_of_their_addresses(deploy: Deploy) -> None:
    with deploy(capabilities=("etag", "ndjson")) as plain:
        for method, path in (
            ("GET", "devices"),
            ("GET", "device"),
            ("DELETE", "device"),
            ("POST", "devices/obsolete"),
            ("GET", "site/devices"),
        ):
            query = {"deviceId": DEVICE} if path == "device" else {}
            query = {"name": "s"} if path == "site/devices" else query
            body = {"deviceIds": [DEVICE]} if method == "POST" else None
            answer = plain.call(method, path, query=query, body=body)
            assert answer.status == 404
