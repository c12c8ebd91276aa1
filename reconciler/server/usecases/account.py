"""One's own account, and passwords that were forgotten."""

from dataclasses import dataclass, field

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.user import User
from reconciler.server.usecases.ports import World


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A change of one's own password."""

    old: str = field(repr=False)
    new: str = field(repr=False)
    network: str = ""


def read_account(world: World, caller: Caller) -> User:
    """The caller's own row (A-17); customer and permissions stand in the caller."""
    raise NotImplementedError


def change_password(world: World, caller: Caller, change: NewPassword) -> None:
    """Set a new password; every other session of the user ends.

    Raises:
        DomainError: VALIDATION when the old one is wrong, WEAK_PASSWORD, RATE_LIMITED,
            FORBIDDEN for an API token.
    """
    raise NotImplementedError


def request_reset(world: World, email: str, network: str) -> None:
    """Mail a one-time link to a registered address; say nothing about any other (A-05).

    Raises:
        DomainError: RATE_LIMITED.
    """
    raise NotImplementedError


def reset_password(world: World, secret: str, password: str) -> None:
    """Set a password by a mailed link (A-06); every session of the user ends.

    Raises:
        DomainError: RESET_INVALID, WEAK_PASSWORD.
    """
    raise NotImplementedError
