"""Events: what users did."""

from collections.abc import Iterator

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.event import Event, EventType
from reconciler.server.domain.listing import ListQuery, Page, check_query
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.ports import Tenant, World
from reconciler.server.usecases.scope import reach, streamed


def list_events(world: World, caller: Caller, query: ListQuery) -> Page[Event]:
    """One page, newest first (R-08). Raises FORBIDDEN, VALIDATION."""
    with world.store.read(_reach(world, caller, query)) as tx:
        return tx.events.page(query)


def stream_events(world: World, caller: Caller, query: ListQuery) -> Iterator[Event]:
    """Every event that fits, from one snapshot. Raises FORBIDDEN, VALIDATION."""
    tenant = _reach(world, caller, query)
    return streamed(world, tenant, lambda tx: tx.events.stream(query))


def list_event_types(caller: Caller) -> tuple[EventType, ...]:
    """Every type there is (R-11). Raises FORBIDDEN."""
    caller.require(Permission.READ_REPORTS)
    return tuple(EventType)


def list_event_users(world: World, caller: Caller, customer: str | None = None) -> tuple[str, ...]:
    """The login names that occur, sorted; the vendor sees everyone's (R-10). Raises FORBIDDEN."""
    caller.require(Permission.READ_REPORTS)
    with world.store.read(reach(world, caller, customer)) as tx:
        return tuple(tx.events.users())


def _reach(world: World, caller: Caller, query: ListQuery) -> Tenant:
    caller.require(Permission.READ_REPORTS)
    check_query(query, listing.EVENTS)
    return reach(world, caller, query.customer)
