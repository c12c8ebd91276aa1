"""What an Extension Manager calls, with its customer's key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.partner_ports import Entitlement, Partners
from reconciler.server.usecases.ports import Reach
from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import ACME, VENDOR, Deployment, customer_body

DEVICE = "TC52_18304522512397"
EXTERNAL_ID = "AAAA-BBBB-CCCC-DDDD"
NAME = "Ext3OPUAT"


@dataclass(frozen=True, slots=True)
class Sells:
    """A licensing system with one lot of two standard licenses."""

    def entitlements(self, customer: str) -> tuple[Entitlement, ...]:
        assert customer == ACME
        standard = LicenseType.STANDARD
        return (Entitlement(EXTERNAL_ID, LotSource.LEGACY, standard, "Test", 2, None),)


@dataclass(frozen=True, slots=True)
class Exm:
    """The Extension Manager of a customer."""

    deployment: Deployment
    key: str

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | str = "",
        body: object = None,
        key: str | None = None,
    ) -> Answer:
        headers = {"x-api-key": self.key if key is None else key}
        what = sent(query=query, json_body=body, headers=headers)
        return self.deployment.client.request(method, f"/exm/api/v1/{path}", what)

    def push(self, *items: Mapping[str, Any]) -> Answer:
        return self.call("POST", "device-licenses", body={"exm": NAME, "items": list(items)})

    def visit(self, act: str, **more: object) -> Answer:
        return self.call("POST", f"device/{act}", body={"exm": NAME, "deviceId": DEVICE, **more})


@pytest.fixture
def exm(deployment: Deployment) -> Exm:
    """Acme's, with a stocked pool; the key is read as a device gets it."""
    with deployment.world.store.read(Reach.EVERYONE) as tx:
        customer = tx.customers.find(ACME)
    assert customer is not None
    world = replace(deployment.world, partners=Partners(licensing=Sells()))
    sync(world, CustomerRef(customer.id, customer.code, customer.content.name))
    query = {"token": "Extension-Manager-Token"}
    answer = deployment.client.request("GET", "/client/api/v1/bootstrap", sent(query=query))
    address = urlsplit(answer.json()["var_location"])
    return Exm(deployment, parse_qs(address.query)["api_key"][0])


def item(**changes: object) -> dict[str, object]:
    told: dict[str, object] = {
        "deviceId": DEVICE,
        "feature": "CUCM standard",
        "externalId": EXTERNAL_ID,
        "license": "ASSIGNED",
        "useStatus": "IN_USE",
        "updatedAt": "2026-03-01T11:59:00Z",
        "appVersion": "9.0.20406",
        "model": "TC52",
    }
    return told | changes


@pytest.mark.requirement("E-02")
@pytest.mark.requirement("E-03")
@pytest.mark.requirement("E-09")
def test_the_pool_is_told_with_whole_external_ids(exm: Exm) -> None:
    exm.push(item())
    answer = exm.call("GET", "licenses", query={"exm": NAME})
    assert (answer.status, answer.json()) == (
        200,
        [
            {
                "externalId": EXTERNAL_ID,
                "type": "STANDARD",
                "totalLicenses": 2,
                "expiration": "2036-03-01T12:00:00.000Z",
                "state": "ACTIVE",
                "totalUsed": 1,
                "usedInExm": 1,
            }
        ],
    )
    query = {"type": "LICENSE_SYNC_GET"}
    (event,) = exm.deployment.call("GET", "events", query=query).json()["content"]
    assert (event["info"], event["userLogin"], event["severity"]) == (NAME, None, "INFO")


@pytest.mark.requirement("L-09")
def test_nobody_else_is_told_a_whole_external_id(exm: Exm) -> None:
    exm.push(item())
    for path in ("licenses", "licenses/assigned", "events", "history", "devices"):
        for by in ("acme-super", VENDOR):
            answer = exm.deployment.call("GET", path, by=by)
            assert answer.status == 200
            assert EXTERNAL_ID.encode() not in answer.body


@pytest.mark.requirement("E-04")
@pytest.mark.requirement("E-05")
def test_a_push_is_answered_item_by_item(exm: Exm) -> None:
    told = exm.push(item(), item(updatedAt="2026-03-01T11:00:00Z"), item(externalId="elsewhere"))
    assert told.json() == {
        "results": [
            {"index": 0, "result": "APPLIED"},
            {"index": 1, "result": "IGNORED_OLDER"},
            {"index": 2, "result": "UNKNOWN_LOT"},
        ]
    }
    (row,) = exm.deployment.call("GET", "licenses/assigned").json()["content"]
    assert (row["license"], row["useStatus"], row["holder"], row["exm"]) == (
        "ASSIGNED",
        "IN_USE",
        "EXM",
        NAME,
    )
    out = item(license="UNASSIGNED", useStatus="NOT_IN_USE", updatedAt="2026-03-01T11:59:30Z")
    assert exm.push(out).json()["results"] == [{"index": 0, "result": "APPLIED"}]
    (row,) = exm.deployment.call("GET", "licenses/assigned").json()["content"]
    assert (row["license"], row["useStatus"]) == ("UNASSIGNED", "NOT_IN_USE")


def test_devices_sign_in_check_in_and_out(exm: Exm) -> None:
    seat = {
        "feature": "CUCM_STANDARD",
        "type": "STANDARD",
        "externalId": EXTERNAL_ID,
        "expiration": "2036-03-01T12:00:00.000Z",
        "state": "ACTIVE",
        "license": "ASSIGNED",
        "useStatus": "IN_USE",
    }
    signed_in = exm.visit("signin", features=["CUCM standard"], model="TC52")
    assert (signed_in.status, signed_in.json()) == (200, {"licenses": [seat]})
    assert exm.visit("checkin").json() == {"licenses": [seat]}
    assert exm.visit("signout").json() == {"licenses": []}


def test_an_exhausted_pool_refuses_a_sign_in(exm: Exm) -> None:
    answer = exm.visit("signin", features=["CUCM_STANDARD", "MITEL", "ALCATEL"])
    assert (answer.status, answer.code) == (409, "NO_LICENSE_AVAILABLE")
    assert exm.visit("checkin").code == "UNKNOWN_DEVICE"


@pytest.mark.requirement("E-10")
@pytest.mark.requirement("O-03")
@pytest.mark.parametrize("query", [{}, {"exm": NAME}], ids=["unnamed", "named"])
def test_a_device_obsoleted_there_is_inactive_here(exm: Exm, query: Mapping[str, str]) -> None:
    exm.visit("signin", features=["CUCM_STANDARD"])
    gone = exm.call("DELETE", "device", query={"deviceId": DEVICE, **query})
    assert gone.status == 200
    row = gone.json()
    assert (row["state"], len(row["released"]), row["retainedByExm"]) == ("INACTIVE", 1, [])
    device = exm.deployment.call("GET", "device", query={"deviceId": DEVICE}).json()
    assert device["state"] == "INACTIVE"
    assert exm.deployment.call("GET", "licenses").json()["content"][0]["totalUsed"] == 0
    assert exm.call("DELETE", "device", query={"deviceId": "TC52_0"}).status == 404


def test_the_key_may_stand_in_the_query(exm: Exm) -> None:
    query = {"exm": NAME, "api_key": exm.key}
    what = sent(query=query)
    answer = exm.deployment.client.request("GET", "/exm/api/v1/licenses", what)
    assert answer.status == 200
    assert exm.call("GET", "licenses", query=query).status == 200
    other = exm.call("GET", "licenses", query=query, key="another")
    assert (other.status, other.code) == (400, "VALIDATION")
    assert exm.key.encode() not in other.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "licenses"),
        ("POST", "device-licenses"),
        ("POST", "device/signin"),
        ("POST", "device/signout"),
        ("POST", "device/checkin"),
        ("DELETE", "device"),
    ],
)
def test_without_the_key_nothing_is_told_not_even_what_is_wrong(
    exm: Exm, method: str, path: str
) -> None:
    session = exm.deployment.token(VENDOR)
    for headers in ({}, {"x-api-key": "wrong"}, {"authorization": f"Bearer {session}"}):
        what = sent(query={"nonsense": "1"}, headers=headers, body=b"no JSON")
        answer = exm.deployment.client.request(method, f"/exm/api/v1/{path}", what)
        assert (answer.status, answer.code) == (401, "BAD_API_KEY")


@pytest.mark.requirement("E-01")
def test_a_customer_without_extension_manager_is_refused(exm: Exm) -> None:
    body = customer_body(ACME) | {"extensionManager": False}
    del body["superAdmin"]
    changed = exm.deployment.call("POST", "customer", by=VENDOR, query={"name": ACME}, body=body)
    assert changed.status == 200
    answer = exm.call("GET", "licenses", query={"exm": NAME})
    assert (answer.status, answer.code) == (403, "EXM_NOT_ENTITLED")


def test_many_wrong_keys_are_slowed_down(exm: Exm) -> None:
    answers = [exm.call("GET", "licenses", query={"exm": NAME}, key="wrong") for _ in range(21)]
    assert [answer.status for answer in answers] == [*[401] * 20, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert exm.call("GET", "licenses", query={"exm": NAME}).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"license": "UNASSIGNED"},
        {"useStatus": "NOT_IN_USE"},
        {"useStatus": "SOMETIMES"},
        {"feature": "TELEX"},
        {"updatedAt": "yesterday"},
        {"updatedAt": None},
        {"deviceId": ""},
        {"deviceId": "a\nb"},
        {"externalId": ""},
        {"more": 1},
    ],
    ids=str,
)
def test_an_item_that_does_not_fit_refuses_the_whole_push(
    exm: Exm, changes: Mapping[str, object]
) -> None:
    answer = exm.push(item(deviceId="TC52_1"), item(**changes))
    assert (answer.status, answer.code) == (400, "VALIDATION")
    assert exm.deployment.call("GET", "licenses/assigned").json()["totalElements"] == 0


def test_a_push_may_be_larger_than_other_bodies_but_not_endless(exm: Exm) -> None:
    items = [item(deviceId=f"TC52_{number}", externalId="none") for number in range(1000)]
    assert exm.push(*items).status == 200
    assert exm.push(*items, item()).status == 400
    assert exm.push(item(model="x" * 2_000_000)).status == 413
    assert exm.visit("signin", features=["MITEL"], model="x" * 100_000).status == 413


@pytest.mark.parametrize("name", ["", "x" * 129, "a\nb"])
def test_an_extension_manager_says_who_it_is(exm: Exm, name: str) -> None:
    assert exm.call("GET", "licenses", query={"exm": name}).status == 400
