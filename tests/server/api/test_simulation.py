"""Rehearsals: the clock, the moods, the outbox, and the partners' own calls."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.surroundings import DAWDLE_SECONDS
from reconciler.server.usecases.simulation import clock_ahead
from tests.server.api.asgi import sent
from tests.server.api.deployment import ACME, LOGINS, VENDOR, Deployment
from tests.server.api.rehearsal import Rehearsed

DEVICE = "TC52_18304522512397"


CALLS: list[tuple[str, str, Mapping[str, str], Any]] = [
    ("GET", "/sim/clock", {}, None),
    ("POST", "/sim/clock", {}, {"advanceSeconds": 1}),
    ("GET", "/sim/outbox", {}, None),
    ("GET", "/sim/mail/mood", {}, None),
    ("POST", "/sim/mail/mood", {}, {"mood": "well"}),
    ("GET", "/sim/pttpro/sites", {"server": "dev03b"}, None),
    ("POST", "/sim/pttpro/site", {"server": "dev03b"}, {"site": "site-1"}),
    ("GET", "/sim/pttpro/devices", {"server": "dev03b"}, None),
    ("GET", "/sim/pttpro/device", {"server": "dev03b", "deviceId": DEVICE}, None),
    ("POST", "/sim/pttpro/device", {"server": "dev03b", "deviceId": DEVICE}, {"site": "s"}),
    ("DELETE", "/sim/pttpro/device", {"server": "dev03b", "deviceId": DEVICE}, None),
    ("GET", "/sim/licensing/entitlements", {"customer": ACME}, None),
    ("POST", "/sim/licensing/entitlements", {"customer": ACME}, {"entitlements": []}),
    ("POST", "/sim/exm/sync", {"customer": ACME}, None),
]


def test_only_a_vendor_administrator_rehearses(rehearsed: Rehearsed) -> None:
    for method, path, query, body in CALLS:
        own = {name: value for name, value in query.items() if name != "customer"}
        assert rehearsed.call(method, path, by=None, query=own, body=body).status == 401
        for role in ("User", "Admin", "Super-Admin", "other tenant"):
            answer = rehearsed.call(method, path, by=LOGINS[role], query=own, body=body)
            assert answer.status == 403, (method, path, role)
        answer = rehearsed.call(method, path, query=query, body=body)
        assert answer.status == 200, (method, path)


def test_a_server_without_simulation_has_none_of_it(shared: Deployment) -> None:
    for method, path, query, body in CALLS:
        what = sent(query=query, token=shared.token(VENDOR), json_body=body)
        assert shared.client.request(method, path, what).status == 404


def test_the_clock_moves_on_and_wakes_the_worker(rehearsed: Rehearsed) -> None:
    before = rehearsed.rehearsal()
    answer = rehearsed.call("POST", "/sim/clock", body={"advanceSeconds": 3600})
    assert answer.json() == {"now": "2026-03-01T13:00:00.000Z"}
    assert rehearsed.rehearsal() - before == timedelta(hours=1)
    assert rehearsed.rehearsal.news.is_set()
    later = rehearsed.call("POST", "/sim/clock", body={"now": "2026-03-01T19:30:00Z"})
    assert later.json() == {"now": "2026-03-01T19:30:00.000Z"}
    assert rehearsed.call("GET", "/sim/clock").json() == later.json()
    assert clock_ahead(rehearsed.deployment.world.store) == rehearsed.rehearsal() - before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"now": "2026-02-28T00:00:00Z"},
        {"now": "2026-03-01T11:59:59Z"},
        {"now": "2126-03-01T00:00:00Z"},
        {"now": "tomorrow"},
        {"advanceSeconds": -1},
        {"advanceSeconds": 1.5},
        {"advanceSeconds": 10**18},
        {"now": "2026-04-01T00:00:00Z", "advanceSeconds": 1},
    ],
    ids=str,
)
def test_time_never_goes_back_nor_too_far(rehearsed: Rehearsed, body: object) -> None:
    before = rehearsed.rehearsal()
    assert rehearsed.call("POST", "/sim/clock", body=body).status == 400
    assert rehearsed.rehearsal() == before


def test_time_ends_before_the_calendar_does(rehearsed: Rehearsed) -> None:
    twenty_years = {"advanceSeconds": 20 * 366 * 86_400}
    for _ in range(9):
        status = rehearsed.call("POST", "/sim/clock", body=twenty_years).status
        rehearsed.deployment.tokens.clear()
        if status != 200:
            break
    assert status == 400
    assert rehearsed.rehearsal().year < 2200
    assert rehearsed.run("license-sync")["result"] == "OK"


def test_sessions_end_when_the_clock_says_so(rehearsed: Rehearsed) -> None:
    rehearsed.call("POST", "/sim/clock", body={"advanceSeconds": 8 * 3600})
    assert rehearsed.call("GET", "/sim/clock").status == 401


@pytest.mark.parametrize("partner", list(PartnerName))
def test_a_mood_is_kept_until_it_changes(rehearsed: Rehearsed, partner: str) -> None:
    path = f"/sim/{partner}/mood"
    for mood in (Mood.DOWN, Mood.SLOW, Mood.WRONG, Mood.WELL):
        assert rehearsed.call("POST", path, body={"mood": mood}).json() == {"mood": mood}
        assert rehearsed.call("GET", path).json() == {"mood": mood}
    assert rehearsed.call("POST", path, body={"mood": "sad"}).status == 400
    assert rehearsed.call("GET", "/sim/nobody/mood").status == 400


@pytest.mark.requirement("I-04")
def test_the_outbox_shows_mails_with_their_files(rehearsed: Rehearsed) -> None:
    mails = rehearsed.call("GET", "/sim/outbox").json()["mails"]
    welcome = next(mail for mail in mails if mail["kind"] == "WELCOME")
    assert welcome["sentAt"] is None
    names = {file["name"] for file in welcome["attachments"]}
    assert all(name.removesuffix(".png") in welcome["body"] for name in names)
    run = rehearsed.deployment.call("POST", "job/run", by=VENDOR, query={"name": "mail-delivery"})
    assert run.json()["summary"] == {"sent": len(mails)}
    after = rehearsed.call("GET", "/sim/outbox").json()["mails"]
    assert all(mail["sentAt"] and mail["body"] for mail in after)


def test_a_ptt_pro_server_answers_as_its_description_says(rehearsed: Rehearsed) -> None:
    query = {"server": "dev03b", "deviceId": DEVICE}
    path = "/sim/pttpro/device"
    assert rehearsed.call("GET", path, query=query).json() == {"site": None}
    for _ in range(2):
        entered = rehearsed.call("POST", path, query=query, body={"site": "site-1"})
        assert entered.json() == {"site": "site-1"}
    assert rehearsed.call("GET", path, query=query).json() == {"site": "site-1"}
    server = {"server": "dev03b"}
    table = rehearsed.call("GET", "/sim/pttpro/devices", query=server).json()
    assert table == {"devices": {DEVICE: "site-1"}}
    assert rehearsed.call("GET", "/sim/pttpro/sites", query=server).json() == {"sites": ["site-1"]}
    for _ in range(2):
        assert rehearsed.call("DELETE", path, query=query).json() == {"site": None}


@pytest.mark.parametrize(
    ("partner", "path", "query"),
    [
        ("pttpro", "/sim/pttpro/sites", {"server": "dev03b"}),
        ("licensing", "/sim/licensing/entitlements", {"customer": ACME}),
    ],
)
def test_a_partner_in_a_mood_answers_so(
    rehearsed: Rehearsed, partner: str, path: str, query: Mapping[str, str]
) -> None:
    rehearsed.feel(partner, "down")
    down = rehearsed.call("GET", path, query=query)
    assert (down.status, down.code) == (503, "UPSTREAM")
    rehearsed.feel(partner, "wrong")
    wrong = rehearsed.call("GET", path, query=query)
    assert wrong.status == 200
    assert wrong.headers["content-type"].startswith("text/plain")
    assert rehearsed.waits == []
    rehearsed.feel(partner, "slow")
    assert rehearsed.call("GET", path, query=query).status == 200
    assert rehearsed.waits == [DAWDLE_SECONDS]


@pytest.mark.requirement("L-01")
@pytest.mark.requirement("L-02")
def test_what_is_sold_arrives_with_the_next_comparison(rehearsed: Rehearsed) -> None:
    lot = {"externalId": "1111-2222-3333", "type": "STANDARD", "quantity": 7}
    sold = {"entitlements": [lot]}
    query = {"customer": ACME}
    answer = rehearsed.call("POST", "/sim/licensing/entitlements", query=query, body=sold)
    assert answer.status == 200
    told = rehearsed.call("GET", "/sim/licensing/entitlements", query=query).json()
    assert told == answer.json()
    run = rehearsed.deployment.call("POST", "job/run", by=VENDOR, query={"name": "license-sync"})
    assert run.json()["result"] == "OK"
    lots = rehearsed.deployment.call("GET", "licenses").json()["content"]
    assert [(row["aidMasked"], row["quantity"]) for row in lots] == [("***2222-3333", 7)]
    bad = {"entitlements": [lot | {"quantity": -1}]}
    refused = rehearsed.call("POST", "/sim/licensing/entitlements", query=query, body=bad)
    assert refused.json()["errors"][0]["field"] == "entitlements.0.quantity"
    unnamed = rehearsed.call("GET", "/sim/licensing/entitlements")
    assert unnamed.code == "CUSTOMER_REQUIRED"
    odd = rehearsed.call("GET", "/sim/licensing/entitlements", query={"customer": "\0"})
    assert (odd.status, odd.code) == (400, "VALIDATION")


def test_a_licensing_system_that_is_down_fails_the_comparison_and_says_so(
    rehearsed: Rehearsed,
) -> None:
    rehearsed.feel("licensing", "down")
    run = rehearsed.deployment.call("POST", "job/run", by=VENDOR, query={"name": "license-sync"})
    assert run.json()["result"] == "FAILED"
    assert run.json()["summary"] == {"customers": 2, "failed": 2}
    events = rehearsed.deployment.call("GET", "events", query={"type": "JOB_FAILED"}).json()
    assert [row["info"] for row in events["content"]] == [
        "license-sync failed: the simulated licensing cannot be reached"
    ]


@pytest.mark.requirement("E-03")
@pytest.mark.requirement("E-06")
@pytest.mark.requirement("E-07")
def test_a_day_of_a_simulated_extension_manager(rehearsed: Rehearsed) -> None:
    query = {"customer": ACME}
    rehearsed.deployment.call("POST", "job/run", by=VENDOR, query={"name": "license-sync"})
    body = {"deviceId": DEVICE, "features": ["CUCM standard", "AURA_PREMIUM"]}
    seats = rehearsed.call("POST", "/sim/exm/signin", query=query, body=body).json()["licenses"]
    assert [(row["feature"], row["useStatus"]) for row in seats] == [
        ("CUCM_STANDARD", "IN_USE"),
        ("AURA_PREMIUM", "IN_USE"),
    ]
    device = {"deviceId": DEVICE}
    held = rehearsed.call("POST", "/sim/exm/checkin", query=query, body=device)
    assert len(held.json()["licenses"]) == 2
    rehearsed.call("POST", "/sim/clock", body={"advanceSeconds": 3600})
    run = {"name": "exm-license-release"}
    done = rehearsed.deployment.call("POST", "job/run", by=VENDOR, query=run).json()
    assert done["summary"] == {"customers": 2, "held": 1, "released": 1}
    out = rehearsed.call("POST", "/sim/exm/signout", query=query, body=device).json()["licenses"]
    assert [row["useStatus"] for row in out] == ["NOT_IN_USE_HELD"]
    pulled = rehearsed.call("POST", "/sim/exm/sync", query=query).json()
    assert pulled == {"lots": 3}
    run = {"name": "exm-license-sync"}
    rehearsed.deployment.call("POST", "job/run", by=VENDOR, query=run)
    events = rehearsed.deployment.call("GET", "events", query={"type": "LICENSE_SYNC_GET"}).json()
    assert [row["info"] for row in events["content"]] == ["Ext-Simulated"] * 2


@pytest.mark.parametrize("mood", ["down", "slow", "wrong"])
def test_an_extension_manager_that_is_not_well_does_nothing(
    rehearsed: Rehearsed, mood: str
) -> None:
    rehearsed.feel("exm", mood)
    answer = rehearsed.call("POST", "/sim/exm/sync", query={"customer": ACME})
    assert (answer.status, answer.code) == (503, "UPSTREAM")
    run = {"name": "exm-license-sync"}
    done = rehearsed.deployment.call("POST", "job/run", by=VENDOR, query=run).json()
    assert (done["result"], done["summary"]) == ("OK", {"customers": 2})


def test_the_customer_of_an_extension_manager_is_named(rehearsed: Rehearsed) -> None:
    assert rehearsed.call("POST", "/sim/exm/sync").code == "CUSTOMER_REQUIRED"
    query = {"customer": "nobody"}
    assert rehearsed.call("POST", "/sim/exm/sync", query=query).status == 404
