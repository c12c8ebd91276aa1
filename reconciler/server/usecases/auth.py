"""Signing in and out."""

from dataclasses import dataclass, field
from datetime import timedelta

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import KindName
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.names import fold
from reconciler.server.domain.roles import Scope
from reconciler.server.domain.session import SECRET_BYTES, Session, encode_secret, hash_secret
from reconciler.server.domain.throttle import Turnstile, login_turnstiles
from reconciler.server.domain.user import User, UserStatus
from reconciler.server.usecases.changes import is_name
from reconciler.server.usecases.desk import Desk, Fact, vendor_or
from reconciler.server.usecases.ports import Credential, Reach, Tenant, Transaction, World
from reconciler.server.usecases.scope import present, write
from reconciler.server.usecases.turns import give_back, take_turn

_LONGEST_SECRET = 256
_STAMP_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to log in. `network` is the peer's address, as text."""

    login_name: str
    password: str = field(repr=False)
    network: str


@dataclass(frozen=True, slots=True)
class _Known:
    """The user that an attempt names."""

    user: User
    tenant: Tenant
    password_hash: str | None


def authenticate(world: World, secret: str) -> Caller:
    """Who comes with this session's or API token's text.

    Raises:
        DomainError: UNAUTHENTICATED.
    """
    if len(secret) > _LONGEST_SECRET:
        raise _unknown()
    secret_hash = hash_secret(secret)
    with world.store.read(Reach.EVERYONE) as tx:
        found = tx.credentials.find(secret_hash)
    now = present(world)
    if found is None or not found.active or found.expires_at <= now:
        raise _unknown()
    caller = found.caller
    stamped = found.last_used_at
    if caller.is_api_token and (stamped is None or now - stamped >= _STAMP_EVERY):
        # Once a minute is enough to see that a token lives, and spares a write for each call.
        tenant = vendor_or(caller.customer)
        write(world, tenant, lambda tx: tx.credentials.stamp_use(secret_hash, now), alone=False)
    return caller


def log_in(world: World, attempt: Attempt) -> Session:
    """A new session (A-01).

    Raises:
        DomainError: BAD_CREDENTIALS; RATE_LIMITED with the seconds to wait, after five failures.
    """
    turnstiles = login_turnstiles(attempt.login_name, attempt.network)
    take_turn(world, turnstiles, present(world))
    known = _find(world, attempt.login_name)
    fits = world.hasher.verify(known.password_hash if known else None, attempt.password)
    if known is None or not fits or known.user.status is not UserStatus.ACTIVE:
        _note_failure(world, known)
        raise _refused()
    password_hash = known.password_hash or ""
    renewed = world.hasher.hash(attempt.password) if world.hasher.outdated(password_hash) else None
    return write(
        world,
        known.tenant,
        lambda tx: _begin(world, tx, known, turnstiles, renewed),
        alone=False,
    )


def log_out(world: World, caller: Caller) -> None:
    """End the session that the caller came with (A-04). Raises FORBIDDEN for an API token."""
    caller.require_session()
    tenant = vendor_or(caller.customer)

    def work(tx: Transaction) -> None:
        tx.credentials.end(caller.credential)
        desk = Desk.open(world, tenant, caller.login_name)
        desk.note(Fact(EventType.LOGOUT, "logged out"))
        desk.file(tx)

    write(world, tenant, work, alone=False)


def _begin(
    world: World,
    tx: Transaction,
    known: _Known,
    turnstiles: tuple[Turnstile, ...],
    renewed: str | None,
) -> Session:
    """Store the session, unless the user changed since the password was compared."""
    user = known.user
    if tx.users.password_hash(user.id) != known.password_hash:
        raise _refused()
    desk = Desk.open(world, known.tenant, user.login_name)
    secret = encode_secret(world.chance(SECRET_BYTES))
    life = world.limits.session_life
    tx.credentials.end_expired(desk.now)
    tx.credentials.add(
        Credential(hash_secret(secret), user.id, Scope.WRITE, desk.now, desk.now + life)
    )
    tx.users.stamp_login(user.id, desk.now)
    if renewed is not None:
        tx.users.replace_hash(user.id, renewed)
    give_back(tx, turnstiles, desk.now)
    desk.note(Fact(EventType.LOGIN, "logged in"))
    desk.file(tx)
    return Session(secret, life // timedelta(seconds=1))


def _find(world: World, login_name: str) -> _Known | None:
    if not is_name(KindName.PORTAL_USER, login_name):
        return None
    key = fold(login_name)
    with world.store.read(Reach.EVERYONE) as tx:
        user = tx.users.find([key]).get(key)
        if user is None:
            return None
        tenant = vendor_or(tx.users.home(user.id))
        return _Known(user, tenant, tx.users.password_hash(user.id))


def _note_failure(world: World, known: _Known | None) -> None:
    """An unknown login name is not repeated: people type passwords into the wrong box."""
    tenant = known.tenant if known else Reach.VENDOR
    login = known.user.login_name if known else None
    info = "wrong password, or not active" if known else "unknown login name"

    def work(tx: Transaction) -> None:
        desk = Desk.open(world, tenant, login)
        desk.note(Fact(EventType.LOGIN_FAILED, info, severity=Severity.WARN))
        desk.file(tx)

    write(world, tenant, work, alone=False)


def _unknown() -> DomainError:
    message = "log in first; the session or API token is unknown, ended or expired"
    return DomainError(ErrorCode.UNAUTHENTICATED, message)


def _refused() -> DomainError:
    return DomainError(ErrorCode.BAD_CREDENTIALS, "login name or password is wrong")
