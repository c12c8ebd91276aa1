"""What a registration does to PTT Pro's table."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.customer import Customer, CustomerContent, FlagOverrides
from reconciler.server.domain.provisioning import (
    UNASKED,
    Booking,
    Conflict,
    Found,
    Place,
    Provisioning,
    Situation,
    decide,
    reason_to_skip,
    site_of_bootstrap,
)

A, B = Place("pro-1", "a"), Place("pro-1", "b")
ELSEWHERE = Place("pro-2", "a")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONTENT = CustomerContent(name="Acme", ptt_pro=True)
CUSTOMER = Customer("id", "acme", CONTENT, NOW, NOW, 1)


@pytest.mark.requirement("S-06", "S-09", "S-10", "S-11")
@pytest.mark.parametrize(
    ("own", "found", "decided"),
    [
        (None, None, Booking(Provisioning.PROVISIONED)),
        (None, "a", Booking(Provisioning.ADOPTED, adopted=True)),
        (None, "b", Conflict("b")),
        (None, UNASKED, Booking(Provisioning.QUEUED)),
        (A, "a", Booking(Provisioning.UNCHANGED)),
        (A, None, Booking(Provisioning.PROVISIONED)),
        (A, "b", Conflict("b")),
        (A, UNASKED, Booking(Provisioning.QUEUED)),
        (B, "b", Booking(Provisioning.MOVED)),
        (B, None, Booking(Provisioning.MOVED)),
        (B, "a", Booking(Provisioning.MOVED, adopted=True)),
        (B, "c", Conflict("c")),
        (ELSEWHERE, None, Booking(Provisioning.MOVED)),
        (ELSEWHERE, "a", Booking(Provisioning.MOVED, adopted=True)),
        (ELSEWHERE, "b", Conflict("b")),
    ],
)
def test_a_registration_at_a(own: Place | None, found: Found, decided: Booking | Conflict) -> None:
    assert decide(Situation(A, own, found)) == decided


@pytest.mark.parametrize(
    ("own", "answer"),
    [
        (None, Provisioning.PROVISIONED),
        (A, Provisioning.UNCHANGED),
        (B, Provisioning.MOVED),
        (ELSEWHERE, Provisioning.MOVED),
    ],
)
@pytest.mark.parametrize("found", [None, "a", "b", "c", UNASKED])
def test_while_something_is_still_to_be_told_the_table_shows_own_doings(
    own: Place | None, answer: Provisioning, found: Found
) -> None:
    assert decide(Situation(A, own, found, telling=True)) == Booking(answer)


@pytest.mark.requirement("S-13", "S-14", "S-15", "S-16", "S-19")
@pytest.mark.parametrize(
    ("content", "app", "site", "word"),
    [
        (CONTENT, AppId.PTT_PRO_ANDROID, "a", None),
        (CONTENT, AppId.PTT_PRO_IOS, "a", None),
        (CONTENT, AppId.PTT_PRO_ANDROID, None, "no site"),
        (CONTENT, AppId.VOICE, "a", "application"),
        (CONTENT, None, "a", "application"),
        (replace(CONTENT, ptt_pro=False), AppId.PTT_PRO_IOS, "a", "no PTT Pro"),
        (replace(CONTENT, profile_manager=True), AppId.PTT_PRO_IOS, "a", "Profile Manager"),
        (
            replace(CONTENT, flag_overrides=FlagOverrides(auto_provisioning=False)),
            AppId.PTT_PRO_IOS,
            "a",
            "switched off",
        ),
    ],
    ids=["android", "ios", "no-site", "voice", "no-app", "no-ptt-pro", "pfm", "off"],
)
def test_who_is_left_to_be_entered_by_hand(
    content: CustomerContent, app: AppId | None, site: str | None, word: str | None
) -> None:
    reason = reason_to_skip(replace(CUSTOMER, content=content), app, site)
    assert (reason is None) if word is None else word in str(reason)


@pytest.mark.requirement("B-16")
@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("{}", None),
        ('{"site":"site-1094","zems":{"x":1}}', "site-1094"),
        ('{"site":7}', None),
        ('{"site":""}', None),
        ('{"Site":"x"}', None),
    ],
)
def test_a_bootstrap_may_name_the_site(text: str, site: str | None) -> None:
    assert site_of_bootstrap(text) == site
