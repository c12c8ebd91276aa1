"""Threads that want the same device's licenses: at two customers, or while it is obsoleted."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest

from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, ReleaseReason, Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.features import Feature
from reconciler.server.usecases.license_grants import request_licenses
from reconciler.server.usecases.license_release import free_all_seats
from reconciler.server.usecases.license_seats import apply_push
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.scope import write
from tests.server.company import ACME, GLOBEX, Company
from tests.server.usecases.pool import CUCM, DEVICE, TOKEN, VERSION, Pool, pool_of

_ROUNDS = 10
_TICK = timedelta(seconds=1)
TOKENS = {ACME: TOKEN, GLOBEX: f"{TOKEN}-{GLOBEX}"}


@pytest.fixture
def pool(company: Company) -> Pool:
    """Both customers have one seat."""
    pool = pool_of(company)
    pool.sell("A", 1)
    pool.seller.sold[GLOBEX] = pool.seller.sold[ACME]
    for customer in customers(pool).values():
        sync(pool.world, customer)
    return pool


def customers(pool: Pool) -> dict[str, CustomerRef]:
    globex = pool.company.stranger.customer
    assert globex is not None
    return {ACME: pool.customer, GLOBEX: globex}


def ask_at(pool: Pool, code: str, device_id: str = DEVICE) -> bool:
    contact = pool.contact(device_id, token=TOKENS[code])
    try:
        request_licenses(pool.world, contact, [CUCM])
    except DomainError:
        return False
    return True


def together(acts: Sequence[Callable[[], object]]) -> list[object]:
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait(60)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def used(pool: Pool) -> dict[str, int]:
    """The seats in use at each customer, counted twice."""
    found: dict[str, int] = {}
    for code, customer in customers(pool).items():
        with pool.world.store.read(customer) as tx:
            (lot,) = tx.lots.all()
            assert tx.assignments.counted().get(lot.id, 0) == lot.used
            found[code] = lot.used
    return found


def test_a_device_that_moves_leaves_its_seat_behind(pool: Pool) -> None:
    """Q-37."""
    assert ask_at(pool, ACME)
    assert ask_at(pool, GLOBEX)
    assert used(pool) == {ACME: 0, GLOBEX: 1}
    row = pool.rows()[CUCM]
    assert (row.use, row.release_reason) == (Use.RELEASED, ReleaseReason.REHOMED)
    assert ask_at(pool, ACME, "TC52_2")
    assert not ask_at(pool, ACME)
    assert used(pool) == {ACME: 1, GLOBEX: 0}


def test_a_device_that_asks_at_two_customers_at_once_ends_at_one(pool: Pool) -> None:
    for _ in range(_ROUNDS):
        outcomes = together([partial(ask_at, pool, code) for code in (ACME, GLOBEX)] * 2)
        assert True in outcomes
        assert sum(used(pool).values()) == 1


def test_a_device_obsoleted_while_it_asks_holds_a_seat_or_none(pool: Pool) -> None:
    def obsolete() -> None:
        write(
            pool.world,
            pool.customer,
            lambda tx: free_all_seats(tx, DEVICE, ReleaseReason.OBSOLETE, pool.now),
        )

    for _ in range(_ROUNDS):
        together([partial(ask_at, pool, ACME), obsolete, partial(ask_at, pool, ACME)])
        assert used(pool)[ACME] in {0, 1}


def test_a_push_and_a_request_at_once_count_the_device_once(pool: Pool) -> None:
    def push(use: Use) -> None:
        asker = Asker(DEVICE, VERSION, Holder.EXM, "Ext1")
        pushed = PushedSeat(asker, Feature.CUCM_STANDARD, "A", use, pool.now)
        write(pool.world, pool.customer, lambda tx: apply_push(tx, pushed, pool.now))

    for _ in range(_ROUNDS):
        pool.advance(_TICK)
        together([partial(ask_at, pool, ACME), partial(push, Use.IN_USE)])
        assert used(pool)[ACME] == 1
        pool.advance(_TICK)
        together([partial(push, Use.RELEASED)] * 2)
        assert used(pool)[ACME] == 0
