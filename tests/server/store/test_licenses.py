"""Lots and assignments on both databases, straight at their ports."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest

from reconciler.server.domain.assignments import Asker, Assignment, Holder, Use, assigned
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import Lot, LotSource
from reconciler.server.domain.listing import ASSIGNED, LICENSES, ListFields, ListQuery, Sort
from reconciler.server.usecases.licenses import list_assigned, list_licenses
from reconciler.server.usecases.ports import StaleWriteError, Transaction
from tests.server.company import Company
from tests.server.domain.lots import lot
from tests.server.usecases.pool import CUCM, DAY, DEVICE, PREMIUM, Pool, pool_of

_THREADS = 16
_ROUNDS = 20


@pytest.fixture
def pool(company: Company) -> Pool:
    return pool_of(company)


def add(pool: Pool, *lots: Lot) -> None:
    def work(tx: Transaction) -> None:
        for one in lots:
            tx.lots.insert(one)

    pool.world.store.write(pool.customer, work)


def take(pool: Pool, lot_id: str = "lot") -> bool:
    """One seat, without keeping other writers of the customer waiting."""
    return pool.world.store.write(pool.customer, lambda tx: tx.lots.take_seat(lot_id), alone=False)


def move(pool: Pool, by: int) -> None:
    pool.world.store.write(pool.customer, lambda tx: tx.lots.add_used("lot", by))


def put(pool: Pool, *rows: Assignment) -> None:
    pool.world.store.write(pool.customer, lambda tx: tx.assignments.put(rows))


@pytest.mark.requirement("L-43")
def test_the_statement_alone_never_gives_a_seat_twice(pool: Pool) -> None:
    """Even writers that don't wait for each other find exactly the seats with overage."""
    add(pool, lot(quantity=5, overage_percent=50))
    for _ in range(_ROUNDS):
        start = Barrier(_THREADS)

        def act(_: int, start: Barrier = start) -> bool:
            start.wait(60)
            return take(pool)

        with ThreadPoolExecutor(_THREADS) as threads:
            assert sum(threads.map(act, range(_THREADS))) == 7
        (found,) = pool.lots().values()
        assert found.used == found.total == 7
        move(pool, -7)


@pytest.mark.parametrize(("quantity", "percent"), [(0, 0), (0, 100), (1, 99)])
def test_a_share_of_a_seat_is_none(pool: Pool, quantity: int, percent: int) -> None:
    add(pool, lot(quantity=quantity, overage_percent=percent))
    assert [take(pool) for _ in range(2)] == [quantity > 0, False]


def test_a_count_moves_by_any_number_but_never_below_nothing(pool: Pool) -> None:
    add(pool, lot(quantity=1))
    for by, used in ((3, 3), (-1, 2), (-5, 0)):
        move(pool, by)
        assert pool.lots()[lot().external_id].used == used


def test_an_update_leaves_the_count_alone(pool: Pool) -> None:
    add(pool, lot())
    take(pool)
    changed = lot(quantity=99, used=50, source=LotSource.NEW, overage_percent=5, grace_days=3)
    changed = replace(changed, base_expiration=None, valid=False, present=False, term="Trial")
    pool.world.store.write(pool.customer, lambda tx: tx.lots.update(changed))
    assert list(pool.lots().values()) == [replace(changed, used=1)]


def test_a_lots_key_is_its_external_id_with_its_type(pool: Pool) -> None:
    one = lot("a")
    add(pool, one, replace(one, id="b", type=LicenseType.PREMIUM))
    with pytest.raises(StaleWriteError):
        add(pool, replace(one, id="c"))
    other = replace(one, id="c", external_id="another")
    add(pool, other)
    with pytest.raises(StaleWriteError):
        pool.world.store.write(pool.customer, lambda tx: tx.lots.update(replace(one, id="c")))
    with pytest.raises(StaleWriteError):
        pool.world.store.write(pool.customer, lambda tx: tx.lots.update(replace(one, id="none")))


def test_an_assignment_is_stored_as_it_is_and_again_in_its_own_place(pool: Pool) -> None:
    add(pool, lot())
    asker = Asker(DEVICE, "9.0.20406", Holder.EXM, "Ext1")
    first = assigned(None, asker, Feature.CUCM_STANDARD, lot(), pool.now)
    again = replace(first, use=Use.RELEASED, exm=None, holder=Holder.PVM, released_at=pool.now)
    for row in (first, again):
        put(pool, row)
        assert pool.rows() == {CUCM: row}
    put(pool)


def test_counts_are_of_the_seats_that_are_held(pool: Pool) -> None:
    pool.stock("A")
    pool.stock("P", type=LicenseType.PREMIUM)
    pool.ask(DEVICE, CUCM, PREMIUM)
    pool.ask("TC52_2")
    pool.give_back("TC52_2")
    lots = pool.lots()
    with pool.world.store.read(pool.customer) as tx:
        assert tx.assignments.counted() == {lots["A"].id: 1, lots["P"].id: 1}
        assert set(tx.assignments.of_devices([DEVICE, "TC52_2", "nobody"])) == {DEVICE, "TC52_2"}
    pool.assert_counted()


def test_the_silent_come_oldest_first_and_so_many(pool: Pool) -> None:
    pool.stock("A")
    for number in (2, 1, 3):
        pool.ask(f"TC52_{number}")
        pool.advance(DAY)
    with pool.world.store.read(pool.customer) as tx:
        found = tx.assignments.silent(Holder.PVM, pool.now - DAY, 2)
        assert [row.device_id for row in found] == ["TC52_2", "TC52_1"]
        assert len(tx.assignments.silent(Holder.PVM, pool.now - DAY, 9)) == 3
        assert len(tx.assignments.silent(Holder.PVM, pool.now - 2 * DAY, 9)) == 2
        assert tx.assignments.silent(Holder.PVM, pool.now, 9, LicenseType.PREMIUM) == []
        assert tx.assignments.silent(Holder.EXM, pool.now, 9) == []


@pytest.mark.requirement("L-45")
@pytest.mark.parametrize("fields", [LICENSES, ASSIGNED], ids=["licenses", "assigned"])
def test_every_field_that_a_list_offers_works(pool: Pool, fields: ListFields) -> None:
    pool.stock("A")
    pool.stock("P", days=None, type=LicenseType.PREMIUM)
    pool.ask(DEVICE, CUCM, PREMIUM)
    vendor = pool.company.vendor

    def total(query: ListQuery) -> int:
        if fields is LICENSES:
            return list_licenses(pool.world, vendor, query, pool.now).total
        return list_assigned(pool.world, vendor, query).total

    for name in fields.sortable:
        for descending in (False, True):
            assert total(ListQuery(sort=(Sort(name, descending=descending),))) == 2
    known = {"state": "EXPIRED", "type": "STANDARD", "source": "NEW", "license": "UNASSIGNED"}
    known |= {"useStatus": "NOT_IN_USE", "feature": "LOCAL"}
    for name in fields.filters:
        query = ListQuery(filters={name: known.get(name, "x'; --")}, customer="acme")
        assert total(query) == (1 if name == "type" else 0)


def together(acts: list[Callable[[], object]]) -> list[object]:
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(60)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_grants_returns_and_synchronisations_at_once_leave_true_counts(pool: Pool) -> None:
    pool.stock("A", 100)
    for number in range(4):
        pool.ask(f"TC52_{number}")

    def ask_and_return(number: int) -> None:
        for _ in range(5):
            pool.ask(f"TC52_{number}")
            pool.give_back(f"TC52_{number}")

    together([*(partial(ask_and_return, number) for number in range(4)), pool.sync, pool.sync])
    pool.assert_counted()
    assert pool.lots()["A"].used == 0
