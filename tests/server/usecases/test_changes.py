"""Change sets: in order, all or nothing, the same as single calls."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    Content,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role, Scope
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import ANY, Precondition, Result
from reconciler.server.usecases.api_tokens import add_api_token
from reconciler.server.usecases.auth import authenticate
from reconciler.server.usecases.bootstraps import get_bootstrap
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.events import list_events
from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.tokens import get_token, list_tokens
from reconciler.server.usecases.users import get_user
from tests.server.company import ACME, GLOBEX, Company, as_it_was, email_of, login_of
from tests.server.usecases.calls import bootstrap, token


def _bootstrap(name: str, text: str = "{}", precondition: Precondition = ANY) -> Operation:
    return Operation(KindName.BOOTSTRAP, name, BootstrapContent(text), precondition)


def _token(name: str, to: str) -> Operation:
    return Operation(KindName.TOKEN, name, TokenContent(AppId.PTT_PRO_ANDROID, to, ""))


def _user(name: str, email: str, role: Role = Role.USER) -> Operation:
    content = UserContent(role, "A Person", email)
    return Operation(KindName.PORTAL_USER, name, content)


def _site(name: str) -> Operation:
    return Operation(KindName.SITE, name, SiteContent("pro-1"))


def _gone(kind: KindName, name: str) -> Operation:
    return Operation(kind, name, None)


def _apply(company: Company, *operations: Operation, by: Caller | None = None) -> list[Result]:
    results = apply_changes(company.world, by or company.chief, ChangeSet(operations))
    assert [found.index for found in results] == list(range(len(operations)))
    return [found.result for found in results]


def _refusal(company: Company, *operations: Operation, by: Caller | None = None) -> DomainError:
    with as_it_was(company), pytest.raises(DomainError) as refusal:
        apply_changes(company.world, by or company.chief, ChangeSet(operations))
    return refusal.value


@pytest.mark.requirement("T-21")
def test_a_set_of_a_thousand_converges_and_its_second_run_is_empty(company: Company) -> None:
    operations = [
        operation
        for number in range(500)
        for operation in (_bootstrap(f"site-{number}"), _token(f"T-{number}", f"site-{number}"))
    ]
    assert set(_apply(company, *operations)) == {Result.CREATED}
    with as_it_was(company):
        assert set(_apply(company, *operations)) == {Result.UNCHANGED}
    assert list_tokens(company.world, company.chief, ListQuery(q="site-")).total == 500


def test_every_kind_goes_in_and_out_in_any_sensible_order(company: Company) -> None:
    into = (_site("s"), _bootstrap("b"), _token("T", "b"), _user("ann", "ann@example.com"))
    assert _apply(company, *into) == [Result.CREATED] * 4
    out = [_gone(operation.kind, operation.name) for operation in reversed(into)]
    assert _apply(company, *out) == [Result.DELETED] * 4


def test_versions_are_told(company: Company) -> None:
    change_set = ChangeSet(
        (
            _bootstrap("b"),
            _bootstrap("b", '{"a":1}'),
            _bootstrap("b", '{"a":1}'),
            _gone(KindName.BOOTSTRAP, "b"),
            _bootstrap("b", "{}"),
        )
    )
    results = apply_changes(company.world, company.chief, change_set)
    assert [(r.result, r.version) for r in results] == [
        (Result.CREATED, 1),
        (Result.UPDATED, 2),
        (Result.UNCHANGED, 2),
        (Result.DELETED, None),
        (Result.CREATED, 3),
    ]
    assert get_bootstrap(company.world, company.chief, "b").version == 3


def test_a_failure_stores_nothing_and_names_its_operation(company: Company) -> None:
    refusal = _refusal(company, _bootstrap("b"), _token("T", "b"), _token("U", "nowhere"))
    assert refusal.code is ErrorCode.UNKNOWN_BOOTSTRAP
    assert [(error.index, error.field) for error in refusal.errors] == [(2, "bootstrap")]


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (_bootstrap("b/c"), ErrorCode.VALIDATION),
        (_token("T\0", "b"), ErrorCode.VALIDATION),
        (_token("T", "\ud800"), ErrorCode.VALIDATION),
        (_site(""), ErrorCode.VALIDATION),
        (_user("ann", "nowhere"), ErrorCode.VALIDATION),
        (replace(_site("s"), source="a\nb"), ErrorCode.VALIDATION),
        (_gone(KindName.TOKEN, "\u212a"), ErrorCode.NOT_FOUND),
        (_gone(KindName.SITE, "s"), ErrorCode.NOT_FOUND),
        (_gone(KindName.BOOTSTRAP, "Direct-Access-Bootstrap"), ErrorCode.IN_USE),
        (_bootstrap("b", "{}", Precondition(frozenset({4}))), ErrorCode.STALE_VERSION),
        (_token("Direct-Access-Token-globex", "b"), ErrorCode.TOKEN_TAKEN),
        (_user("globex-user", "x@example.com"), ErrorCode.CONFLICT),
        (_gone(KindName.PORTAL_USER, login_of(Role.SUPER_ADMIN)), ErrorCode.LAST_SUPER_ADMIN),
        (_user("ann", "ann@example.com", Role.VENDOR_ADMIN), ErrorCode.FORBIDDEN),
    ],
)
def test_each_refusal_of_a_single_call_refuses_the_set(
    company: Company, operation: Operation, code: ErrorCode
) -> None:
    refusal = _refusal(company, _bootstrap("b"), operation)
    assert refusal.code is code
    assert {error.index for error in refusal.errors} == {1}


def test_a_token_may_move_before_its_bootstrap_goes(company: Company) -> None:
    world, chief = company.world, company.chief
    bootstrap(world, chief, "old")
    token(world, chief, "T", "old")
    _apply(company, _bootstrap("new"), _token("T", "new"), _gone(KindName.BOOTSTRAP, "old"))
    assert get_token(world, chief, "T").bootstrap == "new"
    too_early = _refusal(
        company, _bootstrap("x"), _gone(KindName.BOOTSTRAP, "new"), _token("T", "x")
    )
    assert too_early.code is ErrorCode.IN_USE


def test_a_token_deleted_and_created_again_forgets_its_past(company: Company) -> None:
    world, chief = company.world, company.chief
    bootstrap(world, chief, "b")
    token(world, chief, "T", "b")
    download_bootstrap(world, Contact("t"))
    _apply(company, _gone(KindName.TOKEN, "t"), _token("t", "b"))
    found = get_token(world, chief, "T")
    assert (found.name, found.use_count, found.last_used_at, found.version) == ("t", 0, None, 2)


def test_users_may_pass_an_address_on(company: Company) -> None:
    admin, user = login_of(Role.ADMIN), login_of(Role.USER)
    _apply(
        company,
        _user("zoe", "zoe@example.com"),
        _user(admin, "moved@example.com", Role.ADMIN),
        _user(user, email_of(admin)),
        _gone(KindName.PORTAL_USER, "zoe"),
        _user("ann", "zoe@example.com"),
    )
    world, chief = company.world, company.chief
    invited = {mail.to for mail in company.mails if mail.kind == "INVITE"}
    assert invited == {"zoe@example.com"}
    assert get_user(world, chief, user).email == email_of(admin)
    assert get_user(world, chief, "ann").email == "zoe@example.com"
    refusal = _refusal(company, _user("x", "x@example.com"), _user("y", "X@example.com"))
    assert refusal.code is ErrorCode.CONFLICT


def test_a_user_deleted_and_created_again_is_a_new_one(company: Company) -> None:
    login = login_of(Role.USER)
    session = company.secret(login)
    _apply(company, _gone(KindName.PORTAL_USER, login), _user(login, email_of(login)))
    with pytest.raises(DomainError) as refusal:
        authenticate(company.world, session)
    assert refusal.value.code is ErrorCode.UNAUTHENTICATED


def test_a_new_super_admin_lets_the_old_one_go(company: Company) -> None:
    world = company.world
    before = login_of(Role.SUPER_ADMIN)
    change_set = ChangeSet(
        (_user("ann", "ann@example.com", Role.SUPER_ADMIN), _gone(KindName.PORTAL_USER, before))
    )
    results = apply_changes(world, company.vendor, change_set, ACME)
    assert [found.result for found in results] == [Result.CREATED, Result.DELETED]


def test_a_dry_run_stores_nothing(company: Company) -> None:
    change_set = ChangeSet((_bootstrap("b"), _token("T", "b")), dry_run=True)
    with as_it_was(company):
        results = apply_changes(company.world, company.chief, change_set)
    assert [found.result for found in results] == [Result.CREATED] * 2


def test_events_come_in_the_order_of_the_operations(company: Company) -> None:
    source = "repo@1 stores.yaml:7"
    operations = (replace(_bootstrap("b"), source=source), _token("T", "b"), _site("s"))
    chief = company.chief
    company.clock.advance(timedelta(seconds=1))
    _apply(company, *operations, by=chief)
    events = list_events(company.world, chief, ListQuery(size=3)).rows
    assert [(event.target, event.source) for event in events] == [
        ("s", None),
        ("T", None),
        ("b", source),
    ]


def test_every_kind_needs_its_right(company: Company) -> None:
    refusal = _refusal(company, _bootstrap("b"), _site("s"), by=company.of(Role.ADMIN))
    assert refusal.code is ErrorCode.FORBIDDEN
    assert refusal.errors[0].index == 1
    until = company.clock.moment.replace(month=4)
    reader = add_api_token(company.world, company.chief, "ci", Scope.READ, until)
    machine = authenticate(company.world, reader.secret)
    assert _refusal(company, _bootstrap("b"), by=machine).code is ErrorCode.FORBIDDEN


def test_the_vendor_names_the_customer(company: Company) -> None:
    assert _refusal(company, _bootstrap("b"), by=company.vendor).code is (
        ErrorCode.CUSTOMER_REQUIRED
    )
    apply_changes(company.world, company.vendor, ChangeSet((_bootstrap("b"),)), GLOBEX)
    assert get_bootstrap(company.world, company.stranger, "b").customer == GLOBEX


def test_a_set_has_a_largest_size(company: Company) -> None:
    old = company.world
    limits = replace(old.limits, change_operations=2)
    world = World(old.store, old.clock, old.chance, old.hasher, limits)
    apply_changes(world, company.chief, ChangeSet((_bootstrap("a"), _bootstrap("b"))))
    with as_it_was(company), pytest.raises(DomainError) as refusal:
        apply_changes(world, company.chief, ChangeSet((_bootstrap("c"),) * 3))
    assert refusal.value.code is ErrorCode.TOO_LARGE


_NAMES = st.sampled_from(["a", "b", "A"])
_CONTENTS: dict[KindName, st.SearchStrategy[Content]] = {
    KindName.SITE: st.builds(SiteContent, st.sampled_from(["p", "q"])),
    KindName.BOOTSTRAP: st.builds(BootstrapContent, st.sampled_from(["{}", '{"x":1}'])),
    KindName.TOKEN: st.builds(TokenContent, st.just(AppId.VOICE), _NAMES, st.just("")),
    KindName.PORTAL_USER: st.builds(
        UserContent,
        st.sampled_from([Role.USER, Role.SUPER_ADMIN]),
        st.just("A"),
        st.sampled_from(["a@x.yz", "b@x.yz", "A@x.yz"]),
    ),
}
_PRECONDITIONS = st.sampled_from(
    [
        ANY,
        ANY,
        ANY,
        Precondition(frozenset()),
        Precondition(absent=True),
        Precondition(frozenset({1})),
    ]
)
_OPERATIONS = st.sampled_from(list(KindName)).flatmap(
    lambda kind: st.builds(
        Operation,
        st.just(kind),
        _NAMES,
        st.none() | _CONTENTS[kind] | _CONTENTS[kind],
        _PRECONDITIONS,
    )
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_OPERATIONS, min_size=1, max_size=8))
def test_a_set_is_the_same_as_its_operations_one_by_one(
    company: Company, operations: list[Operation]
) -> None:
    """The law of change sets; two customers start alike, and one gets sets, one gets singles."""
    world = company.world
    sets, singles = company.chief, company.stranger
    _clean(world, sets)
    _clean(world, singles)
    one_by_one: list[object] = []
    for operation in (_renamed(operation) for operation in operations):
        try:
            (found,) = apply_changes(world, singles, ChangeSet((operation,)))
            one_by_one.append(found.result)
        except DomainError as error:
            one_by_one.append(error.code)
            break
    failed = isinstance(one_by_one[-1], ErrorCode)
    if failed:
        with pytest.raises(DomainError) as refusal:
            apply_changes(world, sets, ChangeSet(tuple(operations)))
        assert refusal.value.code is one_by_one[-1]
        assert {error.index for error in refusal.value.errors} == {len(one_by_one) - 1}
        assert _state(world, sets) == _EMPTY
    else:
        results = apply_changes(world, sets, ChangeSet(tuple(operations)))
        assert [found.result for found in results] == one_by_one
        assert _state(world, sets) == _state(world, singles)


_EMPTY: tuple[list[object], ...] = ([], [], [], [])
_MARK = "x-"


def _renamed(operation: Operation) -> Operation:
    """What is unique on the whole server gets a mark, so both customers can have the same."""
    content = operation.content
    if isinstance(content, UserContent):
        content = replace(content, email=_MARK + content.email)
    if operation.kind in {KindName.TOKEN, KindName.PORTAL_USER}:
        return replace(operation, name="x-" + operation.name, content=content)
    return operation


def _clean(world: World, caller: Caller) -> None:
    """Delete what an earlier example left."""
    mark = _MARK if caller.login_name.startswith(GLOBEX) else ""
    deletes = [_gone(KindName.TOKEN, mark + name) for name in ("a", "b")]
    deletes += [_gone(KindName.BOOTSTRAP, name) for name in ("a", "b", "A")]
    deletes += [_gone(KindName.SITE, name) for name in ("a", "b", "A")]
    deletes += [_gone(KindName.PORTAL_USER, mark + name) for name in ("a", "b")]
    for operation in deletes:
        try:
            apply_changes(world, caller, ChangeSet((operation,)))
        except DomainError as error:
            assert error.code is ErrorCode.NOT_FOUND  # noqa: PT017 - absence is fine, no more


def _state(world: World, caller: Caller) -> tuple[list[object], ...]:
    """What the customer has of the names in play, without marks and without stamps."""
    assert caller.customer is not None
    everything = ListQuery()
    with world.store.read(caller.customer) as tx:
        return (
            [(r.name, r.text) for r in tx.bootstraps.stream(everything) if len(r.name) == 1],
            [
                (r.name.removeprefix(_MARK), r.bootstrap)
                for r in tx.tokens.stream(everything)
                if len(r.name.removeprefix(_MARK)) == 1
            ],
            [(r.name, r.pro_server_name) for r in tx.sites.stream(everything)],
            [
                (r.login_name.removeprefix(_MARK), r.role, r.email.removeprefix(_MARK))
                for r in tx.users.stream(everything)
                if len(r.login_name.removeprefix(_MARK)) == 1
            ],
        )


def test_nobody_writes_for_every_customer_at_once(company: Company) -> None:
    def work(tx: Transaction) -> None:
        with pytest.raises(TypeError, match="only reads"):
            tx.tokens.taken_elsewhere(["a"])

    company.world.store.write(Reach.EVERYONE, work)
