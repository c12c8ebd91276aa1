"""Signing in and out."""

from dataclasses import dataclass, field

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.session import Session
from reconciler.server.usecases.ports import World


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to log in. `network` is the peer's address, as text."""

    login_name: str
    password: str = field(repr=False)
    network: str


def authenticate(world: World, secret: str) -> Caller:
    """Who comes with this session's or API token's text.

    Raises:
        DomainError: UNAUTHENTICATED.
    """
    raise NotImplementedError


def log_in(world: World, attempt: Attempt) -> Session:
    """A new session (A-01).

    Raises:
        DomainError: BAD_CREDENTIALS; RATE_LIMITED with the seconds to wait, after five failures.
    """
    raise NotImplementedError


def log_out(world: World, caller: Caller) -> None:
    """End the session that the caller came with (A-04)."""
    raise NotImplementedError
