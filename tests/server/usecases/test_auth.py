"""Signing in and out."""

from datetime import timedelta

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Permission, Role, Scope
from reconciler.server.domain.session import hash_secret
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import Circumstances
from reconciler.server.store.passwords import Argon2Hasher, Cost
from reconciler.server.usecases.api_tokens import add_api_token, list_api_tokens
from reconciler.server.usecases.auth import Attempt, authenticate, log_in, log_out
from reconciler.server.usecases.events import list_events
from reconciler.server.usecases.ports import Reach, World
from reconciler.server.usecases.tokens import list_tokens
from reconciler.server.usecases.users import delete_user, put_user
from tests.server.company import ACME, HOME, PASSWORD, Company, email_of, login_of

_LOGIN = login_of(Role.ADMIN)


def _refusal(company: Company, login: str, password: str, network: str = HOME) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        log_in(company.world, Attempt(login, password, network))
    return refusal.value


def _fail(company: Company, times: int, login: str = _LOGIN, network: str = HOME) -> None:
    for _ in range(times):
        refusal = _refusal(company, login, "wrong password", network)
        assert refusal.code is ErrorCode.BAD_CREDENTIALS


@pytest.mark.requirement("A-01", "A-17")
def test_a_session_acts_as_its_user(company: Company) -> None:
    session = log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))
    caller = authenticate(company.world, session.secret)
    assert session.expires_in_seconds == 8 * 3600
    assert caller.login_name == _LOGIN
    assert caller.role is Role.ADMIN
    assert caller.customer is not None
    assert caller.customer.code == ACME
    assert not caller.is_api_token


@pytest.mark.requirement("A-16")
def test_a_login_names_case_is_irrelevant(company: Company) -> None:
    session = log_in(company.world, Attempt(_LOGIN.upper(), PASSWORD, HOME))
    assert authenticate(company.world, session.secret).login_name == _LOGIN


@pytest.mark.requirement("A-01")
@pytest.mark.parametrize(
    ("login", "password"),
    [
        (_LOGIN, PASSWORD + "x"),
        (_LOGIN, ""),
        (_LOGIN, PASSWORD.upper()),
        ("nobody", PASSWORD),
        ("acme\0", PASSWORD),
        ("\ud800", "\ud800"),
        ("", ""),
    ],
)
def test_bad_credentials_are_refused_all_alike(company: Company, login: str, password: str) -> None:
    before = company.hasher.verified
    refusal = _refusal(company, login, password)
    assert refusal.code is ErrorCode.BAD_CREDENTIALS
    assert refusal.detail == "login name or password is wrong"
    assert company.hasher.verified == before + 1, "an unknown user must cost as much time"


def test_a_failure_is_recorded_without_what_was_typed(company: Company) -> None:
    _fail(company, 1)
    company.clock.advance(timedelta(milliseconds=1))
    _fail(company, 1, login="my-password-123")
    events = list_events(company.world, company.vendor, ListQuery(size=100))
    failed = [e for e in events.rows if e.type is EventType.LOGIN_FAILED]
    assert [(e.user_login, e.customer) for e in failed] == [(None, None), (_LOGIN, ACME)]
    assert "my-password-123" not in repr(failed)


def test_an_invited_user_cannot_log_in_yet(company: Company) -> None:
    user = UserContent(Role.USER, "New", "new@example.com")
    put_user(company.world, company.chief, "newcomer", user, Circumstances())
    assert _refusal(company, "newcomer", "").code is ErrorCode.BAD_CREDENTIALS


def test_only_a_hash_of_a_session_is_stored(company: Company) -> None:
    secret = company.secret(_LOGIN)
    caller = authenticate(company.world, secret)
    assert caller.credential == hash_secret(secret)
    with company.world.store.read(Reach.EVERYONE) as tx:
        assert tx.credentials.find(secret) is None


@pytest.mark.parametrize("secret", ["", "x", "x" * 257, "\ud800", "\0"])
def test_an_unknown_secret_is_nobody(company: Company, secret: str) -> None:
    with pytest.raises(DomainError) as refusal:
        authenticate(company.world, secret)
    assert refusal.value.code is ErrorCode.UNAUTHENTICATED


def test_a_session_ends_after_eight_hours(company: Company) -> None:
    secret = company.secret(_LOGIN)
    company.clock.advance(timedelta(hours=8) - timedelta(milliseconds=2))
    authenticate(company.world, secret)
    company.clock.advance(timedelta(milliseconds=2))
    with pytest.raises(DomainError) as refusal:
        authenticate(company.world, secret)
    assert refusal.value.code is ErrorCode.UNAUTHENTICATED


@pytest.mark.requirement("A-04")
def test_a_session_ends_when_its_user_logs_out(company: Company) -> None:
    secret, other = company.secret(_LOGIN), company.secret(_LOGIN)
    log_out(company.world, authenticate(company.world, secret))
    with pytest.raises(DomainError) as refusal:
        authenticate(company.world, secret)
    assert refusal.value.code is ErrorCode.UNAUTHENTICATED
    authenticate(company.world, other)


@pytest.mark.requirement("A-14")
def test_a_new_role_counts_from_the_next_request_on(company: Company) -> None:
    login = login_of(Role.USER)
    secret = company.secret(login)
    assert not authenticate(company.world, secret).may(Permission.WRITE_TOKENS)
    content = UserContent(Role.ADMIN, "A Person", email_of(login))
    put_user(company.world, company.chief, login, content, Circumstances())
    assert authenticate(company.world, secret).may(Permission.WRITE_TOKENS)


@pytest.mark.requirement("A-15")
def test_a_deleted_users_credentials_end_at_once(company: Company) -> None:
    secret = company.secret(_LOGIN)
    caller = authenticate(company.world, secret)
    until = company.clock() + timedelta(days=1)
    token = add_api_token(company.world, caller, "ci", Scope.READ, until)
    delete_user(company.world, company.chief, _LOGIN, Circumstances())
    for gone in (secret, token.secret):
        with pytest.raises(DomainError) as refusal:
            authenticate(company.world, gone)
        assert refusal.value.code is ErrorCode.UNAUTHENTICATED
    assert _refusal(company, _LOGIN, PASSWORD).code is ErrorCode.BAD_CREDENTIALS
    assert list_api_tokens(company.world, company.chief) == ()


def test_after_five_failures_the_next_waits_without_a_comparison(company: Company) -> None:
    _fail(company, 5)
    before = company.hasher.verified
    refusal = _refusal(company, _LOGIN, PASSWORD)
    assert refusal.code is ErrorCode.RATE_LIMITED
    assert refusal.retry_after_seconds == 1
    assert company.hasher.verified == before


def test_the_wait_grows_and_always_ends(company: Company) -> None:
    _fail(company, 5)
    waits = []
    for _ in range(4):
        refusal = _refusal(company, _LOGIN, "wrong password")
        assert refusal.retry_after_seconds is not None
        waits.append(refusal.retry_after_seconds)
        company.clock.advance(timedelta(seconds=refusal.retry_after_seconds))
        _fail(company, 1)
    assert waits == [1, 2, 4, 8]
    company.clock.advance(timedelta(minutes=15))
    log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))


def test_a_success_forgets_the_failures(company: Company) -> None:
    for _ in range(3):
        _fail(company, 4)
        log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))


def test_one_accounts_failures_keep_no_other_account_waiting(company: Company) -> None:
    _fail(company, 5)
    log_in(company.world, Attempt(login_of(Role.USER), PASSWORD, HOME))
    log_in(company.world, Attempt(_LOGIN, PASSWORD, "198.51.100.1"))


def test_a_network_that_tries_many_accounts_waits(company: Company) -> None:
    for number in range(20):
        _fail(company, 5, login=f"guess-{number}")
    assert _refusal(company, "guess-99", "x").code is ErrorCode.RATE_LIMITED
    log_in(company.world, Attempt(_LOGIN, PASSWORD, "198.51.100.1"))


def test_many_networks_that_try_one_account_wait(company: Company) -> None:
    for number in range(10):
        _fail(company, 5, network=f"198.51.{number}.1")
    refusal = _refusal(company, _LOGIN, "x", "203.0.113.1")
    assert refusal.code is ErrorCode.RATE_LIMITED


def _besiege(company: Company, wave: int = 0) -> None:
    """Guess one account's password from many networks, so that strangers have to wait."""
    for number in range(10):
        _fail(company, 5, network=f"198.{wave}.{number}.1")
    assert _refusal(company, _LOGIN, "x", "203.0.113.1").code is ErrorCode.RATE_LIMITED


def test_the_owner_waits_for_nobody_elses_tries(company: Company) -> None:
    log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))
    for wave in range(3):
        _besiege(company, wave)
        neighbour = "192.0.2.99"
        log_in(company.world, Attempt(_LOGIN, PASSWORD, neighbour if wave else HOME))
    assert _refusal(company, login_of(Role.USER), "x", "203.0.113.1").code is (
        ErrorCode.BAD_CREDENTIALS
    )


def test_the_owners_network_is_no_free_pass_for_guessing(company: Company) -> None:
    log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))
    _fail(company, 5)
    assert _refusal(company, _LOGIN, PASSWORD).code is ErrorCode.RATE_LIMITED


@pytest.mark.parametrize(("days", "waits"), [(29, False), (30, True)])
def test_a_network_is_the_owners_for_thirty_days(
    company: Company, days: int, *, waits: bool
) -> None:
    log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))
    company.clock.advance(timedelta(days=days))
    _besiege(company)
    if waits:
        assert _refusal(company, _LOGIN, PASSWORD).code is ErrorCode.RATE_LIMITED
    else:
        log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))


def test_logging_in_all_day_long_never_waits(company: Company) -> None:
    for _ in range(120):
        log_in(company.world, Attempt(_LOGIN, PASSWORD, HOME))


def test_an_old_hash_is_renewed_at_log_in(company: Company) -> None:
    stronger = Argon2Hasher(Cost(memory_kib=128, passes=1))
    old = company.world
    world = World(old.store, old.clock, old.chance, stronger, old.limits)
    with old.store.read(Reach.EVERYONE) as tx:
        user = tx.users.find([_LOGIN])[_LOGIN]
    log_in(world, Attempt(_LOGIN, PASSWORD, HOME))
    with old.store.read(Reach.EVERYONE) as tx:
        renewed = tx.users.password_hash(user.id)
        assert tx.users.find([_LOGIN])[_LOGIN].version == user.version
    assert renewed is not None
    assert renewed.startswith("$argon2id$v=19$m=128,t=1,p=1$")
    log_in(world, Attempt(_LOGIN, PASSWORD, HOME))


def test_a_log_in_is_noted_at_the_user_but_changes_no_version(company: Company) -> None:
    with company.world.store.read(Reach.EVERYONE) as tx:
        before = tx.users.find([_LOGIN])[_LOGIN]
    company.secret(_LOGIN)
    with company.world.store.read(Reach.EVERYONE) as tx:
        after = tx.users.find([_LOGIN])[_LOGIN]
    assert after.last_login_at == company.clock().replace(microsecond=123_000)
    assert after.version == before.version


@pytest.mark.requirement("R-08", "R-09")
def test_each_log_in_and_out_leaves_one_event(company: Company) -> None:
    caller = company.caller(_LOGIN)
    log_out(company.world, caller)
    query = ListQuery(filters={"user": _LOGIN})
    events = list_events(company.world, company.chief, query).rows
    assert [(e.type, e.customer, e.info) for e in events] == [
        (EventType.LOGOUT, ACME, "logged out"),
        (EventType.LOGIN, ACME, "logged in"),
    ]


def test_expired_credentials_are_swept_at_a_log_in(company: Company) -> None:
    old = hash_secret(company.secret(_LOGIN))
    company.clock.advance(timedelta(hours=9))
    company.secret(_LOGIN)
    with company.world.store.read(Reach.EVERYONE) as tx:
        assert tx.credentials.find(old) is None


def test_an_api_token_acts_as_its_owner_with_the_owners_present_role(company: Company) -> None:
    owner = company.of(Role.ADMIN)
    until = company.clock() + timedelta(days=30)
    made = add_api_token(company.world, owner, "ci", Scope.READ, until)
    machine = authenticate(company.world, made.secret)
    assert machine.is_api_token
    assert machine.login_name == owner.login_name
    assert not machine.may(Permission.WRITE_TOKENS)
    assert list_tokens(company.world, machine, ListQuery()).total > 0
    content = UserContent(Role.USER, "A Person", email_of(_LOGIN))
    put_user(company.world, company.chief, _LOGIN, content, Circumstances())
    assert authenticate(company.world, made.secret).role is Role.USER


def test_an_api_tokens_use_is_stamped_once_a_minute(company: Company) -> None:
    owner = company.of(Role.ADMIN)
    until = company.clock() + timedelta(days=30)
    made = add_api_token(company.world, owner, "ci", Scope.WRITE, until)
    first = company.clock().replace(microsecond=123_000)
    authenticate(company.world, made.secret)
    company.clock.advance(timedelta(seconds=59))
    authenticate(company.world, made.secret)
    assert list_api_tokens(company.world, owner)[0].last_used_at == first
    company.clock.advance(timedelta(seconds=1))
    authenticate(company.world, made.secret)
    assert list_api_tokens(company.world, owner)[0].last_used_at == first + timedelta(minutes=1)


def test_a_password_changed_between_comparison_and_session_wins(company: Company) -> None:
    world = company.world
    with world.store.read(Reach.EVERYONE) as tx:
        user = tx.users.find([_LOGIN])[_LOGIN]
        home = tx.users.home(user.id)
    assert home is not None
    tenant = home

    class Meddling(Argon2Hasher):
        """Changes the password while the old one is being compared."""

        def verify(self, password_hash: str | None, password: str) -> bool:
            fits = super().verify(password_hash, password)
            changed = self.hash("another long password")
            world.store.write(
                tenant, lambda tx: tx.users.set_password(user.id, changed, world.clock())
            )
            return fits

    meddling = Meddling(Cost(memory_kib=64, passes=1))
    slow = World(world.store, world.clock, world.chance, meddling, world.limits)
    with pytest.raises(DomainError) as refusal:
        log_in(slow, Attempt(_LOGIN, PASSWORD, HOME))
    assert refusal.value.code is ErrorCode.BAD_CREDENTIALS
