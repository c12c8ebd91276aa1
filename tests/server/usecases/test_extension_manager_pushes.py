"""What an Extension Manager says of seats, and what is made of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from reconciler.server.domain.assignments import Holder, Use
from reconciler.server.domain.device import DeviceState
from reconciler.server.domain.errors import ErrorCode
from reconciler.server.domain.event import Severity
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.usecases.extension_manager import (
    MOST_ITEMS,
    Admitted,
    Knock,
    PushedItem,
    Visit,
    admit,
    push_seats,
    release_silent,
    sign_in,
)
from reconciler.server.usecases.license_seats import PushResult
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.partner_ports import Entitlement
from reconciler.server.usecases.ports import Reach
from tests.server.company import GLOBEX
from tests.server.usecases.extension_manager import (
    HERE,
    MINUTE,
    NAME,
    device,
    enter,
    exm_of,
    key_of,
    push,
    refusal,
    told,
    visit,
)
from tests.server.usecases.pool import CUCM, DEVICE, MITEL, PREMIUM, SAMSUNG, Pool


@pytest.mark.parametrize("device_id", ["", "no\nid", "x" * 200])
def test_a_device_id_has_a_form(pool: Pool, device_id: str) -> None:
    bad = Visit(device_id, pool.contact(DEVICE, token=None))
    exm = exm_of(pool)
    features = [Feature.CUCM_STANDARD]
    assert refusal(partial(sign_in, pool.world, exm, bad, features)) is ErrorCode.VALIDATION
    item = replace(told(pool, "A"), visit=bad)
    assert refusal(partial(push_seats, pool.world, exm, [item])) is ErrorCode.VALIDATION


@pytest.mark.requirement("E-04")
def test_a_push_of_a_sign_in_books_a_seat_of_the_lot_that_it_names(pool: Pool) -> None:
    pool.stock("A", days=10)
    pool.stock("B", days=500)
    assert push(pool, told(pool, "A")) == (PushResult.APPLIED,)
    row = pool.rows()[CUCM]
    assert (row.use, row.holder, row.exm, pool.lot_of()) == (Use.IN_USE, Holder.EXM, NAME, "A")
    assert pool.lots()["A"].used_in_exm == 1
    found = device(pool)
    assert found is not None
    assert found.exm == NAME
    (event,) = pool.events("LICENSE_SYNC_PUT")
    assert event.info == f"{NAME}: 1 applied, 0 ignored older, 0 unknown lot"


@pytest.mark.requirement("E-05")
@pytest.mark.requirement("E-07")
def test_a_push_of_a_sign_out_frees_a_standard_seat_only(pool: Pool) -> None:
    pool.stock("A", days=10)
    pool.stock("P", days=10, type=LicenseType.PREMIUM)
    push(pool, told(pool, "A"), told(pool, "P", feature=PREMIUM))
    pool.advance(MINUTE)
    outs = (told(pool, "A", Use.RELEASED), told(pool, "P", Use.HELD, feature=PREMIUM))
    assert push(pool, *outs) == (PushResult.APPLIED,) * 2
    assert (pool.use(), pool.use(feature=PREMIUM)) == (Use.RELEASED, Use.HELD)
    found = device(pool)
    assert found is not None
    assert found.exm is None


def test_the_newest_word_about_a_seat_counts(pool: Pool) -> None:
    pool.stock("A", days=10)
    push(pool, told(pool, "A"))
    older = told(pool, "A", Use.RELEASED, ago=MINUTE)
    same = told(pool, "A", Use.RELEASED)
    assert push(pool, older, same) == (PushResult.IGNORED_OLDER,) * 2
    assert pool.use() is Use.IN_USE
    pool.advance(timedelta(milliseconds=1))
    assert push(pool, told(pool, "A", Use.RELEASED)) == (PushResult.APPLIED,)


def test_a_clock_that_is_fast_shuts_no_later_word_out(pool: Pool) -> None:
    pool.stock("A", days=10)
    push(pool, told(pool, "A", ago=timedelta(days=-400)))
    pool.advance(MINUTE)
    assert push(pool, told(pool, "A", Use.RELEASED)) == (PushResult.APPLIED,)
    assert pool.use() is Use.RELEASED


def test_a_lot_that_is_unknown_here_is_told_and_the_others_count(pool: Pool) -> None:
    pool.stock("A", days=10)
    items = (told(pool, "nowhere", device_id="TC52_1"), told(pool, "A"))
    assert push(pool, *items) == (PushResult.UNKNOWN_LOT, PushResult.APPLIED)
    assert device(pool, "TC52_1") is None
    wrong_type = told(pool, "A", device_id="TC52_2", feature=PREMIUM)
    assert push(pool, wrong_type) == (PushResult.UNKNOWN_LOT,)


def overcommit(pool: Pool) -> Sequence[PushedItem]:
    """Two seats were given here, two there: a lot of two serves four devices."""
    pool.stock("A", 2, days=10)
    for number in range(2):
        pool.ask(f"TC52_here{number}")
    return [told(pool, "A", device_id=f"TC52_there{number}") for number in range(2)]


def test_more_seats_than_there_are_are_believed_once_they_are_in_use(pool: Pool) -> None:
    assert push(pool, *overcommit(pool)) == (PushResult.APPLIED,) * 2
    lot = pool.lots()["A"]
    assert (lot.used, lot.used_in_exm, lot.total, lot.available) == (4, 2, 2, 0)
    (event,) = pool.events("LICENSE_OVERCOMMIT")
    assert event.severity is Severity.WARN
    assert "4 in use, 2 bought" in event.info
    act = partial(pool.ask, "TC52_late")
    assert refusal(act) is ErrorCode.NO_LICENSE_AVAILABLE
    assert refusal(partial(enter, pool, "TC52_late")) is ErrorCode.NO_LICENSE_AVAILABLE


@pytest.mark.requirement("V-10")
def test_the_same_id_is_one_device_here_and_there(pool: Pool) -> None:
    pool.stock("A", days=10)
    pool.ask(DEVICE, MITEL)
    pool.advance(MINUTE)
    push(pool, told(pool, "A"))
    assert set(pool.rows()) == {CUCM, MITEL}
    found = device(pool)
    assert found is not None
    assert found.last_contact_at == pool.now


def test_a_push_takes_a_device_from_no_other_customer(pool: Pool) -> None:
    """A device id is easily guessed; only a token moves a device (Q-37)."""
    pool.stock("A", days=10)
    other = admit(pool.world, Knock(key_of(pool, GLOBEX), HERE)).named("Theirs")
    enter(pool)
    before = device(pool)
    item = told(pool, "A")
    assert push_seats(pool.world, other, [item]) == (PushResult.UNKNOWN_LOT,)
    features = [Feature.CUCM_STANDARD]
    act = partial(sign_in, pool.world, other, visit(pool), features)
    assert refusal(act) is ErrorCode.NO_LICENSE_AVAILABLE
    assert device(pool) == before
    with pool.world.store.read(Reach.EVERYONE) as tx:
        assert tx.devices.home(DEVICE) == pool.customer


def stocked_at_globex(pool: Pool) -> Admitted:
    """The other customer's Extension Manager, with a lot of each type."""
    other = admit(pool.world, Knock(key_of(pool, GLOBEX), HERE)).named("Theirs")
    for kind in LicenseType:
        sold = Entitlement(kind, LotSource.LEGACY, kind, "Test", 5, None)
        pool.seller.sold.setdefault(GLOBEX, []).append(sold)
    sync(pool.world, other.customer)
    return other


def test_a_seat_for_another_customers_device_is_booked_and_the_device_stays(pool: Pool) -> None:
    """What an Extension Manager says is in use is in use; where the device lives is not its say."""
    pool.stock("A", days=10)
    enter(pool)
    before = device(pool)
    other = stocked_at_globex(pool)
    (held,) = sign_in(pool.world, other, visit(pool), [Feature.CUCM_STANDARD])
    assert held.assignment.customer == GLOBEX
    item = told(pool, LicenseType.STANDARD, feature=MITEL)
    assert push_seats(pool.world, other, [item]) == (PushResult.APPLIED,)
    assert device(pool) == before
    with pool.world.store.read(other.customer) as tx:
        assert tx.devices.find([DEVICE]) == {}
    foreign = visit(pool, "SM-A5_TAI9f", hardware=SAMSUNG)
    sign_in(pool.world, exm_of(pool), foreign, [Feature.CUCM_STANDARD])
    act = partial(sign_in, pool.world, other, foreign, [Feature.AURA_PREMIUM])
    assert refusal(act) is ErrorCode.PREMIUM_NOT_ALLOWED


def test_a_third_party_device_may_have_standard_licenses(pool: Pool) -> None:
    pool.stock("A", days=10)
    enter(pool, "SM-A5_TAI9f", hardware=SAMSUNG)
    assert pool.use("SM-A5_TAI9f") is Use.IN_USE


def test_a_customer_that_is_gone_has_nothing_to_release(pool: Pool) -> None:
    gone = replace(pool.customer, code="gone")
    assert refusal(partial(release_silent, pool.world, gone)) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("E-10")
@pytest.mark.requirement("O-03")
def test_what_is_said_of_an_obsolete_device_does_not_bring_it_back(pool: Pool) -> None:
    pool.stock("A", days=10)
    enter(pool)
    obsolete_from_exm(pool.world, pool.customer, NAME, DEVICE)
    pool.advance(MINUTE)
    push(pool, told(pool, "A", Use.RELEASED))
    found = device(pool)
    assert found is not None
    assert found.state is DeviceState.INACTIVE
    assert pool.use() is Use.RELEASED
    pool.advance(MINUTE)
    push(pool, told(pool, "A"))
    back = device(pool)
    assert back is not None
    assert back.state is DeviceState.ACTIVE


def test_a_push_has_a_limit(pool: Pool) -> None:
    items = [told(pool, "A")] * (MOST_ITEMS + 1)
    assert refusal(partial(push, pool, *items)) is ErrorCode.VALIDATION
    assert pool.events("LICENSE_SYNC_PUT") == []
