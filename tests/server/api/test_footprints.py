"""Footprints over HTTP."""

import pytest

from tests.server.api.deployment import ACME, VENDOR, Deployment
from tests.server.api.test_devices import store
from tests.server.api.test_registration import DEVICE, TOLD, tell

__all__ = ["store"]
_SINCE = {"usedAfter": "2026-02-01T00:00:00Z"}


def test_devices_are_counted_by_tokens_and_site(store: Deployment) -> None:
    assert tell(store, "checkin", {**TOLD, "deviceId": f"{DEVICE}9"}).status == 200
    answer = store.call("GET", "devices/footprints", query=_SINCE)
    assert (answer.status, answer.json()) == (
        200,
        {
            "usedAfter": "2026-02-01T00:00:00.000Z",
            "devices": 3,
            "footprints": [
                {"tokens": ["PTT-1"], "bootstraps": ["store-1"], "site": None, "devices": 2},
                {"tokens": ["PTT-1"], "bootstraps": ["store-1"], "site": "store 1", "devices": 1},
            ],
        },
    )


def test_the_vendor_names_the_customer(store: Deployment) -> None:
    refused = store.call("GET", "devices/footprints", query=_SINCE, by=VENDOR)
    assert refused.json()["code"] == "CUSTOMER_REQUIRED"
    named = store.call("GET", "devices/footprints", query={**_SINCE, "customer": ACME}, by=VENDOR)
    assert named.json()["devices"] == 2


@pytest.mark.parametrize("query", [{}, {"usedAfter": "yesterday"}], ids=["none", "no time"])
def test_a_window_has_to_be_given(store: Deployment, query: dict[str, str]) -> None:
    answer = store.call("GET", "devices/footprints", query=query)
    assert (answer.status, answer.json()["code"]) == (400, "VALIDATION")


def test_a_server_that_does_not_offer_devices_has_no_such_address(store: Deployment) -> None:
    store.app.state.capabilities = frozenset({"etag"})
    assert store.call("GET", "devices/footprints", query=_SINCE).status == 404
