"""Licenses over HTTP: devices ask, the customer looks, the vendor synchronises."""

from datetime import timedelta
from typing import Any

import pytest

from reconciler.server.domain.assignments import Asker, Holder, ReleaseReason
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.usecases.license_release import free_all_seats
from reconciler.server.usecases.license_seats import grant_from_exm
from reconciler.server.usecases.ports import Transaction
from reconciler.server.usecases.scope import write
from tests.server.api.asgi import Answer, sent
from tests.server.api.deployment import ACME, GLOBEX, LOGINS, VENDOR, Deployment
from tests.server.api.shop import DEVICE, END, PREMIUM_AID, STANDARD_AID, TOKEN, Shop


@pytest.fixture
def shop(deployment: Deployment) -> Shop:
    return Shop(deployment)


@pytest.mark.requirement("D-12")
@pytest.mark.requirement("D-14")
@pytest.mark.requirement("L-09")
def test_a_device_gets_a_license_and_is_told_when_to_ask_again(shop: Shop) -> None:
    shop.sell()
    assert shop.ask().json() == {
        "licenses": [
            {
                "feature": "CUCM_STANDARD",
                "type": "STANDARD",
                "aidMasked": "***e295-c660",
                "expiration": "2026-06-30T23:59:59.000Z",
                "state": "ACTIVE",
            }
        ],
        "nextCheckSeconds": 7_776_000,
    }


@pytest.mark.requirement("D-14")
@pytest.mark.parametrize("reason", ["INTERVAL", "TOKEN_SCAN", "REBOOT", "EXPIRED"])
def test_a_device_says_why_it_asks(shop: Shop, reason: str) -> None:
    shop.sell()
    assert shop.ask(reason=reason).status == 200


@pytest.mark.requirement("D-16")
@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"features": ["AURA_PREMIUM"]}, 409, "NO_LICENSE_AVAILABLE"),
        ({"appVersion": "9.0.20207"}, 403, "VERSION_TOO_OLD"),
        ({"token": "no-such-token"}, 404, "UNKNOWN_TOKEN"),
        ({"appId": "WFC_PC_ANDROID"}, 403, "APP_MISMATCH"),
        ({"features": []}, 400, "VALIDATION"),
        ({"features": "CUCM_STANDARD"}, 400, "VALIDATION"),
        ({"reason": "SOMETIMES"}, 400, "VALIDATION"),
        (
            {"features": ["CUCM_PREMIUM"], "manufacturer": "samsung", "appVersion": "9.0.22308"},
            403,
            "PREMIUM_NOT_ALLOWED",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_refusal_has_a_code_that_the_client_can_map(
    shop: Shop, more: dict[str, Any], status: int, code: str
) -> None:
    shop.sell()
    answer = shop.ask(**more)
    assert (answer.status, answer.code) == (status, code)
    assert shop.lots()[0]["totalUsed"] == 0


@pytest.mark.requirement("D-16")
def test_an_expired_license_has_a_code_of_its_own(shop: Shop) -> None:
    shop.sell()
    shop.ask()
    shop.wait_until(END)
    answer = shop.ask(reason="EXPIRED")
    assert (answer.status, answer.code) == (409, "LICENSE_EXPIRED")
    assert shop.assigned()[0]["license"] == "ASSIGNED"


@pytest.mark.requirement("L-05")
@pytest.mark.requirement("L-15")
@pytest.mark.requirement("L-22")
def test_a_row_of_the_summary_carries_everything(shop: Shop) -> None:
    shop.sell(source=LotSource.NEW, overage_percent=50, grace_days=10)
    shop.wait_until(shop.deployment.clock.moment + timedelta(days=1))
    shop.ask()
    shop.sync()
    expected = {
        "state": "ACTIVE",
        "license": "STANDARD",
        "aidMasked": "***e295-c660",
        "term": "1 Year Term",
        "source": "NEW",
        "quantity": 3,
        "overagePercent": 50,
        "totalLicenses": 4,
        "totalUsed": 1,
        "usedInExm": 0,
        "available": 3,
        "baseExpiration": "2026-06-30T23:59:59.000Z",
        "graceDays": 10,
        "expiration": "2026-07-10T23:59:59.000Z",
        "updatedOn": "2026-03-02T12:00:00.000Z",
        "createdOn": "2026-03-01T12:00:00.000Z",
    }
    assert shop.lots() == [expected]
    assert shop.lots(by=VENDOR) == [{"customer": ACME, **expected}]


@pytest.mark.requirement("L-18")
def test_a_perpetual_lot_shows_ten_years(shop: Shop) -> None:
    shop.sell(expiration=None, term="Perpetual")
    (row,) = shop.lots()
    assert (row["baseExpiration"], row["expiration"]) == (None, "2036-03-01T12:00:00.000Z")


@pytest.mark.requirement("L-06")
@pytest.mark.requirement("L-07")
def test_lots_are_found_by_their_state(shop: Shop) -> None:
    shop.sell()
    shop.sell(PREMIUM_AID, type=LicenseType.PREMIUM, expiration=None, term="Perpetual")
    shop.wait_until(END - timedelta(milliseconds=1))
    assert [row["license"] for row in shop.lots(state="EXPIRED")] == []
    shop.wait_until(END)
    assert [row["license"] for row in shop.lots(state="EXPIRED")] == ["STANDARD"]
    assert [row["license"] for row in shop.lots(state="ACTIVE")] == ["PREMIUM"]


def test_the_summary_is_filtered_sorted_and_searched(shop: Shop) -> None:
    shop.sell("a-b-c", 5, term="Trial")
    shop.sell("d-e-f", 2, expiration=None)
    shop.sell("g-h-i", 9, type=LicenseType.PREMIUM, source=LotSource.NEW)
    assert [row["aidMasked"] for row in shop.lots(type="PREMIUM")] == ["***h-i"]
    assert [row["aidMasked"] for row in shop.lots(source="NEW")] == ["***h-i"]
    assert [row["aidMasked"] for row in shop.lots(term="Trial")] == ["***b-c"]
    assert [row["quantity"] for row in shop.lots(sort="quantity,desc")] == [9, 5, 2]
    by_end = shop.lots(sort="expiration,desc")
    assert by_end[0]["aidMasked"] == "***e-f"
    assert [row["aidMasked"] for row in shop.lots(q="TRIAL")] == ["***b-c"]
    assert [row["aidMasked"] for row in shop.lots(q="e-f")] == ["***e-f"]


@pytest.mark.requirement("L-27")
@pytest.mark.requirement("L-28")
@pytest.mark.requirement("L-35")
@pytest.mark.requirement("L-36")
def test_a_row_of_the_assignments_carries_everything(shop: Shop) -> None:
    shop.sell()
    shop.ask()
    shop.deployment.clock.advance(hours=1)
    shop.deployment.client.request(
        "GET", "/client/api/v1/bootstrap", sent(query={"token": TOKEN, "deviceId": DEVICE})
    )
    expected = {
        "license": "ASSIGNED",
        "useStatus": "IN_USE",
        "deviceId": DEVICE,
        "feature": "CUCM_STANDARD",
        "type": "STANDARD",
        "expiration": "2026-06-30T23:59:59.000Z",
        "aidMasked": "***e295-c660",
        "appVersion": "20406",
        "holder": "PVM",
        "exm": None,
        "releasedOn": None,
        "releaseReason": None,
        "updatedOn": "2026-03-01T13:00:00.000Z",
        "createdOn": "2026-03-01T12:00:00.000Z",
    }
    assert shop.assigned() == [expected]
    assert shop.assigned(by=VENDOR) == [{"customer": ACME, **expected}]


@pytest.mark.requirement("V-09")
def test_a_devices_detail_has_the_rows_of_the_list(shop: Shop) -> None:
    shop.sell()
    for device_id in (DEVICE, "TC52_2"):
        shop.ask(device_id, features=["MITEL", "LOCAL"])
    shop.deployment.clock.advance(hours=1)
    shop.give_back("TC52_2")
    shop.ask(DEVICE, features=["MITEL"])
    shop.give_back()
    query = {"deviceId": DEVICE}
    detail = shop.deployment.call("GET", "device", query=query).json()
    assert detail["assignments"] == shop.assigned(deviceId=DEVICE, sort="feature")
    assert {row["updatedOn"] for row in detail["assignments"]} == {detail["updatedOn"]}


@pytest.mark.requirement("L-29")
@pytest.mark.requirement("L-31")
def test_a_license_that_was_given_back_stays_listed(shop: Shop) -> None:
    shop.sell()
    shop.ask()
    assert shop.give_back().status == 204
    (row,) = shop.assigned()
    assert (row["license"], row["useStatus"]) == ("UNASSIGNED", "NOT_IN_USE")
    assert (row["releasedOn"], row["releaseReason"]) == ("2026-03-01T12:00:00.000Z", "RETURNED")
    assert shop.lots()[0]["totalUsed"] == 0


@pytest.mark.requirement("L-32")
def test_a_premium_license_out_of_use_is_held(shop: Shop) -> None:
    shop.sell(PREMIUM_AID, type=LicenseType.PREMIUM)
    asker = Asker(DEVICE, "9.0.20406", Holder.EXM, "Ext3OPUAT")
    now = shop.deployment.clock.moment

    def sign_in_and_out(tx: Transaction) -> None:
        grant_from_exm(tx, asker, [Feature.CUCM_PREMIUM], now)
        free_all_seats(tx, DEVICE, ReleaseReason.SIGN_OUT, now)

    write(shop.world, shop.customer, sign_in_and_out)
    (row,) = shop.assigned()
    assert (row["license"], row["useStatus"]) == ("ASSIGNED", "NOT_IN_USE_HELD")
    assert (row["holder"], row["exm"]) == ("EXM", "Ext3OPUAT")
    (lot,) = shop.lots()
    assert (lot["totalUsed"], lot["usedInExm"]) == (1, 1)


@pytest.mark.requirement("L-30")
@pytest.mark.requirement("L-31")
def test_assignments_are_filtered_sorted_and_searched(shop: Shop) -> None:
    shop.sell()
    shop.sell(PREMIUM_AID, type=LicenseType.PREMIUM)
    shop.ask("TC52_1", features=["CUCM_STANDARD", "AURA_PREMIUM"])
    shop.ask("TC72_2", features=["MITEL"])
    shop.give_back("TC52_1")

    def devices(**query: str) -> list[tuple[str, str]]:
        rows = shop.assigned(sort="feature", **query)
        return [(row["deviceId"], row["feature"]) for row in rows]

    aura, cucm, mitel = ("TC52_1", "AURA_PREMIUM"), ("TC52_1", "CUCM_STANDARD"), ("TC72_2", "MITEL")
    assert devices() == [aura, cucm, mitel]
    assert devices(license="ASSIGNED") == [aura, mitel]
    assert devices(useStatus="IN_USE") == [aura, mitel]
    assert devices(useStatus="NOT_IN_USE") == devices(license="UNASSIGNED") == [cucm]
    assert devices(useStatus="NOT_IN_USE_HELD") == []
    assert devices(deviceId="tc72") == [mitel]
    assert devices(feature="basic cucm") == [cucm]
    assert devices(type="PREMIUM") == [aura]
    assert devices(q="mitel") == [mitel]
    assert devices(q="D4E5-F678") == [aura]
    assert devices(aid="***d4e5-f678") == devices(aid="d4e5-f678") == devices(aid=PREMIUM_AID)
    assert devices(aid=PREMIUM_AID) == [aura]


@pytest.mark.requirement("L-09")
@pytest.mark.parametrize("by", [LOGINS["Super-Admin"], VENDOR])
def test_nobody_learns_a_whole_activation_id(shop: Shop, by: str) -> None:
    """Not from a row, and not by asking for more and more of it."""
    shop.sell()
    shop.ask()
    hidden = STANDARD_AID.removesuffix("e295-c660")
    for path in ("licenses", "licenses/assigned"):
        answer = shop.deployment.call("GET", path, by=by)
        assert b"e295-c660" in answer.body
        assert hidden.encode() not in answer.body
        for asked in (hidden, "a1b2-", "2-e295-c660", "8f46e1d2", "-e295-c660"):
            assert shop.rows(path, by=by, q=asked) == []
    for asked in ("2-e295-c660", "-e295-c660", "a1b2-e295-c660", "c660", "*"):
        assert shop.assigned(by=by, aid=asked) == []
    events = shop.deployment.call("GET", "events", by=by)
    history = shop.deployment.call("GET", "history", by=by)
    device = shop.ask()
    assert not any(hidden.encode() in answer.body for answer in (events, history, device))


@pytest.mark.requirement("L-46")
@pytest.mark.parametrize("role", ["User", "Admin"])
@pytest.mark.parametrize("path", ["licenses", "licenses/assigned"])
def test_only_a_super_admin_sees_licenses(shop: Shop, role: str, path: str) -> None:
    assert shop.deployment.call("GET", path, by=LOGINS[role]).status == 403


@pytest.mark.requirement("L-17")
@pytest.mark.requirement("A-11")
def test_a_customer_sees_its_own_lots_and_the_vendor_everyones(shop: Shop) -> None:
    shop.sell()
    shop.seller.sold[GLOBEX] = shop.seller.sold[ACME]
    shop.sync()
    shop.ask()
    assert len(shop.lots()) == len(shop.rows("licenses", LOGINS["other tenant"])) == 1
    assert shop.rows("licenses/assigned", LOGINS["other tenant"]) == []
    assert {row["customer"] for row in shop.lots(by=VENDOR)} == {ACME, GLOBEX}
    assert {row["customer"] for row in shop.lots(by=VENDOR, customer=GLOBEX)} == {GLOBEX}
    assert [row["totalUsed"] for row in shop.rows("licenses", LOGINS["other tenant"])] == [0]


def test_lists_stream_whole(shop: Shop) -> None:
    shop.sell(quantity=30)
    for number in range(25):
        shop.ask(f"TC52_{number}")
    lines = {"accept": "application/x-ndjson"}
    rows = shop.deployment.call("GET", "licenses/assigned", headers=lines).lines()
    assert len({row["deviceId"] for row in rows}) == 25
    assert len(shop.deployment.call("GET", "licenses", headers=lines).lines()) == 1


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("licenses", {"state": "BROKEN"}),
        ("licenses", {"type": "Standard"}),
        ("licenses", {"sort": "aidMasked"}),
        ("licenses/assigned", {"useStatus": "HELD"}),
        ("licenses/assigned", {"feature": "CUCM"}),
        ("licenses/assigned", {"sort": "aid"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)
def test_a_filter_that_does_not_exist_is_refused(
    shop: Shop, path: str, query: dict[str, str]
) -> None:
    answer = shop.deployment.call("GET", path, query=query)
    assert (answer.status, answer.code) == (400, "VALIDATION")


@pytest.mark.requirement("L-03")
def test_a_synchronisation_by_hand_tells_what_it_found(shop: Shop) -> None:
    shop.sell()
    counts = {"verified": 1, "added": 0, "missing": 0, "overcommitted": 0}
    assert shop.sync().json() == {"customers": 2, **counts}
    assert shop.sync(customer=ACME).json() == {"customers": 1, **counts}
    assert shop.sync(by=LOGINS["Super-Admin"]).status == 403
    shop.seller.down = True
    answer = shop.sync()
    assert (answer.status, answer.code) == (503, "UPSTREAM")


@pytest.mark.requirement("L-21")
def test_a_migration_over_http_counts_what_moved(shop: Shop) -> None:
    shop.sell()
    body = {"map": {STANDARD_AID: "pkid-0001-aaaa-bbbb"}}

    def migrate(by: str = VENDOR) -> Answer:
        query = {"customer": ACME} if by == VENDOR else {}
        return shop.deployment.call("POST", "license/migrate", by=by, query=query, body=body)

    assert migrate(LOGINS["Super-Admin"]).status == 403
    assert migrate().json() == {"migrated": 1}
    assert shop.lots()[0]["aidMasked"] == "***aaaa-bbbb"
    again = migrate()
    assert (again.status, again.code) == (409, "ALREADY_MIGRATED")
    assert STANDARD_AID not in again.body.decode()
