"""One's own account, and passwords that were forgotten."""

import re
from datetime import timedelta

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.mail import Mail
from reconciler.server.domain.roles import Role, Scope
from reconciler.server.domain.user import UserContent, UserStatus
from reconciler.server.domain.write import Circumstances
from reconciler.server.usecases.account import (
    NewPassword,
    change_password,
    read_account,
    request_reset,
    reset_password,
)
from reconciler.server.usecases.api_tokens import add_api_token
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.events import list_events
from reconciler.server.usecases.ports import Reach
from reconciler.server.usecases.users import delete_user, get_user, put_user, send_password_reset
from tests.server.company import HOME, PASSWORD, Company, email_of, login_of

_LOGIN = login_of(Role.USER)
_EMAIL = email_of(_LOGIN)
_NEW = "ten splendid parsnips"
_TICK = timedelta(milliseconds=1)  # mails sort by the time they were written


def _secret_of(mail: Mail) -> str:
    found = re.search(r"https://pvm\.example/admin/reset-password\?token=([\w-]{43})\n", mail.body)
    assert found is not None
    return found[1]


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


@pytest.mark.requirement("A-17")
@pytest.mark.parametrize("role", list(Role))
def test_everyone_reads_the_own_account(company: Company, role: Role) -> None:
    caller = company.of(role)
    account = read_account(company.world, caller)
    assert (account.login_name, account.role) == (caller.login_name, role)


def test_an_account_deleted_meanwhile_is_gone(company: Company) -> None:
    caller = company.of(Role.USER)
    delete_user(company.world, company.chief, _LOGIN, Circumstances())
    assert _code(read_account, company.world, caller) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("A-05")
def test_a_registered_address_gets_exactly_one_mail(company: Company) -> None:
    request_reset(company.world, _EMAIL.upper(), HOME)
    (mail,) = company.mails_to(_EMAIL)
    assert mail.kind == "RESET"
    assert _LOGIN in mail.body


@pytest.mark.requirement("A-05")
@pytest.mark.parametrize(
    "email", ["nobody@example.com", "", "\ud800", "a\0b", "x" * 300, "ä@example.com"]
)
def test_an_unknown_address_gets_none_and_the_same_answer(company: Company, email: str) -> None:
    before = company.mails
    request_reset(company.world, email, HOME)
    assert company.mails == before


def test_asking_again_and_again_has_to_wait_alike_for_known_and_unknown(company: Company) -> None:
    for email in (_EMAIL, "nobody@example.com"):
        for _ in range(3):
            request_reset(company.world, email, HOME)
        assert _code(request_reset, company.world, email, HOME) is ErrorCode.RATE_LIMITED
    assert len(company.mails_to(_EMAIL)) == 3


@pytest.mark.requirement("A-06")
def test_a_mailed_link_sets_a_password_once(company: Company) -> None:
    session = company.secret(_LOGIN)
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    company.clock.advance(_TICK)
    reset_password(company.world, secret, _NEW)
    assert _code(authenticate, company.world, session) is ErrorCode.UNAUTHENTICATED
    assert _code(company.secret, _LOGIN, PASSWORD) is ErrorCode.BAD_CREDENTIALS
    company.secret(_LOGIN, _NEW)
    assert _code(reset_password, company.world, secret, _NEW) is ErrorCode.RESET_INVALID
    assert [mail.kind for mail in company.mails_to(_EMAIL)] == ["RESET", "PASSWORD_CHANGED"]


@pytest.mark.requirement("A-06")
def test_whoever_reads_the_mail_waits_for_nobody_elses_guesses(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    for number in range(10):
        for _ in range(5):
            guess = Attempt(_LOGIN, "wrong password", f"198.51.{number}.1")
            assert _code(log_in, company.world, guess) is ErrorCode.BAD_CREDENTIALS
    new = Attempt(_LOGIN, _NEW, HOME)
    assert _code(log_in, company.world, new) is ErrorCode.RATE_LIMITED
    reset_password(company.world, secret, _NEW, HOME)
    log_in(company.world, new)


@pytest.mark.requirement("A-06")
def test_a_link_ends_when_its_mailbox_is_the_users_no_more(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    renamed = UserContent(Role.USER, "Another Name", _EMAIL)
    put_user(company.world, company.chief, _LOGIN, renamed, Circumstances())
    moved = UserContent(Role.USER, "Another Name", "new@example.com")
    with pytest.raises(DomainError, match="at least 12"):  # so far the link works
        reset_password(company.world, secret, "short")
    put_user(company.world, company.chief, _LOGIN, moved, Circumstances())
    assert _code(reset_password, company.world, secret, _NEW) is ErrorCode.RESET_INVALID


@pytest.mark.requirement("A-06")
def test_a_link_works_for_an_hour(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    company.clock.advance(timedelta(hours=1))
    assert _code(reset_password, company.world, secret, _NEW) is ErrorCode.RESET_INVALID
    company.clock.advance(-timedelta(milliseconds=1))
    reset_password(company.world, secret, _NEW)


def test_a_new_link_ends_the_old_one(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    company.clock.advance(_TICK)
    request_reset(company.world, _EMAIL, HOME)
    old, new = (_secret_of(mail) for mail in company.mails_to(_EMAIL))
    assert _code(reset_password, company.world, old, _NEW) is ErrorCode.RESET_INVALID
    reset_password(company.world, new, _NEW)


def test_a_changed_password_ends_a_link(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    change_password(company.world, company.caller(_LOGIN), NewPassword(PASSWORD, _NEW, HOME))
    assert _code(reset_password, company.world, secret, _NEW) is ErrorCode.RESET_INVALID


@pytest.mark.parametrize("secret", ["", "x", "x" * 257, "\ud800"])
def test_a_made_up_link_does_not_work(company: Company, secret: str) -> None:
    assert _code(reset_password, company.world, secret, _NEW) is ErrorCode.RESET_INVALID


def test_a_weak_password_does_not_use_the_link_up(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    assert _code(reset_password, company.world, secret, "short") is ErrorCode.WEAK_PASSWORD
    assert _code(reset_password, company.world, secret, _EMAIL) is ErrorCode.WEAK_PASSWORD
    reset_password(company.world, secret, _NEW)


@pytest.mark.requirement("A-13")
def test_an_invitation_sets_the_first_password(company: Company) -> None:
    content = UserContent(Role.USER, "New Comer", "new@example.com")
    put_user(company.world, company.chief, "newcomer", content, Circumstances())
    (mail,) = company.mails_to("new@example.com")
    assert mail.kind == "INVITE"
    company.clock.advance(timedelta(days=7) - timedelta(milliseconds=1))
    reset_password(company.world, _secret_of(mail), _NEW)
    company.secret("newcomer", _NEW)
    assert get_user(company.world, company.chief, "newcomer").status is UserStatus.ACTIVE


def test_an_invited_user_who_forgot_the_mail_gets_another_invitation(company: Company) -> None:
    content = UserContent(Role.USER, "New Comer", "new@example.com")
    put_user(company.world, company.chief, "newcomer", content, Circumstances())
    request_reset(company.world, "new@example.com", HOME)
    send_password_reset(company.world, company.chief, "newcomer")
    assert [mail.kind for mail in company.mails_to("new@example.com")] == ["INVITE"] * 3


def test_the_database_holds_no_link_that_works(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    with company.world.store.read(Reach.EVERYONE) as tx:
        assert tx.credentials.read_link(secret, company.clock()) is None


def test_changing_the_password_keeps_this_session_only(company: Company) -> None:
    mine, other = company.secret(_LOGIN), company.secret(_LOGIN)
    caller = authenticate(company.world, mine)
    change_password(company.world, caller, NewPassword(PASSWORD, _NEW, HOME))
    authenticate(company.world, mine)
    assert _code(authenticate, company.world, other) is ErrorCode.UNAUTHENTICATED
    assert _code(company.secret, _LOGIN, PASSWORD) is ErrorCode.BAD_CREDENTIALS
    company.secret(_LOGIN, _NEW)
    (event,) = list_events(
        company.world,
        company.chief,
        ListQuery(filters={"type": "PASSWORD_CHANGE"}, q=_LOGIN, size=1),
    ).rows
    assert (event.user_login, event.info) == (_LOGIN, "changed by its user")


def test_changing_the_password_needs_the_old_one(company: Company) -> None:
    caller = company.caller(_LOGIN)
    with pytest.raises(DomainError) as refusal:
        change_password(company.world, caller, NewPassword("wrong", _NEW, HOME))
    assert refusal.value.code is ErrorCode.VALIDATION
    assert refusal.value.errors[0].field == "oldPassword"
    company.secret(_LOGIN)


def test_guessing_the_old_password_has_to_wait(company: Company) -> None:
    caller = company.caller(_LOGIN)
    for _ in range(5):
        guess = NewPassword("wrong", _NEW, HOME)
        assert _code(change_password, company.world, caller, guess) is ErrorCode.VALIDATION
    right = NewPassword(PASSWORD, _NEW, HOME)
    assert _code(change_password, company.world, caller, right) is ErrorCode.RATE_LIMITED
    change_password(company.world, caller, NewPassword(PASSWORD, _NEW, "198.51.100.1"))


def test_a_weak_new_password_is_refused(company: Company) -> None:
    caller = company.caller(_LOGIN)
    weak = NewPassword(PASSWORD, "short", HOME)
    assert _code(change_password, company.world, caller, weak) is ErrorCode.WEAK_PASSWORD


def test_an_api_token_changes_no_password(company: Company) -> None:
    until = company.clock() + timedelta(days=1)
    made = add_api_token(company.world, company.caller(_LOGIN), "ci", Scope.WRITE, until)
    machine = authenticate(company.world, made.secret)
    change = NewPassword(PASSWORD, _NEW, HOME)
    assert _code(change_password, company.world, machine, change) is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("kind", ["RESET", "INVITE"])
def test_an_administrator_mails_a_link(company: Company, kind: str) -> None:
    if kind == "INVITE":
        content = UserContent(Role.USER, "New Comer", _EMAIL.replace("acme", "new"))
        put_user(company.world, company.chief, "newcomer", content, Circumstances())
    login = "newcomer" if kind == "INVITE" else _LOGIN
    company.clock.advance(_TICK)
    send_password_reset(company.world, company.chief, login)
    mail = company.mails_to(get_user(company.world, company.chief, login).email)[-1]
    assert mail.kind == kind
    reset_password(company.world, _secret_of(mail), _NEW)
    company.secret(login, _NEW)


def test_only_who_may_write_users_mails_links(company: Company) -> None:
    world = company.world
    assert _code(send_password_reset, world, company.of(Role.ADMIN), _LOGIN) is ErrorCode.FORBIDDEN
    assert _code(send_password_reset, world, company.stranger, _LOGIN) is ErrorCode.NOT_FOUND
    assert _code(send_password_reset, world, company.chief, "nobody") is ErrorCode.NOT_FOUND
    send_password_reset(world, company.vendor, _LOGIN)


def test_two_takers_of_one_link_at_once_set_one_password(company: Company) -> None:
    request_reset(company.world, _EMAIL, HOME)
    secret = _secret_of(company.mails_to(_EMAIL)[0])
    # Between reading and taking the link.
    company.hasher.meanwhile = lambda: reset_password(
        company.world, secret, "the first of two takers"
    )
    assert _code(reset_password, company.world, secret, _NEW) is ErrorCode.RESET_INVALID
    company.secret(_LOGIN, "the first of two takers")


def test_a_password_changed_meanwhile_is_not_overwritten(company: Company) -> None:
    caller = company.caller(_LOGIN)
    first = NewPassword(PASSWORD, "the first of two changes", HOME)
    # Between comparing and storing.
    company.hasher.meanwhile = lambda: change_password(company.world, caller, first)
    second = NewPassword(PASSWORD, _NEW, HOME)
    assert _code(change_password, company.world, caller, second) is ErrorCode.STALE_VERSION
    company.secret(_LOGIN, "the first of two changes")
