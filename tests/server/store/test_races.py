"""Threads that want the same thing at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    KindName,
    Operation,
)
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import ANY, Circumstances, Precondition, Result, Written
from reconciler.server.usecases.auth import Attempt, log_in
from reconciler.server.usecases.bootstraps import delete_bootstrap, get_bootstrap
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.customers import CustomerOrder, FirstAdministrator, put_customer
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.events import list_events
from reconciler.server.usecases.tokens import get_token, list_tokens
from reconciler.server.usecases.users import delete_user, list_users, put_user
from tests.server.company import ONCE, Company, content, email_of, login_of
from tests.server.usecases.calls import bootstrap, token

_ROUNDS = 40


def together(acts: Sequence[Callable[[], object]]) -> list[str]:
    """What becomes of acts that begin at the same moment: results, or codes of refusals."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        start.wait(30)
        try:
            done = act()
        except DomainError as error:
            return error.code
        return done.result if isinstance(done, Written) else "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.requirement("U-15", "P-11")
def test_of_two_writers_with_the_same_version_exactly_one_wins(company: Company) -> None:
    world, chief, admin = company.world, company.chief, company.of(Role.ADMIN)
    bootstrap(world, chief, "b")
    for version in range(1, _ROUNDS + 1):
        how = Circumstances(precondition=Precondition(frozenset({version})))
        texts = [f'{{"round":{version},"writer":{number}}}' for number in range(2)]
        acts = [
            partial(bootstrap, world, caller, "b", text, how)
            for caller, text in zip((chief, admin), texts, strict=True)
        ]
        outcomes = together(acts)
        assert sorted(outcomes) == [ErrorCode.STALE_VERSION, Result.UPDATED]
        found = get_bootstrap(world, chief, "b")
        assert (found.version, found.text) == (version + 1, texts[outcomes.index(Result.UPDATED)])


@pytest.mark.parametrize("precondition", [ANY, Precondition(absent=True)])
def test_a_new_name_is_created_once_whoever_asks(
    company: Company, precondition: Precondition
) -> None:
    world, chief = company.world, company.chief
    how = Circumstances(precondition=precondition)
    for number in range(10):
        name = f"n{number}"
        outcomes = together([partial(bootstrap, world, chief, name, "{}", how)] * 4)
        losers = {ErrorCode.STALE_VERSION} if precondition.absent else {Result.UNCHANGED}
        assert outcomes.count(Result.CREATED) == 1
        assert set(outcomes) - {Result.CREATED} == losers
        assert list_events(world, chief, ListQuery(q=f"bootstrap {name} ")).total == 1


def test_a_token_is_taken_by_one_of_two_customers(company: Company) -> None:
    world, callers = company.world, (company.chief, company.stranger)
    for caller in callers:
        bootstrap(world, caller, "b")
    for number in range(10):
        name = f"T{number}"
        outcomes = together([partial(token, world, caller, name, "b") for caller in callers])
        assert sorted(outcomes) == [ErrorCode.TOKEN_TAKEN, Result.CREATED]
    assert list_tokens(world, company.vendor, ListQuery(filters={"bootstrap": "b"})).total == 10


def test_a_bootstrap_is_deleted_or_delivered_but_never_both(company: Company) -> None:
    world, chief = company.world, company.chief
    for number in range(10):
        name = f"b{number}"
        bootstrap(world, chief, name)
        delete = partial(delete_bootstrap, world, chief, name, ONCE)
        point = partial(token, world, chief, name, name)
        outcomes = set(together([delete, point]))
        assert outcomes in (
            {Result.DELETED, ErrorCode.UNKNOWN_BOOTSTRAP},
            {ErrorCode.IN_USE, Result.CREATED},
        )


def test_two_super_admins_cannot_remove_each_other(company: Company) -> None:
    world = company.world
    for number in range(5):
        logins = [login_of(Role.SUPER_ADMIN), f"second-{number}"]
        second = UserContent(Role.SUPER_ADMIN, "Second", email_of(logins[1]))
        put_user(world, company.vendor, logins[1], second, Circumstances(customer="acme"))
        vendor = company.vendor
        acts = [partial(delete_user, world, vendor, login, ONCE) for login in logins]
        assert sorted(together(acts)) == [ErrorCode.LAST_SUPER_ADMIN, Result.DELETED]
        left = list_users(
            world, vendor, ListQuery(customer="acme", filters={"role": "Super-Admin"})
        )
        assert left.total == 1
        first = UserContent(Role.SUPER_ADMIN, "The Chief", email_of(logins[0]))
        put_user(world, vendor, logins[0], first, Circumstances(customer="acme"))
        for row in left.rows:
            if row.login_name != logins[0]:
                delete_user(world, vendor, row.login_name, ONCE)


def test_a_customer_is_created_once(company: Company) -> None:
    world, vendor = company.world, company.vendor
    firsts = [FirstAdministrator(f"ann{n}", "Ann", f"ann{n}@example.com") for n in range(4)]
    orders = [
        CustomerOrder(replace(content(), name=f"Initech {n}"), f) for n, f in enumerate(firsts)
    ]
    acts = [partial(put_customer, world, vendor, "initech", order, ONCE) for order in orders]
    outcomes = together(acts)
    assert sorted(outcomes) == [*[ErrorCode.VALIDATION] * 3, Result.CREATED]
    assert list_users(world, vendor, ListQuery(customer="initech")).total == 1


def test_change_sets_that_overlap_leave_one_writers_state(company: Company) -> None:
    world, chief = company.world, company.chief
    names = [f"b{number}" for number in range(20)]

    def writer(number: int) -> Callable[[], object]:
        text = f'{{"writer":{number}}}'
        order = names if number % 2 else names[::-1]
        operations = [Operation(KindName.BOOTSTRAP, n, BootstrapContent(text)) for n in order]
        tokens = [
            Operation(KindName.TOKEN, f"T-{n}", TokenContent(AppId.VOICE, n, "")) for n in order
        ]
        return partial(apply_changes, world, chief, ChangeSet((*operations, *tokens)))

    for _ in range(3):
        assert together([writer(number) for number in range(4)]) == ["done"] * 4
        assert len({get_bootstrap(world, chief, name).text for name in names}) == 1


def test_every_download_counts(company: Company) -> None:
    world, chief = company.world, company.chief
    bootstrap(world, chief, "b")
    token(world, chief, "T", "b")
    for _ in range(5):
        assert together([partial(download_bootstrap, world, Contact("t"))] * 8) == ["done"] * 8
    assert get_token(world, chief, "T").use_count == 40


def test_tries_at_the_same_moment_all_count(company: Company) -> None:
    login = login_of(Role.ADMIN)
    before = company.hasher.verified
    guess = Attempt(login, "wrong password", "198.51.100.9")
    outcomes = together([partial(log_in, company.world, guess)] * 16)
    assert sorted(outcomes) == ["BAD_CREDENTIALS"] * 5 + ["RATE_LIMITED"] * 11
    assert company.hasher.verified == before + 5
