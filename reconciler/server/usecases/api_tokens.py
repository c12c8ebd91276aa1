"""API tokens: credentials of machines, acting as their owners (DEC-9, DEC-18)."""

from datetime import datetime

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.roles import Scope
from reconciler.server.domain.session import ApiToken, NewApiToken
from reconciler.server.usecases.ports import World


def list_api_tokens(world: World, caller: Caller) -> tuple[ApiToken, ...]:
    """The caller's own, by name."""
    raise NotImplementedError


def add_api_token(
    world: World, caller: Caller, name: str, scope: Scope, expires_at: datetime
) -> NewApiToken:
    """Make one.

    Raises:
        DomainError: VALIDATION, CONFLICT when the name is taken, FORBIDDEN for an API token.
    """
    raise NotImplementedError


def delete_api_token(world: World, caller: Caller, name: str) -> None:
    """Revoke one at once. Raises NOT_FOUND."""
    raise NotImplementedError
