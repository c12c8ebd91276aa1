"""One's own account, and passwords that were forgotten."""

from dataclasses import dataclass, field

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.event import EventType
from reconciler.server.domain.password import check_password
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.session import hash_secret
from reconciler.server.domain.throttle import (
    login_turnstiles,
    password_turnstiles,
    reset_turnstiles,
)
from reconciler.server.domain.user import User, UserStatus
from reconciler.server.usecases.desk import Desk, Fact, vendor_or
from reconciler.server.usecases.mail import password_changed
from reconciler.server.usecases.ports import Reach, Tenant, Transaction, World
from reconciler.server.usecases.scope import missing, present, write
from reconciler.server.usecases.turns import let_pass, take_turn

_LONGEST_SECRET = 256
_LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A change of one's own password. `network` is the peer's address, as text."""

    old: str = field(repr=False)
    new: str = field(repr=False)
    network: str = ""


def read_account(world: World, caller: Caller) -> User:
    """The caller's own row (A-17); customer and permissions stand in the caller."""
    caller.require(Permission.READ_ACCOUNT)
    with world.store.read(vendor_or(caller.customer)) as tx:
        user = tx.users.by_id(caller.user_id)
    if user is None:
        raise missing()
    return user


def change_password(world: World, caller: Caller, change: NewPassword) -> None:
    """Set a new password; every other session of the user ends.

    Raises:
        DomainError: VALIDATION when the old one is wrong, WEAK_PASSWORD, RATE_LIMITED,
            FORBIDDEN for an API token.
    """
    caller.require(Permission.WRITE_ACCOUNT)
    caller.require_session()
    turnstiles = password_turnstiles(caller.user_id, change.network)
    take_turn(world, turnstiles, present(world))
    tenant = vendor_or(caller.customer)
    with world.store.read(tenant) as tx:
        stored = tx.users.password_hash(caller.user_id)
    if not world.hasher.verify(stored, change.old):
        refuse("oldPassword", "is wrong")
    check_password(change.new, (caller.login_name, caller.user_name, caller.email))
    new_hash = world.hasher.hash(change.new)

    def work(tx: Transaction) -> None:
        if tx.users.password_hash(caller.user_id) != stored:
            raise DomainError(ErrorCode.STALE_VERSION, "the password was changed meanwhile")
        desk = Desk.open(world, tenant, caller.login_name)
        tx.users.set_password(caller.user_id, new_hash, desk.now)
        tx.credentials.end_sessions(caller.user_id, keep=caller.credential)
        tx.throttles.clear([turnstile.key for turnstile in turnstiles])
        desk.mails.append(password_changed(desk.envelope(caller.email), caller.login_name))
        desk.note(Fact(EventType.PASSWORD_CHANGE, "changed by its user", caller.login_name))
        desk.file(tx)

    write(world, tenant, work)


def request_reset(world: World, email: str, network: str) -> None:
    """Mail a one-time link to a registered address; say nothing about any other (A-05).

    Raises:
        DomainError: RATE_LIMITED.
    """
    take_turn(world, reset_turnstiles(email, network), present(world))
    if len(email) > _LONGEST_ADDRESS or not email.isascii() or not email.isprintable():
        return
    with world.store.read(Reach.EVERYONE) as tx:
        user = tx.users.by_email(email)
        tenant = vendor_or(tx.users.home(user.id)) if user else Reach.VENDOR
    if user is not None and user.status is not UserStatus.DISABLED:
        write(world, tenant, lambda tx: _mail_link(world, tx, tenant, user))


def reset_password(world: World, secret: str, password: str, network: str = "") -> None:
    """Set a password by a mailed link (A-06); every session of the user ends.

    Who reads the user's mails counts as the user: the log-in that follows from the same network
    does not wait for others' tries. `network` is the peer's address, as text.

    Raises:
        DomainError: RESET_INVALID, WEAK_PASSWORD.
    """
    if len(secret) > _LONGEST_SECRET:
        raise _invalid()
    link_hash = hash_secret(secret)
    with world.store.read(Reach.EVERYONE) as tx:
        user_id = tx.credentials.read_link(link_hash, present(world))
        user = tx.users.by_id(user_id) if user_id else None
        tenant = vendor_or(tx.users.home(user.id)) if user else Reach.VENDOR
    if user is None or user.status is UserStatus.DISABLED:
        raise _invalid()
    check_password(password, (user.login_name, user.user_name, user.email))
    password_hash = world.hasher.hash(password)

    def work(tx: Transaction) -> None:
        desk = Desk.open(world, tenant, user.login_name)
        if tx.credentials.take_link(link_hash, desk.now) != user.id:
            raise _invalid()
        tx.users.set_password(user.id, password_hash, desk.now)
        tx.credentials.end_sessions(user.id)
        let_pass(tx, login_turnstiles(user.login_name, network), desk.now)
        desk.mails.append(password_changed(desk.envelope(user.email), user.login_name))
        desk.note(Fact(EventType.PASSWORD_RESET, "set by a mailed link", user.login_name))
        desk.file(tx)

    write(world, tenant, work)


def _mail_link(world: World, tx: Transaction, tenant: Tenant, user: User) -> None:
    desk = Desk.open(world, tenant, None)
    desk.mail_link(user)
    info = "a link to set a password was asked for and mailed"
    desk.note(Fact(EventType.PASSWORD_RESET_REQUEST, info, user.login_name))
    desk.file(tx)


def _invalid() -> DomainError:
    message = "this link does not work (any more); ask for a new one"
    return DomainError(ErrorCode.RESET_INVALID, message)
