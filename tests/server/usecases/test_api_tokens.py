"""API tokens."""

from datetime import timedelta

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.roles import Role, Scope
from reconciler.server.usecases.api_tokens import (
    MOST_API_TOKENS,
    add_api_token,
    delete_api_token,
    list_api_tokens,
)
from reconciler.server.usecases.auth import authenticate, log_out
from reconciler.server.usecases.ports import Reach
from tests.server.company import Company

_DAY = timedelta(days=1)


@pytest.mark.parametrize("role", list(Role))
def test_everyone_makes_lists_and_revokes_the_own_tokens(company: Company, role: Role) -> None:
    world, caller = company.world, company.of(role)
    made = add_api_token(world, caller, "ci", Scope.READ, company.clock() + _DAY)
    assert made.secret.startswith("pvm_")
    assert list_api_tokens(world, caller) == (made.token,)
    assert list_api_tokens(world, company.stranger) == ()
    delete_api_token(world, caller, "ci")
    assert list_api_tokens(world, caller) == ()
    with pytest.raises(DomainError) as refusal:
        authenticate(world, made.secret)
    assert refusal.value.code is ErrorCode.UNAUTHENTICATED


def test_only_a_hash_is_stored(company: Company) -> None:
    made = add_api_token(company.world, company.chief, "ci", Scope.WRITE, company.clock() + _DAY)
    with company.world.store.read(Reach.EVERYONE) as tx:
        assert tx.credentials.find(made.secret) is None


def test_a_token_ends_when_it_was_told_to(company: Company) -> None:
    made = add_api_token(company.world, company.chief, "ci", Scope.WRITE, company.clock() + _DAY)
    company.clock.advance(_DAY)
    with pytest.raises(DomainError) as refusal:
        authenticate(company.world, made.secret)
    assert refusal.value.code is ErrorCode.UNAUTHENTICATED


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_life_beyond_a_year_is_refused(company: Company, days: int) -> None:
    until = company.clock() + timedelta(days=days)
    with pytest.raises(DomainError) as refusal:
        add_api_token(company.world, company.chief, "ci", Scope.READ, until)
    assert refusal.value.code is ErrorCode.VALIDATION


def test_a_name_is_taken_once_for_each_user(company: Company) -> None:
    until = company.clock() + _DAY
    add_api_token(company.world, company.chief, "ci", Scope.READ, until)
    add_api_token(company.world, company.stranger, "ci", Scope.READ, until)
    with pytest.raises(DomainError) as refusal:
        add_api_token(company.world, company.chief, "ci", Scope.WRITE, until)
    assert refusal.value.code is ErrorCode.CONFLICT
    assert refusal.value.errors[0].field == "name"


@pytest.mark.parametrize("name", ["", " x", "a\n", "ä"])
def test_a_bad_name_is_refused(company: Company, name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        add_api_token(company.world, company.chief, name, Scope.READ, company.clock() + _DAY)
    assert refusal.value.code is ErrorCode.VALIDATION


def test_nobody_hoards_tokens(company: Company) -> None:
    caller, until = company.chief, company.clock() + _DAY
    for number in range(MOST_API_TOKENS):
        add_api_token(company.world, caller, f"t{number}", Scope.READ, until)
    with pytest.raises(DomainError) as refusal:
        add_api_token(company.world, caller, "one-more", Scope.READ, until)
    assert refusal.value.code is ErrorCode.CONFLICT


def test_what_is_not_there_cannot_be_revoked(company: Company) -> None:
    add_api_token(company.world, company.chief, "ci", Scope.READ, company.clock() + _DAY)
    for caller, name in ((company.chief, "other"), (company.stranger, "ci")):
        with pytest.raises(DomainError) as refusal:
            delete_api_token(company.world, caller, name)
        assert refusal.value.code is ErrorCode.NOT_FOUND
    assert len(list_api_tokens(company.world, company.chief)) == 1


def test_a_token_makes_no_other_token_and_has_no_session_to_end(company: Company) -> None:
    until = company.clock() + _DAY
    made = add_api_token(company.world, company.chief, "ci", Scope.WRITE, until)
    machine = authenticate(company.world, made.secret)
    for act in (
        lambda: add_api_token(company.world, machine, "child", Scope.WRITE, until),
        lambda: log_out(company.world, machine),
    ):
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code is ErrorCode.FORBIDDEN


def test_a_token_that_reads_revokes_nothing(company: Company) -> None:
    made = add_api_token(company.world, company.chief, "ci", Scope.READ, company.clock() + _DAY)
    machine = authenticate(company.world, made.secret)
    assert len(list_api_tokens(company.world, machine)) == 1
    with pytest.raises(DomainError) as refusal:
        delete_api_token(company.world, machine, "ci")
    assert refusal.value.code is ErrorCode.FORBIDDEN
