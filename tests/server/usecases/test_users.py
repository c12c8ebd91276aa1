"""Portal users."""

from dataclasses import replace

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.user import UserContent, UserStatus
from reconciler.server.domain.write import Circumstances, Precondition, Result
from reconciler.server.usecases.auth import authenticate
from reconciler.server.usecases.events import list_events
from reconciler.server.usecases.first_start import FIRST_LOGIN
from reconciler.server.usecases.users import (
    delete_user,
    get_user,
    list_users,
    put_user,
    stream_users,
)
from tests.server.company import (
    ACME,
    GLOBEX,
    ONCE,
    PASSWORD,
    Company,
    as_it_was,
    email_of,
    login_of,
)

_ANN = UserContent(Role.USER, "Ann", "ann@example.com")
_CHIEF = login_of(Role.SUPER_ADMIN)


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


def _as(role: Role, login: str = "ann") -> UserContent:
    return UserContent(role, "Ann", f"{login}@example.com")


@pytest.mark.requirement("A-08", "A-13")
def test_a_user_is_created_invited_and_then_updated(company: Company) -> None:
    world, caller = company.world, company.chief
    made = put_user(world, caller, "Ann", _ANN, ONCE)
    assert (made.result, made.row.status) == (Result.CREATED, UserStatus.INVITED)
    assert [mail.kind for mail in company.mails_to("ann@example.com")] == ["INVITE"]
    assert get_user(world, caller, "ann") == made.row
    again = put_user(world, caller, "ANN", _ANN, ONCE)
    assert (again.result, again.row.login_name) == (Result.UNCHANGED, "Ann")
    replaced = put_user(world, caller, "ann", _as(Role.ADMIN), ONCE)
    assert (replaced.result, replaced.row.role, replaced.row.version) == (
        Result.UPDATED,
        Role.ADMIN,
        2,
    )
    assert len(company.mails_to("ann@example.com")) == 1
    absent = Circumstances(precondition=Precondition(absent=True))
    assert _code(put_user, world, caller, "ann", _ANN, absent) is ErrorCode.STALE_VERSION


def test_an_invited_user_whose_address_was_wrong_is_invited_again(company: Company) -> None:
    world, caller = company.world, company.chief
    put_user(world, caller, "ann", _ANN, ONCE)
    put_user(world, caller, "ann", UserContent(Role.USER, "Ann", "ann2@example.com"), ONCE)
    assert len(company.mails_to("ann2@example.com")) == 1
    put_user(world, caller, "ann", UserContent(Role.USER, "Anna", "ANN2@example.com"), ONCE)
    assert company.mails_to("ANN2@example.com") == []


@pytest.mark.requirement("A-12")
def test_the_list_has_the_four_columns_sorted_and_searched(company: Company) -> None:
    world, caller = company.world, company.chief
    put_user(world, caller, "zoe", UserContent(Role.USER, "Zoë", "z@example.com"), ONCE)
    by_role = list_users(world, caller, ListQuery(sort=(Sort("role"), Sort("loginName"))))
    assert [(row.role, row.login_name, row.user_name, row.email) for row in by_role.rows] == [
        (Role.ADMIN, "acme-admin", "A Person", "acme-admin@example.com"),
        (Role.SUPER_ADMIN, "acme-super-admin", "The Chief", "acme-super-admin@example.com"),
        (Role.USER, "acme-user", "A Person", "acme-user@example.com"),
        (Role.USER, "zoe", "Zoë", "z@example.com"),
    ]
    for q in ("ZOË", "z@EX", "zoe"):
        assert [row.login_name for row in stream_users(world, caller, ListQuery(q=q))] == ["zoe"]
    for filters in ({"email": "Z@example.com"}, {"loginName": "ZOE"}, {"userName": "Zoë"}):
        found = list_users(world, caller, ListQuery(filters=filters))
        assert [row.login_name for row in found.rows] == ["zoe"]
    assert list_users(world, caller, ListQuery(filters={"role": "User"})).total == 2


@pytest.mark.requirement("A-16")
def test_two_users_share_a_user_name_but_never_a_login_or_an_address(company: Company) -> None:
    world, caller = company.world, company.chief
    put_user(world, caller, "ann", _ANN, ONCE)
    put_user(world, caller, "ann2", UserContent(Role.USER, "Ann", "ann2@example.com"), ONCE)
    with as_it_was(company):
        for login, email, field in (
            ("globex-user", "new@example.com", "name"),
            ("GLOBEX-user", "new@example.com", "name"),
            ("ann3", "ANN@example.com", "email"),
            ("ann2", "ann@example.com", "email"),
            ("ann3", email_of(login_of(Role.USER, GLOBEX)), "email"),
        ):
            with pytest.raises(DomainError) as refusal:
                put_user(world, caller, login, UserContent(Role.USER, "Ann", email), ONCE)
            assert refusal.value.code is ErrorCode.CONFLICT
            assert refusal.value.errors[0].field == field


@pytest.mark.parametrize(
    ("login", "content"),
    [
        ("", _ANN),
        ("a b", _ANN),
        ("a\0", _ANN),
        ("ann", UserContent(Role.USER, "", "ann@example.com")),
        ("ann", UserContent(Role.USER, "Ann", "nowhere")),
    ],
)
def test_what_no_user_can_have_is_refused(
    company: Company, login: str, content: UserContent
) -> None:
    with as_it_was(company):
        code = _code(put_user, company.world, company.chief, login, content, ONCE)
    assert code is ErrorCode.VALIDATION


@pytest.mark.requirement("A-09", "A-10")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_only_a_super_admin_sees_users(company: Company, role: Role) -> None:
    world, caller = company.world, company.of(role)
    for action, arguments in (
        (get_user, (_CHIEF,)),
        (list_users, (ListQuery(),)),
        (put_user, ("ann", _ANN, ONCE)),
        (delete_user, (_CHIEF, ONCE)),
    ):
        assert _code(action, world, caller, *arguments) is ErrorCode.FORBIDDEN


def test_nobody_gives_a_role_above_the_own(company: Company) -> None:
    with as_it_was(company):
        code = _code(put_user, company.world, company.chief, "ann", _as(Role.VENDOR_ADMIN), ONCE)
    assert code is ErrorCode.FORBIDDEN


def test_the_last_super_admin_stays(company: Company) -> None:
    world, chief, vendor = company.world, company.chief, company.vendor
    demoted = UserContent(Role.ADMIN, "The Chief", email_of(_CHIEF))
    with as_it_was(company):
        for caller in (chief, vendor):
            code = _code(put_user, world, caller, _CHIEF, demoted, ONCE)
            assert code is ErrorCode.LAST_SUPER_ADMIN
            assert _code(delete_user, world, caller, _CHIEF, ONCE) is ErrorCode.LAST_SUPER_ADMIN
    renamed = UserContent(Role.SUPER_ADMIN, "Boss", email_of(_CHIEF))
    assert put_user(world, chief, _CHIEF, renamed, ONCE).result is Result.UPDATED


def test_nobody_demotes_or_deletes_the_own_user(company: Company) -> None:
    world, chief = company.world, company.chief
    put_user(world, chief, "ann", _as(Role.SUPER_ADMIN), ONCE)
    demoted = UserContent(Role.ADMIN, "The Chief", email_of(_CHIEF))
    with as_it_was(company):
        assert _code(put_user, world, chief, _CHIEF, demoted, ONCE) is ErrorCode.SELF
        assert _code(delete_user, world, chief, _CHIEF, ONCE) is ErrorCode.SELF
        assert _code(delete_user, world, company.vendor, FIRST_LOGIN, ONCE) is ErrorCode.SELF
    assert put_user(world, company.vendor, _CHIEF, demoted, ONCE).row.role is Role.ADMIN


@pytest.mark.requirement("A-15")
def test_a_deleted_user_is_gone(company: Company) -> None:
    world, caller = company.world, company.chief
    login = login_of(Role.USER)
    assert delete_user(world, caller, login.upper(), ONCE).row.login_name == login
    assert _code(get_user, world, caller, login) is ErrorCode.NOT_FOUND
    assert _code(delete_user, world, caller, login, ONCE) is ErrorCode.NOT_FOUND
    assert put_user(world, caller, login, _ANN, ONCE).result is Result.CREATED


@pytest.mark.requirement("M-01")
def test_another_customers_user_does_not_exist(company: Company) -> None:
    world, theirs = company.world, login_of(Role.USER, GLOBEX)
    with as_it_was(company):
        assert _code(get_user, world, company.chief, theirs) is ErrorCode.NOT_FOUND
        assert _code(delete_user, world, company.chief, theirs, ONCE) is ErrorCode.NOT_FOUND
        assert _code(get_user, world, company.chief, FIRST_LOGIN) is ErrorCode.NOT_FOUND
        assert _code(get_user, world, company.chief, "a\n") is ErrorCode.NOT_FOUND


@pytest.mark.requirement("A-11")
def test_the_vendor_keeps_users_of_every_customer_and_its_own(company: Company) -> None:
    world, vendor = company.world, company.vendor
    everyone = list_users(world, vendor, ListQuery(size=100))
    assert everyone.total == 7
    assert {row.customer for row in everyone.rows} == {ACME, GLOBEX, None}
    own = put_user(world, vendor, "vera", _as(Role.VENDOR_ADMIN, "vera"), ONCE)
    assert own.row.customer is None
    assert _code(put_user, world, vendor, "ann", _ANN, ONCE) is ErrorCode.CUSTOMER_REQUIRED
    there = Circumstances(customer=GLOBEX)
    assert put_user(world, vendor, "ann", _ANN, there).row.customer == GLOBEX
    assert put_user(world, vendor, "ann", _as(Role.ADMIN), ONCE).row.customer == GLOBEX
    assert _code(get_user, world, vendor, "ann", ACME) is ErrorCode.NOT_FOUND
    assert _code(put_user, world, vendor, "ann", _as(Role.VENDOR_ADMIN), there) is (
        ErrorCode.VALIDATION
    )
    assert _code(put_user, world, vendor, "vera", _as(Role.USER, "vera"), ONCE) is (
        ErrorCode.VALIDATION
    )
    assert delete_user(world, vendor, "vera", ONCE).result is Result.DELETED
    assert _code(delete_user, world, vendor, "vera", ONCE) is ErrorCode.NOT_FOUND


def test_only_the_vendor_sets_a_password(company: Company) -> None:
    world = company.world
    content = UserContent(Role.USER, "Ann", "ann@example.com", "eleven blue kettles")
    assert _code(put_user, world, company.chief, "ann", content, ONCE) is ErrorCode.FORBIDDEN
    there = Circumstances(customer=ACME)
    weak = UserContent(Role.USER, "Ann", "ann@example.com", "short")
    vendor = company.vendor
    assert _code(put_user, world, vendor, "ann", weak, there) is ErrorCode.WEAK_PASSWORD
    dry = Circumstances(customer=ACME, dry_run=True)
    with as_it_was(company):
        assert put_user(world, vendor, "ann", content, dry).result is Result.CREATED
    made = put_user(world, vendor, "ann", content, there)
    assert (made.row.status, made.row) == (UserStatus.ACTIVE, get_user(world, vendor, "ann"))
    assert company.mails_to("ann@example.com") == []
    session = company.secret("ann", "eleven blue kettles")
    content = UserContent(Role.USER, "Ann", "ann@example.com", "twelve red teapots")
    assert put_user(world, vendor, "ann", content, ONCE).result is Result.UPDATED
    assert _code(authenticate, world, session) is ErrorCode.UNAUTHENTICATED
    company.secret("ann", "twelve red teapots")


def _service(role: Role = Role.SUPER_ADMIN, *, wanted: bool | None = True) -> UserContent:
    return UserContent(role, "Ann", "ann@example.com", service_account=wanted)


def test_the_vendor_makes_service_accounts_and_their_callers_show_it(company: Company) -> None:
    world, vendor = company.world, company.vendor
    there = Circumstances(customer=ACME)
    machine = replace(_service(), password=PASSWORD)
    assert put_user(world, vendor, "ann", machine, there).row.service_account
    assert company.caller("ann").service_account
    assert not company.chief.service_account
    kept = put_user(world, company.chief, "ann", _service(wanted=None), ONCE)
    assert (kept.result, kept.row.service_account) == (Result.UNCHANGED, True)
    ended = put_user(world, vendor, "ann", _service(wanted=False), there)
    assert (ended.result, ended.row.service_account) == (Result.UPDATED, False)
    assert not company.caller("ann").service_account


def test_only_the_vendor_chooses_service_accounts(company: Company) -> None:
    world, chief = company.world, company.chief
    assert _code(put_user, world, chief, "ann", _service(), ONCE) is ErrorCode.FORBIDDEN
    put_user(world, company.vendor, "ann", _service(), Circumstances(customer=ACME))
    wanted = _service(wanted=False)
    assert _code(put_user, world, chief, "ann", wanted, ONCE) is ErrorCode.FORBIDDEN
    assert put_user(world, chief, "ann", _service(), ONCE).result is Result.UNCHANGED
    renamed = UserContent(Role.USER, "Anna", "ann@example.com")
    assert put_user(world, chief, "ann", renamed, ONCE).row.service_account


def test_a_service_account_is_nobodys_last_super_admin(company: Company) -> None:
    world, vendor = company.world, company.vendor
    there = Circumstances(customer=ACME)
    put_user(world, vendor, "ann", _service(), there)
    assert _code(delete_user, world, vendor, _CHIEF, there) is ErrorCode.LAST_SUPER_ADMIN
    machine = UserContent(Role.SUPER_ADMIN, "The Chief", email_of(_CHIEF), service_account=True)
    assert _code(put_user, world, vendor, _CHIEF, machine, there) is ErrorCode.LAST_SUPER_ADMIN
    put_user(world, vendor, "ann", _service(wanted=False), there)
    assert put_user(world, vendor, _CHIEF, machine, there).row.service_account


def test_each_user_write_leaves_one_event(company: Company) -> None:
    world, caller = company.world, company.chief
    put_user(world, caller, "ann", _ANN, Circumstances(source="repo@1 users.yaml:3"))
    put_user(world, caller, "ann", _as(Role.ADMIN), ONCE)
    delete_user(world, caller, "ann", ONCE)
    events = list_events(world, caller, ListQuery(q="portaluser ann")).rows
    assert {(e.type, e.source) for e in events} == {
        (EventType.USER_ADD, "repo@1 users.yaml:3"),
        (EventType.USER_UPDATE, None),
        (EventType.USER_DELETE, None),
    }
