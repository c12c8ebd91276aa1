"""Snapshots of a day's seats."""

from datetime import date

import pytest

from reconciler.server.domain.features import LicenseType
from reconciler.server.usecases.license_ports import Snapshot
from reconciler.server.usecases.ports import Reach
from reconciler.server.usecases.snapshots import take_snapshot
from tests.server.company import GLOBEX
from tests.server.usecases.pool import DAY, DEVICE, PREMIUM, Pool

FIRST, SECOND, THIRD = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)


def days(pool: Pool, first: date = FIRST, last: date = THIRD) -> list[Snapshot]:
    with pool.world.store.read(pool.customer) as tx:
        return list(tx.snapshots.days(first, last))


@pytest.mark.requirement("G-02")
@pytest.mark.requirement("G-03")
def test_a_snapshot_has_four_counts(pool: Pool) -> None:
    pool.stock("A", 10)
    pool.stock("B", 5)
    pool.stock("P", 3, type=LicenseType.PREMIUM)
    pool.ask()
    pool.ask("TC52_2")
    pool.ask(DEVICE, PREMIUM)
    taken = take_snapshot(pool.world, pool.customer, FIRST)
    assert taken == Snapshot(FIRST, 1, 3, 2, 15)
    assert days(pool) == [taken]


def test_the_last_snapshot_of_a_day_stands(pool: Pool) -> None:
    pool.stock("A", 10)
    take_snapshot(pool.world, pool.customer, FIRST)
    pool.ask()
    take_snapshot(pool.world, pool.customer, FIRST)
    assert days(pool) == [Snapshot(FIRST, 0, 0, 1, 10)]


def test_seats_of_an_expired_lot_are_used_but_nobody_can_get_them(pool: Pool) -> None:
    pool.stock("A", 10, days=1)
    pool.ask()
    pool.advance(DAY)
    assert take_snapshot(pool.world, pool.customer, SECOND) == Snapshot(SECOND, 0, 0, 1, 0)


def test_snapshots_are_found_by_their_days_and_summed_over_customers(pool: Pool) -> None:
    with pool.world.store.read(pool.customer) as tx:
        assert tx.snapshots.first_day() is None
    globex = pool.company.stranger.customer
    assert globex is not None
    assert globex.code == GLOBEX
    pool.stock("A", 10)
    for day in (FIRST, SECOND, THIRD):
        take_snapshot(pool.world, pool.customer, day)
    take_snapshot(pool.world, globex, SECOND)
    assert [row.day for row in days(pool, SECOND, THIRD)] == [SECOND, THIRD]
    with pool.world.store.read(Reach.EVERYONE) as tx:
        assert tx.snapshots.first_day() == FIRST
        assert [row.standard_total for row in tx.snapshots.days(FIRST, THIRD)] == [10, 10, 10]
    with pool.world.store.read(globex) as tx:
        assert tx.snapshots.days(FIRST, THIRD) == [Snapshot(SECOND, 0, 0, 0, 0)]
        assert tx.snapshots.first_day() == SECOND
