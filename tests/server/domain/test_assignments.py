"""Assignments: every cell of the table of what frees a seat."""

from dataclasses import replace
from itertools import product

import pytest

from reconciler.server.domain.assignments import (
    Asker,
    Holder,
    PushedSeat,
    ReleaseReason,
    Use,
    as_pushed,
    assigned,
    released,
    short_version,
)
from reconciler.server.domain.features import Feature
from tests.server.domain.lots import DAY, NOW, lot, row

FREE = {
    # what happens: what becomes of (standard, premium) that this server, and that an EXM, gave
    "SIGN_OUT": ("IN_USE", "IN_USE", "RELEASED", "HELD"),
    "EXM_TIMEOUT": ("IN_USE", "IN_USE", "RELEASED", "HELD"),
    "PVM_TIMEOUT": ("RELEASED", "IN_USE", "IN_USE", "IN_USE"),
    "RETURNED": ("RELEASED", "IN_USE", "IN_USE", "IN_USE"),
    "OBSOLETE": ("RELEASED", "RELEASED", "RELEASED", "RELEASED"),
    "REHOMED": ("RELEASED", "RELEASED", "RELEASED", "RELEASED"),
    "REPLACED": ("IN_USE", "IN_USE", "IN_USE", "IN_USE"),
}
_SEATS = tuple(product(Holder, (Feature.CUCM_STANDARD, Feature.CUCM_PREMIUM)))


@pytest.mark.requirement("L-31")
@pytest.mark.requirement("L-32")
@pytest.mark.requirement("L-38")
@pytest.mark.requirement("L-41")
@pytest.mark.parametrize("reason", list(ReleaseReason))
def test_what_frees_a_seat_in_use(reason: ReleaseReason) -> None:
    found = [released(row(feature, holder=holder), reason, NOW).use for holder, feature in _SEATS]
    assert tuple(found) == FREE[reason]


@pytest.mark.requirement("L-32")
@pytest.mark.parametrize("reason", list(ReleaseReason))
def test_what_frees_a_premium_seat_that_is_only_held(reason: ReleaseReason) -> None:
    held = row(Feature.CUCM_PREMIUM, Use.HELD, Holder.EXM)
    freed = reason in (ReleaseReason.OBSOLETE, ReleaseReason.REHOMED)
    assert released(held, reason, NOW).use is (Use.RELEASED if freed else Use.HELD)


@pytest.mark.parametrize("reason", list(ReleaseReason))
def test_a_seat_that_is_free_stays_as_it_is(reason: ReleaseReason) -> None:
    free = row(use=Use.RELEASED)
    assert released(free, reason, NOW) is free


@pytest.mark.requirement("L-29")
def test_a_released_row_says_when_and_why() -> None:
    before = row()
    after = released(before, ReleaseReason.PVM_TIMEOUT, NOW)
    assert after == replace(
        before,
        use=Use.RELEASED,
        updated_at=NOW,
        released_at=NOW,
        release_reason=ReleaseReason.PVM_TIMEOUT,
    )


def test_a_held_row_was_not_released() -> None:
    after = released(row(Feature.CUCM_PREMIUM, holder=Holder.EXM), ReleaseReason.SIGN_OUT, NOW)
    assert (after.updated_at, after.released_at, after.release_reason) == (NOW, None, None)


@pytest.mark.requirement("L-30")
def test_only_assigned_seats_are_in_use() -> None:
    """Three legal pairs of License and Use Status, and no way to write a fourth."""
    assert [(use, use.assigned) for use in Use] == [
        ("IN_USE", True),
        ("HELD", True),
        ("RELEASED", False),
    ]


@pytest.mark.requirement("L-36")
def test_a_new_grant_keeps_when_it_was_first_assigned() -> None:
    asker = Asker("TC52_1", "9.0.20500")
    before = released(row(), ReleaseReason.RETURNED, NOW - DAY)
    again = assigned(before, asker, Feature.CUCM_STANDARD, lot("other"), NOW)
    assert again.first_assigned_at == before.first_assigned_at == NOW - 10 * DAY
    assert (again.assigned_at, again.updated_at, again.last_contact_at) == (NOW, NOW, NOW)
    assert (again.released_at, again.release_reason) == (None, None)
    assert (again.lot_id, again.use, again.app_version) == ("other", Use.IN_USE, "9.0.20500")


def test_the_same_seat_keeps_when_it_was_assigned() -> None:
    asker = Asker("TC52_1", "")
    again = assigned(row(), asker, Feature.CUCM_STANDARD, lot(), NOW)
    assert (again.assigned_at, again.last_contact_at) == (NOW - 10 * DAY, NOW)
    assert again.app_version == "9.0.20406"
    first = assigned(None, asker, Feature.CUCM_STANDARD, lot(), NOW)
    assert (first.first_assigned_at, first.app_version) == (NOW, "")


@pytest.mark.requirement("L-35")
@pytest.mark.parametrize(
    ("version", "shown"),
    [("9.0.20406", "20406"), ("20406", "20406"), ("", ""), ("9.0.", "")],
)
def test_a_list_shows_the_last_part_of_a_version(version: str, shown: str) -> None:
    assert short_version(version) == shown


def push(feature: Feature, use: Use, days: float = 0) -> PushedSeat:
    asker = Asker("TC52_1", "", Holder.EXM, "Ext1")
    return PushedSeat(asker, feature, lot().external_id, use, NOW + days * DAY)


def test_a_push_is_believed_as_of_its_own_time() -> None:
    after = as_pushed(row(), push(Feature.CUCM_STANDARD, Use.RELEASED, -1), lot(), NOW)
    assert (after.use, after.holder, after.exm) == (Use.RELEASED, Holder.EXM, "Ext1")
    assert (after.updated_at, after.released_at) == (NOW - DAY, NOW - DAY)
    assert after.release_reason is ReleaseReason.SIGN_OUT
    assert after.last_contact_at == NOW


def test_a_clock_that_is_fast_shuts_out_no_later_word() -> None:
    after = as_pushed(None, push(Feature.CUCM_PREMIUM, Use.HELD, 400), lot(), NOW)
    assert (after.use, after.updated_at) == (Use.HELD, NOW)


def test_a_standard_license_cannot_be_held_without_being_used() -> None:
    after = as_pushed(None, push(Feature.MITEL, Use.HELD), lot(), NOW)
    assert after.use is Use.RELEASED
