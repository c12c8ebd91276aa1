"""What becomes of a request for licenses."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciler.server.domain.assignments import Asker, Assignment, Holder, Use
from reconciler.server.domain.errors import ErrorCode
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.license_grants import Ask, Refused, Seat, decide
from reconciler.server.domain.licensing import Lot, Policy
from tests.server.domain.lots import NOW, ending_in, lot, row

ASKER = Asker("TC52_1", "9.0.20406")
CUCM, MITEL, AURA = Feature.CUCM_STANDARD, Feature.MITEL, Feature.AURA_PREMIUM


def asked(*features: Feature, how: Policy | None = None, by: Asker = ASKER) -> Ask:
    return Ask(by, features, how or Policy(), NOW)


def given(
    ask: Ask, lots: list[Lot], rows: Mapping[Feature, Assignment] | None = None
) -> tuple[Seat, ...]:
    done = decide(ask, rows or {}, lots)
    assert not isinstance(done, Refused), done
    return done


def refused(ask: Ask, lots: list[Lot], rows: Mapping[Feature, Assignment] | None = None) -> Refused:
    done = decide(ask, rows or {}, lots)
    assert isinstance(done, Refused), done
    return done


@pytest.mark.requirement("D-13")
def test_each_feature_takes_a_seat_of_its_type() -> None:
    standard, premium = lot("s"), lot("p", type=LicenseType.PREMIUM)
    seats = given(asked(CUCM, MITEL, AURA), [standard, premium])
    assert [(seat.row.feature, seat.row.lot_id, seat.takes, seat.frees) for seat in seats] == [
        (CUCM, "s", True, None),
        (MITEL, "s", True, None),
        (AURA, "p", True, None),
    ]
    assert [seat.lot.used for seat in seats] == [1, 2, 1]


def test_a_feature_that_is_named_twice_takes_one_seat() -> None:
    (seat,) = given(asked(CUCM, CUCM), [lot(quantity=1)])
    assert seat.takes


@pytest.mark.requirement("L-23")
def test_what_a_device_holds_it_keeps() -> None:
    held, better = ending_in(1, "held", used=10), ending_in(300)
    (seat,) = given(asked(CUCM), [held, better], {CUCM: row(of=held)})
    assert (seat.row.lot_id, seat.takes, seat.frees) == ("held", False, None)


@pytest.mark.requirement("L-25")
def test_a_seat_that_moves_frees_the_one_before() -> None:
    old, new = ending_in(-1, "old", used=4), ending_in(30, "new")
    (seat,) = given(asked(CUCM), [old, new], {CUCM: row(of=old)})
    assert (seat.row.lot_id, seat.takes, seat.frees, seat.lot.used) == ("new", True, "old", 1)


def test_a_premium_license_that_was_not_in_use_is_in_use_again() -> None:
    premium = lot(type=LicenseType.PREMIUM, used=10)
    held = row(AURA, Use.HELD, Holder.EXM, premium)
    (seat,) = given(asked(AURA), [premium], {AURA: held})
    assert (seat.row.use, seat.row.holder, seat.takes) == (Use.IN_USE, Holder.PVM, False)


def test_the_last_seat_goes_to_one_feature_and_refuses_the_whole_request() -> None:
    done = refused(asked(CUCM, MITEL), [lot(quantity=3, used=2)])
    assert (done.code, done.feature, done.exhausted) == (
        ErrorCode.NO_LICENSE_AVAILABLE,
        MITEL,
        True,
    )


def test_two_features_may_share_out_two_lots() -> None:
    far, near = ending_in(300, "far", used=9), ending_in(30, "near")
    seats = given(asked(CUCM, MITEL), [near, far])
    assert [seat.row.lot_id for seat in seats] == ["far", "near"]


def test_a_seat_that_one_feature_leaves_serves_the_next() -> None:
    """Reconsidering, CUCM moves on to the far lot; Mitel, next, gets the seat that it left."""
    near, far = ending_in(30, "near", quantity=1, used=1), ending_in(300, "far", quantity=1)
    ask = asked(CUCM, MITEL, how=Policy(reconsider=True))
    seats = given(ask, [near, far], {CUCM: row(of=near)})
    assert [(seat.row.lot_id, seat.frees) for seat in seats] == [("far", "near"), ("near", None)]


@pytest.mark.requirement("L-43")
def test_without_a_free_seat_there_is_none() -> None:
    done = refused(asked(CUCM), [lot(used=10), lot("p", type=LicenseType.PREMIUM)])
    assert done.code is ErrorCode.NO_LICENSE_AVAILABLE
    assert done.detail == "no standard license is free for CUCM_STANDARD"


def test_a_released_row_of_an_expired_lot_is_no_license_that_expired() -> None:
    old = ending_in(-1)
    done = refused(asked(CUCM), [old], {CUCM: row(use=Use.RELEASED, of=old)})
    assert done.code is ErrorCode.NO_LICENSE_AVAILABLE


@pytest.mark.requirement("D-16")
def test_an_expired_license_without_another_says_so() -> None:
    old = ending_in(-1, used=1)
    done = refused(asked(CUCM), [old], {CUCM: row(of=old)})
    assert (done.code, done.exhausted) == (ErrorCode.LICENSE_EXPIRED, True)
    assert done.detail.endswith("no other is free")


def test_a_device_that_waits_for_its_interval_exhausts_nothing() -> None:
    old = ending_in(-1, used=1)
    ask = asked(CUCM, how=Policy(replace_expired=False))
    done = refused(ask, [old, ending_in(300)], {CUCM: row(of=old)})
    assert (done.code, done.exhausted) == (ErrorCode.LICENSE_EXPIRED, False)
    assert done.detail == "the license for CUCM_STANDARD has expired"


def test_the_decision_changes_no_lot_that_it_was_given() -> None:
    lots = [lot("a"), ending_in(-1, "b", used=1)]
    before = [replace(one) for one in lots]
    given(asked(CUCM), lots, {CUCM: row(of=lots[1])})
    assert lots == before
