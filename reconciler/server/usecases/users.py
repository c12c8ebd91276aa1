"""Users: read, list, put, delete."""

from collections.abc import Iterator

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.domain.user import User, UserContent
from reconciler.server.domain.write import Circumstances, Written
from reconciler.server.usecases.ports import World


def get_user(world: World, caller: Caller, name: str, customer: str | None = None) -> User:
    """The user of this name.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    raise NotImplementedError


def list_users(world: World, caller: Caller, query: ListQuery) -> Page[User]:
    """One page of users. Raises FORBIDDEN, VALIDATION."""
    raise NotImplementedError


def stream_users(world: World, caller: Caller, query: ListQuery) -> Iterator[User]:
    """Every user that fits, from one snapshot; checks at once, reads while it is iterated.

    Close the iterator when it is not exhausted. Raises FORBIDDEN, VALIDATION.
    """
    raise NotImplementedError


def put_user(
    world: World, caller: Caller, name: str, content: UserContent, how: Circumstances
) -> Written[User]:
    """Create or replace. A new user is invited by mail.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    raise NotImplementedError


def delete_user(world: World, caller: Caller, name: str, how: Circumstances) -> Written[User]:
    """Delete; answers the row as it was.

    Raises:
        DomainError: see `changes.apply_changes`.
    """
    raise NotImplementedError


def send_password_reset(
    world: World, caller: Caller, name: str, customer: str | None = None
) -> None:
    """Mail a user a one-time link to set a password; an invitation while there is none.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND.
    """
    raise NotImplementedError
