"""What an Extension Manager does, with a pool of licenses on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, Use
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Device, DeviceState
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import Severity
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.session import hash_secret
from reconciler.server.domain.strict_json import read_object
from reconciler.server.usecases.bootstraps import get_bootstrap
from reconciler.server.usecases.extension_manager import (
    MOST_ITEMS,
    Admitted,
    Knock,
    PushedItem,
    Visit,
    admit,
    check_in,
    push_seats,
    read_pool,
    release_silent,
    sign_in,
    sign_out,
)
from reconciler.server.usecases.license_seats import PushResult
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.partner_ports import Entitlement
from reconciler.server.usecases.ports import Reach
from tests.server.company import ACME, GLOBEX
from tests.server.usecases.pool import CUCM, DEVICE, MITEL, PREMIUM, SAMSUNG, Pool

NAME = "Ext3OPUAT"
MINUTE = timedelta(minutes=1)
HERE = "192.0.2.33"


def key_of(pool: Pool, code: str = ACME) -> str:
    """As a device gets it: inside the address in the Extension Manager bootstrap."""
    row = get_bootstrap(pool.world, pool.company.vendor, "Extension-Manager-Bootstrap", code)
    document = read_object(row.text.encode(), 10_000).value
    return str(document["var_location"]).partition("api_key=")[2]


def exm_of(pool: Pool) -> Admitted:
    return admit(pool.world, Knock(key_of(pool), HERE)).named(NAME)


def visit(pool: Pool, device_id: str = DEVICE, **more: object) -> Visit:
    contact: Contact = pool.contact(device_id, token=None, **more)
    return Visit(device_id, contact)


def enter(pool: Pool, device_id: str = DEVICE, *features: str, **more: object) -> None:
    wanted = [Feature(name) for name in features or (CUCM,)]
    sign_in(pool.world, exm_of(pool), visit(pool, device_id, **more), wanted)


def told(  # noqa: PLR0913 - the parts of one word, mostly left out
    pool: Pool,
    lot: str,
    use: Use = Use.IN_USE,
    device_id: str = DEVICE,
    feature: str = CUCM,
    *,
    ago: timedelta = timedelta(0),
) -> PushedItem:
    asker = Asker(device_id, "9.0.20406", Holder.EXM, NAME)
    seat = PushedSeat(asker, Feature(feature), lot, use, pool.now - ago)
    return PushedItem(seat, visit(pool, device_id))


def push(pool: Pool, *items: PushedItem) -> tuple[PushResult, ...]:
    return push_seats(pool.world, exm_of(pool), items)


def device(pool: Pool, device_id: str = DEVICE) -> Device | None:
    with pool.world.store.read(pool.customer) as tx:
        return tx.devices.find([device_id]).get(device_id)


def refusal(act: object) -> ErrorCode:
    assert callable(act)
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


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
