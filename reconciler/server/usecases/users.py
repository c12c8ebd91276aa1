"""Portal users: read, list, put, delete, and mail them a link."""

from collections.abc import Iterator
from typing import cast

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import KindName, Operation
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.names import fold
from reconciler.server.domain.password import check_password
from reconciler.server.domain.roles import Permission, Role
from reconciler.server.domain.user import User, UserContent, check_rank
from reconciler.server.domain.write import Circumstances, Result, Written
from reconciler.server.usecases.changes import PERMISSIONS, Act, check_operation, is_name
from reconciler.server.usecases.desk import Desk, Fact, vendor_or
from reconciler.server.usecases.noun import Noun
from reconciler.server.usecases.ports import Reach, Tenant, Transaction, World
from reconciler.server.usecases.scope import missing, reach, write

USER = Noun(
    KindName.PORTAL_USER,
    Permission.READ_USERS,
    listing.USERS,
    lambda tx: tx.users,
    fold,
)


def get_user(world: World, caller: Caller, name: str, customer: str | None = None) -> User:
    """The user of this login name, which is unique on the whole server.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND.
    """
    caller.require(Permission.READ_USERS)
    if not is_name(KindName.PORTAL_USER, name):
        raise missing()
    return USER.find(world, reach(world, caller, customer), name)


def list_users(world: World, caller: Caller, query: ListQuery) -> Page[User]:
    """One page of users; the vendor sees its own too. Raises FORBIDDEN, VALIDATION."""
    return USER.page(world, caller, query)


def stream_users(world: World, caller: Caller, query: ListQuery) -> Iterator[User]:
    """Every user that fits, from one snapshot; checks at once, reads while it is iterated.

    Close the iterator when it is not exhausted. Raises FORBIDDEN, VALIDATION.
    """
    return USER.stream(world, caller, query)


def put_user(
    world: World, caller: Caller, name: str, content: UserContent, how: Circumstances
) -> Written[User]:
    """Create or replace. A new user is invited by mail, unless the vendor gives a password.

    Raises:
        DomainError: see `changes.apply_changes`; WEAK_PASSWORD.
    """
    caller.require(PERMISSIONS[KindName.PORTAL_USER])
    operation = USER.operation(name, content, how)
    check_operation(operation)
    act = Act(world, caller, _tenant(world, caller, operation, how.customer))
    if content.password is None:
        outcome = act.single(operation, dry_run=how.dry_run)
        return Written(outcome.result, cast("User", outcome.row))
    if caller.role is not Role.VENDOR_ADMIN:
        message = "only the vendor sets passwords; others are invited by mail"
        raise DomainError(ErrorCode.FORBIDDEN, message)
    related = (name, content.user_name, content.email)
    check_password(content.password, related, "password")
    return _put_with_password(act, operation, world.hasher.hash(content.password), how)


def delete_user(world: World, caller: Caller, name: str, how: Circumstances) -> Written[User]:
    """Delete; answers the row as it was. Its sessions, API tokens and links end.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    caller.require(PERMISSIONS[KindName.PORTAL_USER])
    operation = USER.operation(name, None, how)
    check_operation(operation)
    act = Act(world, caller, _tenant(world, caller, operation, how.customer))
    outcome = act.single(operation, dry_run=how.dry_run)
    return Written(outcome.result, cast("User", outcome.row))


def send_password_reset(
    world: World, caller: Caller, name: str, customer: str | None = None
) -> None:
    """Mail a user a one-time link to set a password; an invitation while there is none.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND.
    """
    caller.require(PERMISSIONS[KindName.PORTAL_USER])
    user = get_user(world, caller, name, customer)
    check_rank(caller.role, user.role)
    tenant = _home(world, user)

    def work(tx: Transaction) -> None:
        current = tx.users.by_id(user.id)
        if current is None:
            raise missing()
        desk = Desk.open(world, tenant, caller.login_name)
        desk.mail_link(current)
        info = f"a link to set a password was mailed to {current.login_name}"
        desk.note(Fact(EventType.PASSWORD_RESET_REQUEST, info, current.login_name))
        desk.file(tx)

    write(world, tenant, work)


def _put_with_password(
    act: Act, operation: Operation, password_hash: str, how: Circumstances
) -> Written[User]:
    """Store user and password in one transaction; sessions of an existing user end."""

    def work(tx: Transaction) -> Written[User]:
        outcome = act.run_single(tx, operation, dry_run=how.dry_run)
        user = cast("User", outcome.row)
        if not how.dry_run:
            desk = Desk.open(act.world, act.tenant, act.caller.login_name)
            tx.users.set_password(user.id, password_hash, desk.now)
            tx.credentials.end_sessions(user.id)
            desk.note(Fact(EventType.PASSWORD_CHANGE, "set by the vendor", user.login_name))
            desk.file(tx)
            user = tx.users.by_id(user.id) or user
        result = Result.UPDATED if outcome.result is Result.UNCHANGED else outcome.result
        return Written(result, user)

    return write(act.world, act.tenant, work)


def _tenant(world: World, caller: Caller, operation: Operation, code: str | None) -> Tenant:
    """Where a user is, or shall be: for the vendor, login names alone tell.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    tenant = reach(world, caller, code)
    if tenant is not Reach.EVERYONE:
        return tenant
    key = fold(operation.name)
    with world.store.read(Reach.EVERYONE) as tx:
        user = tx.users.find([key]).get(key)
    if user is not None:
        return _home(world, user)
    content = operation.content
    if content is None:
        raise missing()
    if isinstance(content, UserContent) and content.role is Role.VENDOR_ADMIN:
        return Reach.VENDOR
    raise DomainError(ErrorCode.CUSTOMER_REQUIRED, "name the customer: customer=CODE")


def _home(world: World, user: User) -> Tenant:
    with world.store.read(Reach.EVERYONE) as tx:
        return vendor_or(tx.users.home(user.id))
