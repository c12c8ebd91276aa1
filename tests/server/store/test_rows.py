"""The ports' own guards: a write that is not based on what is stored fails as a whole."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.bootstrap import Bootstrap
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Scope
from reconciler.server.domain.session import hash_secret
from reconciler.server.domain.token import Token
from reconciler.server.usecases.ports import (
    Credential,
    Reach,
    StaleWriteError,
    Transaction,
    Tries,
    World,
)
from reconciler.server.usecases.scope import write
from tests.databases import Postgres, opened
from tests.server.company import ACME, Company, as_it_was, found, world_over
from tests.server.store.test_races import together

_EVERYTHING = ListQuery()


def _customer(company: Company) -> CustomerRef:
    customer = company.chief.customer
    assert customer is not None
    return customer


def _refused(company: Company, work: Callable[[Transaction], object]) -> None:
    with as_it_was(company), pytest.raises(StaleWriteError):
        company.world.store.write(_customer(company), work)


def _stored(tx: Transaction) -> list[Bootstrap]:
    return list(tx.bootstraps.stream(_EVERYTHING))


def test_one_row_of_another_version_fails_every_row(company: Company) -> None:
    def update(tx: Transaction) -> None:
        first, second = _stored(tx)
        changed = [replace(row, text='{"x":1}', version=row.version + 1) for row in (first, second)]
        tx.bootstraps.update([(first.version, changed[0]), (second.version + 1, changed[1])])

    _refused(company, update)


def test_a_row_of_another_version_is_not_deleted(company: Company) -> None:
    _refused(
        company,
        lambda tx: tx.tokens.delete(
            [replace(row, version=9) for row in tx.tokens.stream(_EVERYTHING)]
        ),
    )


def test_a_row_that_exists_is_not_inserted(company: Company) -> None:
    _refused(company, lambda tx: tx.bootstraps.insert(_stored(tx)))
    _refused(company, lambda tx: tx.tokens.insert(list(tx.tokens.stream(_EVERYTHING))))
    _refused(company, lambda tx: tx.users.insert(list(tx.users.stream(_EVERYTHING))))


def test_a_token_that_delivers_nothing_is_not_stored(company: Company) -> None:
    def insert(tx: Transaction) -> None:
        row: Token = next(iter(tx.tokens.stream(_EVERYTHING)))
        tx.tokens.insert([replace(row, name="new", bootstrap="nowhere", app_id=AppId.VOICE)])

    _refused(company, insert)


def test_nothing_to_write_is_no_error(company: Company) -> None:
    def nothing(tx: Transaction) -> None:
        for rows in (tx.bootstraps, tx.tokens):
            rows.insert([])
            rows.update([])
            rows.delete([])
        tx.events.add([])
        tx.outbox.add([])

    with as_it_was(company):
        company.world.store.write(_customer(company), nothing)


def test_a_customer_of_another_version_stays(company: Company) -> None:
    def work(change: str, tx: Transaction) -> None:
        customer = tx.customers.find(ACME)
        assert customer is not None
        if change == "insert":
            tx.customers.insert(replace(customer, id="x"), None)
        elif change == "update":
            tx.customers.update(replace(customer, version=7), None)
        elif change == "rename":
            taken = replace(customer.content, name="Globex Ltd")
            tx.customers.update(replace(customer, content=taken, version=2), None)
        else:
            tx.customers.delete(replace(customer, version=7))

    for change in ("insert", "update", "rename", "delete"):
        with as_it_was(company), pytest.raises(StaleWriteError):
            company.world.store.write(Reach.VENDOR, partial(work, change))


def test_an_api_tokens_name_is_taken_once(company: Company) -> None:
    chief, now = company.chief, company.clock()

    def add(tx: Transaction) -> None:
        for number in range(2):
            secret_hash = hash_secret(str(number))
            tx.credentials.add(Credential(secret_hash, chief.user_id, Scope.READ, now, now, "ci"))

    _refused(company, add)


def test_a_race_lost_for_good_is_a_refusal(company: Company) -> None:
    tries: list[int] = []

    def work(_tx: Transaction) -> None:
        tries.append(1)
        message = "again"
        raise StaleWriteError(message)

    with pytest.raises(DomainError) as refusal:
        write(company.world, _customer(company), work)
    assert refusal.value.code is ErrorCode.STALE_VERSION
    assert len(tries) == 8


def test_a_deadlock_is_resolved_by_another_try(postgres: Postgres) -> None:
    with postgres.database(found) as url, opened(url) as database:
        world = world_over(database).world
        keys = ["first", "second"]
        for key in keys:
            world.store.write(Reach.VENDOR, partial(_count, key))
        meeting = Barrier(2)
        done = together([partial(_cross, world, order, meeting) for order in (keys, keys[::-1])])
        assert done == ["done"] * 2
        counts = world.store.write(Reach.VENDOR, lambda tx: tx.throttles.read(keys))
    assert [counts[key].count for key in keys] == [3, 3]


def _cross(world: World, order: list[str], meeting: Barrier) -> None:
    """Lock two counters in an order, so that two threads with two orders wait in a circle."""
    met: list[bool] = []

    def work(tx: Transaction) -> None:
        _count(order[0], tx)
        if not met:
            met.append(True)
            meeting.wait(30)
        _count(order[1], tx)

    world.store.write(Reach.VENDOR, work, alone=False)


def _count(key: str, tx: Transaction) -> None:
    tries = tx.throttles.read([key])[key]
    tx.throttles.put(key, Tries(tries.count + 1))


def test_the_database_answers(company: Company) -> None:
    company.world.store.ping()
