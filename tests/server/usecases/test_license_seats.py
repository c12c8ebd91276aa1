"""Seats within a transaction: what an Extension Manager tells, and what a device holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, ReleaseReason, Use
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.license_grants import Ask
from reconciler.server.domain.licensing import Lot, Policy
from reconciler.server.usecases.desk import Desk
from reconciler.server.usecases.license_release import free_all_seats
from reconciler.server.usecases.license_seats import (
    Pushed,
    PushResult,
    apply_push,
    give_seats,
    grant_from_exm,
    licenses_of,
    note_overcommit,
    stamp_exm_contact,
)
from reconciler.server.usecases.ports import StaleWriteError, Transaction
from reconciler.server.usecases.scope import write
from tests.server.usecases.pool import CUCM, DAY, DEVICE, MITEL, PREMIUM, VERSION, Pool

EXM = Asker(DEVICE, VERSION, Holder.EXM, "Ext1")
HOUR = timedelta(hours=1)


def push(
    pool: Pool, use: Use = Use.IN_USE, lot: str = "A", ago: timedelta = timedelta(), **more: str
) -> Pushed:
    feature = Feature(more.get("feature", CUCM))
    asker = Asker(more.get("device", DEVICE), VERSION, Holder.EXM, "Ext1")
    pushed = PushedSeat(asker, feature, lot, use, pool.now - ago)
    return write(pool.world, pool.customer, lambda tx: apply_push(tx, pushed, pool.now))


def sign_in(pool: Pool, *features: str) -> None:
    wanted = [Feature(one) for one in features]
    write(pool.world, pool.customer, lambda tx: grant_from_exm(tx, EXM, wanted, pool.now))


def sign_out(pool: Pool) -> None:
    def work(tx: Transaction) -> None:
        free_all_seats(tx, DEVICE, ReleaseReason.SIGN_OUT, pool.now, [Holder.EXM])

    write(pool.world, pool.customer, work)


@pytest.mark.requirement("L-04")
@pytest.mark.requirement("L-32")
def test_a_sign_out_frees_standard_and_holds_premium_licenses(pool: Pool) -> None:
    pool.stock("A", 1)
    pool.stock("P", 1, type=LicenseType.PREMIUM)
    sign_in(pool, CUCM, PREMIUM)
    assert pool.lots()["A"].used_in_exm == 1
    sign_out(pool)
    assert (pool.use(), pool.use(feature=PREMIUM)) == (Use.RELEASED, Use.HELD)
    assert {name: lot.used for name, lot in pool.lots().items()} == {"A": 0, "P": 1}
    pool.ask("TC52_2")
    sign_in(pool, PREMIUM)
    assert pool.use(feature=PREMIUM) is Use.IN_USE


def test_a_sign_in_beyond_the_seats_gives_nothing(pool: Pool) -> None:
    pool.stock("A", 1)
    with pytest.raises(DomainError) as refusal:
        sign_in(pool, CUCM, MITEL)
    assert refusal.value.code is ErrorCode.NO_LICENSE_AVAILABLE
    assert pool.rows() == {}


def test_a_push_is_believed_beyond_the_total_and_says_so(pool: Pool) -> None:
    """Q-45: the seats are in use already; own grants are refused from then on."""
    pool.stock("A", 1)
    assert push(pool) == Pushed(PushResult.APPLIED)
    done = push(pool, device="TC52_2")
    assert done.result is PushResult.APPLIED
    assert done.overcommitted is not None
    assert (done.overcommitted.used, done.overcommitted.total) == (2, 1)
    pool.advance(HOUR)
    assert push(pool, device="TC52_2") == Pushed(PushResult.APPLIED)
    assert (pool.lots()["A"].used, pool.lots()["A"].used_in_exm) == (2, 2)
    with pytest.raises(DomainError):
        pool.ask("TC52_3")


def test_a_push_that_says_nothing_new_is_ignored(pool: Pool) -> None:
    """Q-46: the newest word wins, and the same word twice is no newer."""
    pool.stock("A", 5)
    pool.stock("B", 5)
    assert push(pool, ago=HOUR).result is PushResult.APPLIED
    assert push(pool, Use.RELEASED, ago=2 * HOUR).result is PushResult.IGNORED_OLDER
    assert push(pool, Use.RELEASED, ago=HOUR).result is PushResult.IGNORED_OLDER
    assert pool.use() is Use.IN_USE
    assert push(pool, lot="B").result is PushResult.APPLIED
    assert {name: lot.used for name, lot in pool.lots().items()} == {"A": 0, "B": 1}
    pool.advance(HOUR)
    assert push(pool, Use.RELEASED, lot="B").result is PushResult.APPLIED
    assert {lot.used for lot in pool.lots().values()} == {0}


def test_an_own_grant_is_newer_than_an_older_push(pool: Pool) -> None:
    pool.stock("A", 5)
    pool.ask()
    assert push(pool, Use.RELEASED, ago=HOUR).result is PushResult.IGNORED_OLDER
    assert pool.rows()[CUCM].holder is Holder.PVM


def test_a_clock_that_is_fast_is_held_to_the_present(pool: Pool) -> None:
    pool.stock("A", 5)
    push(pool, ago=-400 * DAY)
    assert pool.rows()[CUCM].updated_at == pool.now
    pool.advance(HOUR)
    assert push(pool, Use.RELEASED).result is PushResult.APPLIED


def test_a_push_of_an_unknown_lot_or_of_the_wrong_type_changes_nothing(pool: Pool) -> None:
    pool.stock("A", 5)
    assert push(pool, lot="nobody's").result is PushResult.UNKNOWN_LOT
    assert push(pool, feature=PREMIUM).result is PushResult.UNKNOWN_LOT
    assert pool.rows() == {}


def test_a_push_of_a_license_that_is_not_in_use_any_more_leaves_a_row(pool: Pool) -> None:
    pool.stock("A", 5)
    push(pool, Use.RELEASED)
    assert pool.use() is Use.RELEASED
    assert pool.lots()["A"].used == 0


def test_a_contact_through_an_extension_manager_touches_its_own_seats_only(pool: Pool) -> None:
    pool.stock("A", 5)
    pool.ask(DEVICE, MITEL)
    sign_in(pool, CUCM)
    before = pool.now
    pool.advance(HOUR)
    write(pool.world, pool.customer, lambda tx: stamp_exm_contact(tx, DEVICE, pool.now))
    rows = pool.rows()
    assert (rows[CUCM].last_contact_at, rows[MITEL].last_contact_at) == (pool.now, before)


def test_what_a_device_holds_comes_with_its_lots(pool: Pool) -> None:
    pool.stock("A", 5)
    pool.ask(DEVICE, CUCM, MITEL)

    def held() -> list[tuple[str, str]]:
        with pool.world.store.read(pool.customer) as tx:
            found = licenses_of(tx, DEVICE)
        return [(one.assignment.feature, one.lot.external_id) for one in found]

    assert held() == [(CUCM, "A"), (MITEL, "A")]
    pool.give_back()
    assert held() == []


@pytest.mark.requirement("L-26")
def test_a_renewal_waits_for_the_devices_next_question(pool: Pool) -> None:
    """Nothing is sent to a device: it learns of a renewal when it asks, within 90 days."""
    pool.stock("A", 5, days=30)
    before = pool.ask()
    mails = len(pool.company.mails)
    pool.stock("A", 5, days=400)
    assert (len(pool.company.mails), before.next_check_seconds) == (mails, 90 * 86_400)
    pool.advance(timedelta(seconds=before.next_check_seconds))
    (after,) = pool.ask(reason="INTERVAL").licenses
    assert after.lot.expiration > before.licenses[0].lot.expiration
    assert after.lot.id == before.licenses[0].lot.id


def test_an_overcommitted_lot_is_named_by_its_end(pool: Pool) -> None:
    pool.stock("8f46e1d2-77aa-e295-c660", 0)
    desk = Desk.open(pool.world, pool.customer, None)
    note_overcommit(desk, pool.lots()["8f46e1d2-77aa-e295-c660"])
    (event,) = desk.events
    assert event.info == "standard license ***e295-c660: 0 in use, 0 bought"
    assert event.target == "***e295-c660"


def test_a_seat_that_is_gone_after_all_starts_the_request_again(pool: Pool) -> None:
    """The statement that takes a seat has the last word, whatever was read before it."""
    pool.stock("A", 1)
    ask = Ask(Asker(DEVICE, VERSION), (Feature.MITEL,), Policy(), pool.now)

    def work(tx: Transaction) -> object:
        lots = tx.lots.all()
        assert tx.lots.take_seat(lots[0].id)
        assert not tx.lots.take_seat(lots[0].id)
        tx.lots.add_used(lots[0].id, -5)
        with pytest.raises(StaleWriteError):
            give_seats(replace(tx, lots=Blind(lots)), ask)  # type: ignore[arg-type]  # no more is needed
        return None

    write(pool.world, pool.customer, work)


@dataclass
class Blind:
    """Lots that were read before somebody else took their last seat."""

    lots: Sequence[Lot]

    def all(self, *, in_exm: bool) -> Sequence[Lot]:
        assert not in_exm
        return self.lots

    def take_seat(self, _lot_id: str) -> bool:
        return False
