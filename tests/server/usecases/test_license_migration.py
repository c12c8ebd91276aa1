"""Lots move to the new licensing system, and devices notice nothing."""

from dataclasses import replace

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.license_migration import migrate_licenses
from tests.server.company import ACME, as_it_was
from tests.server.usecases.pool import Pool


def migrate(pool: Pool, keys: dict[str, str], code: str | None = ACME) -> int:
    return migrate_licenses(pool.world, pool.company.vendor, keys, code)


def refusal_of(pool: Pool, keys: dict[str, str]) -> ErrorCode:
    before = pool.lots()
    with as_it_was(pool.company), pytest.raises(DomainError) as refusal:
        migrate(pool, keys)
    assert pool.lots() == before
    return refusal.value.code


@pytest.mark.requirement("L-21")
def test_assignments_and_history_survive_a_migration(pool: Pool) -> None:
    pool.stock("aid-a", 3)
    pool.stock("aid-b", 3, 50)
    pool.ask()
    before, rows, history = pool.lots(), pool.rows(), pool.history()
    with pool.world.store.read(pool.customer) as tx:
        tokens = list(tx.tokens.stream(ListQuery()))
    assert migrate(pool, {"aid-a": "pkid-a"}) == 1
    moved = replace(before["aid-a"], external_id="pkid-a", source=LotSource.NEW)
    assert pool.lots() == {"pkid-a": moved, "aid-b": before["aid-b"]}
    assert (pool.rows(), pool.history()) == (rows, history)
    with pool.world.store.read(pool.customer) as tx:
        assert list(tx.tokens.stream(ListQuery())) == tokens
    pool.ask()
    assert pool.lot_of() == "pkid-a"
    (event,) = pool.events("LICENSE_MIGRATED")
    assert event.info == "1 licenses migrated"


def test_both_types_of_an_activation_id_move(pool: Pool) -> None:
    pool.sell("aid")
    pool.stock("aid", type=LicenseType.PREMIUM)
    assert migrate(pool, {"aid": "pkid"}) == 2


def test_what_was_migrated_is_not_migrated_again(pool: Pool) -> None:
    pool.stock("aid")
    pool.stock("other")
    migrate(pool, {"aid": "pkid"})
    assert refusal_of(pool, {"aid": "pkid"}) is ErrorCode.ALREADY_MIGRATED
    assert refusal_of(pool, {"pkid": "again", "other": "x"}) is ErrorCode.ALREADY_MIGRATED


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({}, ErrorCode.VALIDATION),
        ({"aid": ""}, ErrorCode.VALIDATION),
        ({"aid": "x" * 129}, ErrorCode.VALIDATION),
        ({"aid": "a\0b"}, ErrorCode.VALIDATION),
        ({"nobody's": "pkid"}, ErrorCode.VALIDATION),
        ({"aid": "same", "other": "same"}, ErrorCode.VALIDATION),
        ({"aid": "other", "other": "third"}, ErrorCode.VALIDATION),
        ({"aid": "other"}, ErrorCode.CONFLICT),
    ],
    ids=["empty", "no key", "long key", "no text", "unknown", "one key twice", "chained", "taken"],
)
def test_a_map_that_does_not_fit_moves_nothing(
    pool: Pool, keys: dict[str, str], code: ErrorCode
) -> None:
    pool.stock("aid")
    pool.stock("other")
    assert refusal_of(pool, keys) is code


def test_only_the_vendor_migrates_and_names_the_customer(pool: Pool) -> None:
    for role in (Role.USER, Role.ADMIN, Role.SUPER_ADMIN):
        with pytest.raises(DomainError) as refusal:
            migrate_licenses(pool.world, pool.company.of(role), {"a": "b"}, None)
        assert refusal.value.code is ErrorCode.FORBIDDEN
    with pytest.raises(DomainError) as refusal:
        migrate(pool, {"a": "b"}, None)
    assert refusal.value.code is ErrorCode.CUSTOMER_REQUIRED
