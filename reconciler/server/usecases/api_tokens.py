"""API tokens: credentials of machines, acting as their owners (DEC-9, DEC-18)."""

from datetime import datetime

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError
from reconciler.server.domain.event import EventType
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.names import check_label
from reconciler.server.domain.roles import Permission, Scope
from reconciler.server.domain.session import (
    API_TOKEN_PREFIX,
    SECRET_BYTES,
    ApiToken,
    NewApiToken,
    check_expiry,
    encode_secret,
    hash_secret,
)
from reconciler.server.usecases.desk import Desk, Fact, vendor_or
from reconciler.server.usecases.ports import Credential, Transaction, World
from reconciler.server.usecases.scope import missing, write

MOST_API_TOKENS = 100


def list_api_tokens(world: World, caller: Caller) -> tuple[ApiToken, ...]:
    """The caller's own, by name."""
    caller.require(Permission.READ_ACCOUNT)
    with world.store.read(vendor_or(caller.customer)) as tx:
        return tuple(tx.credentials.api_tokens(caller.user_id))


def add_api_token(
    world: World, caller: Caller, name: str, scope: Scope, expires_at: datetime
) -> NewApiToken:
    """Make one.

    Raises:
        DomainError: VALIDATION, CONFLICT when the name is taken, FORBIDDEN for an API token.
    """
    caller.require(Permission.WRITE_ACCOUNT)
    caller.require_session()
    check_label(name)
    tenant = vendor_or(caller.customer)
    secret = API_TOKEN_PREFIX + encode_secret(world.chance(SECRET_BYTES))

    def work(tx: Transaction) -> ApiToken:
        desk = Desk.open(world, tenant, caller.login_name)
        end = moment(milliseconds(expires_at))
        check_expiry(end, desk.now)
        existing = tx.credentials.api_tokens(caller.user_id)
        if any(token.name == name for token in existing):
            message = "you have an API token of this name; delete it first"
            raise DomainError(ErrorCode.CONFLICT, message, (FieldError("name", message),))
        if len(existing) >= MOST_API_TOKENS:
            message = f"nobody has more than {MOST_API_TOKENS} API tokens; delete some first"
            raise DomainError(ErrorCode.CONFLICT, message)
        tx.credentials.add(
            Credential(hash_secret(secret), caller.user_id, scope, desk.now, end, name)
        )
        desk.note(Fact(EventType.API_TOKEN_ADD, f"API token {name}, {scope}", name))
        desk.file(tx)
        return ApiToken(name, scope, desk.now, end, None)

    return NewApiToken(secret, write(world, tenant, work))


def delete_api_token(world: World, caller: Caller, name: str) -> None:
    """Revoke one at once. Raises NOT_FOUND."""
    caller.require(Permission.WRITE_ACCOUNT)
    check_label(name)
    tenant = vendor_or(caller.customer)

    def work(tx: Transaction) -> None:
        if not tx.credentials.end_api_token(caller.user_id, name):
            raise missing()
        desk = Desk.open(world, tenant, caller.login_name)
        desk.note(Fact(EventType.API_TOKEN_DELETE, f"API token {name}", name))
        desk.file(tx)

    write(world, tenant, work)
