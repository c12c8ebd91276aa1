"""Events: what users did."""

from collections.abc import Iterator

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.event import Event, EventType
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.usecases.ports import World


def list_events(world: World, caller: Caller, query: ListQuery) -> Page[Event]:
    """One page, newest first (R-08). Raises FORBIDDEN, VALIDATION."""
    raise NotImplementedError


def stream_events(world: World, caller: Caller, query: ListQuery) -> Iterator[Event]:
    """Every event that fits, from one snapshot. Raises FORBIDDEN, VALIDATION."""
    raise NotImplementedError


def list_event_types(caller: Caller) -> tuple[EventType, ...]:
    """Every type there is (R-11). Raises FORBIDDEN."""
    raise NotImplementedError


def list_event_users(world: World, caller: Caller, customer: str | None = None) -> tuple[str, ...]:
    """The login names that occur, sorted (R-10). Raises FORBIDDEN."""
    raise NotImplementedError
