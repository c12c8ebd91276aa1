"""The first start, and the demo."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.store.database import Database
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.bootstraps import list_bootstraps
from reconciler.server.usecases.customers import read_customer
from reconciler.server.usecases.demo import CUSTOMER, fill_demo
from reconciler.server.usecases.first_start import FIRST_LOGIN, create_first_administrator
from reconciler.server.usecases.sites import list_sites
from reconciler.server.usecases.tokens import list_tokens
from reconciler.server.usecases.users import list_users
from tests.server.company import HOME, PASSWORD, Company, world_over


@pytest.mark.requirement("A-18")
def test_an_empty_database_gets_one_vendor_administrator(database: Database) -> None:
    company = world_over(database)
    made = create_first_administrator(company.world)
    assert made is not None
    assert (made.login_name, made.role, made.customer) == (FIRST_LOGIN, Role.VENDOR_ADMIN, None)
    assert made.password not in repr(made)
    assert len(made.password) == 24
    log_in(company.world, Attempt(FIRST_LOGIN, made.password, HOME))
    assert create_first_administrator(company.world) is None
    assert list_users(company.world, _vendor(company, made.password), ListQuery()).total == 1


def _vendor(company: Company, password: str) -> Caller:
    """The vendor, whose password is not the usual one."""
    return authenticate(company.world, company.secret(FIRST_LOGIN, password))


def test_a_given_password_is_taken_if_it_is_good(database: Database) -> None:
    company = world_over(database)
    with pytest.raises(DomainError) as refusal:
        create_first_administrator(company.world, "short")
    assert refusal.value.code is ErrorCode.WEAK_PASSWORD
    made = create_first_administrator(company.world, PASSWORD)
    assert made is not None
    assert made.password == PASSWORD
    assert company.vendor.login_name == FIRST_LOGIN


def test_of_many_first_starts_at_once_one_creates_the_administrator(database: Database) -> None:
    company = world_over(database)
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(create_first_administrator, company.world) for _ in range(8)]
    made = [future.result() for future in started]
    (winner,) = [user for user in made if user is not None]
    log_in(company.world, Attempt(FIRST_LOGIN, winner.password, HOME))


def test_the_demo_has_a_user_of_each_role_and_objects_of_each_kind(database: Database) -> None:
    company = world_over(database)
    users = fill_demo(company.world)
    assert [user.role for user in users] == [
        Role.VENDOR_ADMIN,
        Role.SUPER_ADMIN,
        Role.ADMIN,
        Role.USER,
    ]
    for user in users:
        log_in(company.world, Attempt(user.login_name, user.password, HOME))
    world, chief = company.world, _vendor(company, users[0].password)
    content = read_customer(world, chief, CUSTOMER).content
    assert content.voice
    assert content.extension_manager
    assert content.ptt_pro
    for lister in (list_bootstraps, list_tokens, list_sites):
        assert lister(world, chief, ListQuery(customer=CUSTOMER)).total >= 3
    assert len({user.password for user in users}) == len(users)
    assert fill_demo(company.world) == ()
