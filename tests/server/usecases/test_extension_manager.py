"""What an Extension Manager does, with a pool of licenses on both databases."""

from datetime import timedelta
from functools import partial

import pytest

from reconciler.server.domain.assignments import Holder, Use
from reconciler.server.domain.device import DeviceState
from reconciler.server.domain.errors import ErrorCode
from reconciler.server.domain.event import Severity
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.session import hash_secret
from reconciler.server.usecases.extension_manager import (
    Knock,
    admit,
    check_in,
    read_pool,
    release_silent,
    sign_in,
    sign_out,
)
from tests.server.company import ACME, GLOBEX
from tests.server.usecases.extension_manager import (
    HERE,
    MINUTE,
    NAME,
    device,
    enter,
    exm_of,
    key_of,
    refusal,
    visit,
)
from tests.server.usecases.pool import CUCM, DEVICE, MITEL, PREMIUM, SAMSUNG, Pool


@pytest.mark.requirement("B-19")
@pytest.mark.requirement("E-08")
def test_each_customers_key_opens_its_own_pool(pool: Pool) -> None:
    assert key_of(pool) != key_of(pool, GLOBEX)
    for code in (ACME, GLOBEX):
        assert admit(pool.world, Knock(key_of(pool, code), HERE)).customer.code == code


@pytest.mark.parametrize("wrong", ["", "x", "\0", "\ud800", "k" * 300])
def test_a_wrong_key_opens_nothing(pool: Pool, wrong: str) -> None:
    act = partial(admit, pool.world, Knock(wrong, HERE))
    assert refusal(act) is ErrorCode.BAD_API_KEY


def test_the_stored_hash_is_no_key(pool: Pool) -> None:
    act = partial(admit, pool.world, Knock(hash_secret(key_of(pool)), HERE))
    assert refusal(act) is ErrorCode.BAD_API_KEY


def test_who_tries_many_keys_waits_but_the_right_key_never_does(pool: Pool) -> None:
    wrong = partial(admit, pool.world, Knock("guess", HERE))
    assert [refusal(wrong) for _ in range(21)] == [
        *[ErrorCode.BAD_API_KEY] * 20,
        ErrorCode.RATE_LIMITED,
    ]
    assert exm_of(pool).customer.code == ACME
    elsewhere = partial(admit, pool.world, Knock("guess", "198.51.100.1"))
    assert refusal(elsewhere) is ErrorCode.BAD_API_KEY


def test_a_key_does_not_show_in_its_knock(pool: Pool) -> None:
    assert key_of(pool) not in repr(Knock(key_of(pool), HERE))


@pytest.mark.requirement("E-01")
def test_a_customer_that_gave_its_extension_manager_up_is_refused(pool: Pool) -> None:
    key = key_of(pool)
    pool.settle(extension_manager=False)
    assert refusal(partial(admit, pool.world, Knock(key, HERE))) is ErrorCode.EXM_NOT_ENTITLED


@pytest.mark.parametrize("name", ["", " ", "x" * 129, "a\nb"])
def test_an_extension_manager_has_a_name_on_one_line(pool: Pool, name: str) -> None:
    guest = admit(pool.world, Knock(key_of(pool), HERE))
    assert refusal(partial(guest.named, name)) is ErrorCode.VALIDATION


@pytest.mark.requirement("E-02")
@pytest.mark.requirement("E-03")
@pytest.mark.requirement("E-09")
@pytest.mark.requirement("R-14")
def test_reading_the_pool_tells_every_lot_and_leaves_one_event(pool: Pool) -> None:
    pool.stock("A", 3, days=10)
    pool.stock("B", 5, days=-1)
    enter(pool)
    lots = {lot.external_id: lot for lot in read_pool(pool.world, exm_of(pool))}
    assert {name: (lot.total, lot.used, lot.used_in_exm) for name, lot in lots.items()} == {
        "A": (3, 1, 1),
        "B": (5, 0, 0),
    }
    (event,) = pool.events("LICENSE_SYNC_GET")
    assert (event.info, event.user_login, event.severity) == (NAME, None, Severity.INFO)
    with pool.world.store.read(pool.customer) as tx:
        manager = tx.extension_managers.find(NAME)
        assert [found.name for found in tx.extension_managers.all()] == [NAME]
    assert manager is not None
    assert manager.last_sync_get_at == pool.now


@pytest.mark.requirement("E-04")
def test_a_sign_in_gives_a_seat_and_makes_the_device_known(pool: Pool) -> None:
    pool.stock("A", days=10)
    enter(pool)
    row = pool.rows()[CUCM]
    assert (row.use, row.holder, row.exm) == (Use.IN_USE, Holder.EXM, NAME)
    found = device(pool)
    assert found is not None
    assert (found.state, found.exm, found.last_contact_at) == (DeviceState.ACTIVE, NAME, pool.now)


@pytest.mark.requirement("D-13")
def test_a_sign_in_takes_a_seat_for_each_feature_or_none(pool: Pool) -> None:
    pool.stock("A", 1, days=10)
    act = partial(enter, pool, DEVICE, CUCM, MITEL)
    assert refusal(act) is ErrorCode.NO_LICENSE_AVAILABLE
    assert pool.lots()["A"].used == 0
    assert device(pool) is None
    pool.stock("A", 2, days=10)
    enter(pool, DEVICE, CUCM, MITEL)
    assert pool.lots()["A"].used == 2


@pytest.mark.requirement("L-39")
def test_a_third_party_device_gets_no_premium_license_there_either(pool: Pool) -> None:
    pool.stock("P", days=10, type=LicenseType.PREMIUM)
    act = partial(enter, pool, "SM-A5_TAI9f", PREMIUM, hardware=SAMSUNG)
    assert refusal(act) is ErrorCode.PREMIUM_NOT_ALLOWED
    assert pool.lots()["P"].used == 0


def test_a_sign_in_names_a_feature(pool: Pool) -> None:
    act = partial(sign_in, pool.world, exm_of(pool), visit(pool), ())
    assert refusal(act) is ErrorCode.VALIDATION


@pytest.mark.requirement("E-05")
@pytest.mark.requirement("L-04")
def test_a_sign_out_returns_a_standard_seat_to_the_pool(pool: Pool) -> None:
    pool.stock("A", 1, days=10)
    enter(pool)
    assert sign_out(pool.world, exm_of(pool), visit(pool)) == ()
    assert (pool.use(), pool.lots()["A"].used) == (Use.RELEASED, 0)
    found = device(pool)
    assert found is not None
    assert found.exm is None
    enter(pool, "TC52_other")
    assert pool.lots()["A"].used == 1


@pytest.mark.requirement("E-07")
@pytest.mark.requirement("L-32")
def test_a_premium_seat_stays_after_the_sign_out_and_is_used_again(pool: Pool) -> None:
    pool.stock("P", 1, days=10, type=LicenseType.PREMIUM)
    enter(pool, DEVICE, PREMIUM)
    (held,) = sign_out(pool.world, exm_of(pool), visit(pool))
    assert held.assignment.use is Use.HELD
    assert pool.lots()["P"].used == 1
    act = partial(enter, pool, "TC52_other", PREMIUM)
    assert refusal(act) is ErrorCode.NO_LICENSE_AVAILABLE
    enter(pool, DEVICE, PREMIUM)
    assert (pool.use(feature=PREMIUM), pool.lots()["P"].used) == (Use.IN_USE, 1)


@pytest.mark.requirement("E-06")
@pytest.mark.requirement("E-07")
@pytest.mark.parametrize("minutes", [None, 5])
def test_an_hour_of_silence_frees_standard_seats_and_idles_premium_ones(
    pool: Pool, minutes: int | None
) -> None:
    if minutes is not None:
        pool.settle(exm_release_minutes=minutes)
    pool.stock("A", days=10)
    pool.stock("P", days=10, type=LicenseType.PREMIUM)
    enter(pool, DEVICE, CUCM, PREMIUM)
    pool.advance((minutes or 60) * MINUTE - timedelta(milliseconds=1))
    assert release_silent(pool.world, pool.customer) == {}
    pool.advance(timedelta(milliseconds=1))
    assert release_silent(pool.world, pool.customer) == {"released": 1, "held": 1}
    assert (pool.use(), pool.use(feature=PREMIUM)) == (Use.RELEASED, Use.HELD)
    assert {name: lot.used for name, lot in pool.lots().items()} == {"A": 0, "P": 1}
    found = device(pool)
    assert found is not None
    assert found.exm is None
    assert release_silent(pool.world, pool.customer) == {}


@pytest.mark.requirement("E-06")
def test_a_check_in_starts_the_hour_anew(pool: Pool) -> None:
    pool.stock("A", days=10)
    enter(pool)
    pool.advance(59 * MINUTE)
    (held,) = check_in(pool.world, exm_of(pool), visit(pool))
    assert held.assignment.use is Use.IN_USE
    pool.advance(59 * MINUTE)
    assert release_silent(pool.world, pool.customer) == {}
    pool.advance(MINUTE)
    assert release_silent(pool.world, pool.customer) == {"released": 1, "held": 0}


@pytest.mark.parametrize("act", [sign_out, check_in], ids=["sign-out", "check-in"])
def test_an_unknown_device_can_only_sign_in(pool: Pool, act: object) -> None:
    assert callable(act)
    call = partial(act, pool.world, exm_of(pool), visit(pool))
    assert refusal(call) is ErrorCode.UNKNOWN_DEVICE
