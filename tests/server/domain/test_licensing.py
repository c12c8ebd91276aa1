"""Lots: totals, overage, grace, expiry, and which one a new seat comes from."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import (
    Lot,
    LotSource,
    LotState,
    Policy,
    Reason,
    choose,
    mask_external_id,
    options,
    policy,
)
from tests.server.domain.lots import DAY, NOW, ending_in, lot

STANDARD = LicenseType.STANDARD
_INSTANT = timedelta(milliseconds=1)


@pytest.mark.requirement("L-12")
@pytest.mark.parametrize(
    ("quantity", "percent", "total"),
    [(20, 5, 21), (15, 5, 15), (318, 5, 333), (20, 0, 20), (1, 99, 1), (1, 100, 2), (0, 50, 0)],
)
def test_overage_adds_whole_seats_and_never_more_than_the_percentage(
    quantity: int, percent: int, total: int
) -> None:
    assert lot(quantity=quantity, overage_percent=percent).total == total


@given(st.integers(0, 10**6), st.integers(0, 1000))
def test_a_total_is_the_largest_within_the_percentage(quantity: int, percent: int) -> None:
    total = lot(quantity=quantity, overage_percent=percent).total
    most = quantity * (100 + percent)
    assert total * 100 <= most < (total + 1) * 100


@pytest.mark.requirement("L-22")
@pytest.mark.parametrize(("used", "free"), [(0, 10), (9, 1), (10, 0), (14, 0)])
def test_what_is_free_is_never_less_than_nothing(used: int, free: int) -> None:
    assert lot(used=used).available == free


@pytest.mark.requirement("L-06")
@pytest.mark.requirement("L-07")
@pytest.mark.parametrize(
    ("one", "state"),
    [
        (lot(), "ACTIVE"),
        (lot(base_expiration=NOW), "EXPIRED"),
        (lot(base_expiration=NOW + _INSTANT), "ACTIVE"),
        (lot(present=False), "EXPIRED"),
        (lot(valid=False), "EXPIRED"),
    ],
    ids=["running", "at its end", "an instant before", "removed from the account", "invalid"],
)
def test_a_lot_is_active_while_nothing_ends_it(one: Lot, state: str) -> None:
    assert one.state(NOW) == state


@pytest.mark.requirement("L-14")
def test_grace_days_follow_the_end() -> None:
    one = lot(base_expiration=NOW, grace_days=10)
    assert one.expiration == NOW + 10 * DAY
    assert one.state(NOW + 9 * DAY) is LotState.ACTIVE
    assert one.state(NOW + 10 * DAY - _INSTANT) is LotState.ACTIVE
    assert one.state(NOW + 10 * DAY) is LotState.EXPIRED


@pytest.mark.requirement("L-18")
def test_a_perpetual_lot_ends_ten_years_after_its_verification_and_so_never() -> None:
    verified = datetime(2024, 8, 9, tzinfo=UTC)
    one = lot(base_expiration=None, grace_days=10, last_verified_at=verified)
    assert one.expiration == datetime(2034, 8, 9, tzinfo=UTC)
    assert one.state(NOW + 40 * 366 * DAY) is LotState.ACTIVE


def test_ten_years_after_a_leap_day_is_the_28th() -> None:
    verified = datetime(2024, 2, 29, 6, tzinfo=UTC)
    one = lot(base_expiration=None, last_verified_at=verified)
    assert one.expiration == datetime(2034, 2, 28, 6, tzinfo=UTC)


@pytest.mark.requirement("L-24")
def test_the_lot_that_ends_last_comes_first() -> None:
    near, far, perpetual = ending_in(30), ending_in(300), lot("ever", base_expiration=None)
    assert list(choose([near, perpetual, far], STANDARD, NOW)) == [perpetual, far, near]


@pytest.mark.requirement("L-16")
@pytest.mark.requirement("L-24")
def test_lots_that_are_full_ended_or_of_the_other_type_are_passed_over() -> None:
    fits = ending_in(1)
    others = [
        ending_in(300, "full", used=10),
        ending_in(300, "premium", type=LicenseType.PREMIUM),
        ending_in(300, "gone", present=False),
        ending_in(300, "invalid", valid=False),
        ending_in(0, "ended"),
    ]
    assert list(choose([*others, fits], STANDARD, NOW)) == [fits]


def test_grace_counts_when_ends_are_compared_and_breaks_no_tie() -> None:
    """Q-07: the effective end first, then the end without grace."""
    graceful = ending_in(20, grace_days=20)
    plain, equal = ending_in(39), ending_in(40, "equal")
    assert list(choose([plain, graceful, equal], STANDARD, NOW)) == [equal, graceful, plain]


def test_ties_go_to_the_emptier_lot_and_then_by_the_external_id() -> None:
    emptier, b, a = ending_in(9, "c", used=1), ending_in(9, "b", used=2), ending_in(9, "a", used=2)
    for order in permutations([a, b, emptier]):
        assert list(choose(order, STANDARD, NOW)) == [emptier, a, b]


@pytest.mark.requirement("L-23")
def test_a_seat_of_a_running_lot_is_kept_whatever_else_there_is() -> None:
    held, better = ending_in(1, used=10), ending_in(300)
    assert list(options(held, [held, better], STANDARD, Policy(), NOW)) == [held]


@pytest.mark.requirement("L-25")
def test_a_seat_of_an_expired_lot_is_replaced_by_the_one_that_ends_last() -> None:
    held, near, far = ending_in(-1), ending_in(30), ending_in(300)
    assert list(options(held, [held, near, far], STANDARD, Policy(), NOW)) == [far, near]
    assert list(options(held, [held], STANDARD, Policy(), NOW)) == []


def test_a_device_that_reconsiders_keeps_its_seat_unless_another_ends_later() -> None:
    held, same, far = ending_in(30), ending_in(30, "same"), ending_in(300)
    full = ending_in(900, "full", used=10)
    how = Policy(reconsider=True)
    assert list(options(held, [held, same, full], STANDARD, how, NOW)) == [held]
    assert list(options(held, [held, same, far, full], STANDARD, how, NOW)) == [far, held]


def test_without_expiry_detection_an_expired_request_waits_for_the_interval() -> None:
    held, far = ending_in(-1), ending_in(300)
    how = policy(Reason.EXPIRED, farthest=True, expiry_detection=False)
    assert list(options(held, [held, far], STANDARD, how, NOW)) == []


@pytest.mark.requirement("D-14")
@pytest.mark.parametrize(
    ("reason", "flags", "expected"),
    [
        (Reason.INITIAL, (True, True), Policy()),
        (Reason.INTERVAL, (True, True), Policy()),
        (Reason.TOKEN_SCAN, (True, True), Policy(reconsider=True)),
        (Reason.TOKEN_SCAN, (False, True), Policy()),
        (Reason.REBOOT, (True, False), Policy(reconsider=True)),
        (Reason.REBOOT, (False, False), Policy()),
        (Reason.EXPIRED, (False, True), Policy(reconsider=True)),
        (Reason.EXPIRED, (True, False), Policy(replace_expired=False)),
    ],
)
def test_flags_say_what_a_reason_does(
    reason: Reason, flags: tuple[bool, bool], expected: Policy
) -> None:
    farthest, detection = flags
    assert policy(reason, farthest=farthest, expiry_detection=detection) == expected


@pytest.mark.requirement("L-09")
@pytest.mark.parametrize(
    ("external_id", "shown"),
    [
        ("8f46e1d2-77aa-4c5e-e295-c660", "***e295-c660"),
        ("a-b-c", "***b-c"),
        ("e295-c660", "***"),
        ("0123456789abcdef", "***"),
        ("", "***"),
    ],
)
def test_only_the_end_of_an_external_id_is_shown(external_id: str, shown: str) -> None:
    assert mask_external_id(external_id) == shown


def test_a_lot_comes_from_one_of_two_sources() -> None:
    assert list(LotSource) == ["LEGACY", "NEW"]
