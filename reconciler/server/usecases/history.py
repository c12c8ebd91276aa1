"""History: what devices asked for."""

from collections.abc import Iterator

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.history import HistoryRecord
from reconciler.server.domain.listing import ListQuery, Page, check_query
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.ports import Tenant, World
from reconciler.server.usecases.scope import reach, streamed


def list_history(world: World, caller: Caller, query: ListQuery) -> Page[HistoryRecord]:
    """One page, newest first (R-06). Raises FORBIDDEN, VALIDATION."""
    with world.store.read(_reach(world, caller, query)) as tx:
        return tx.history.page(query)


def stream_history(world: World, caller: Caller, query: ListQuery) -> Iterator[HistoryRecord]:
    """Every record that fits, from one snapshot. Raises FORBIDDEN, VALIDATION."""
    tenant = _reach(world, caller, query)
    return streamed(world, tenant, lambda tx: tx.history.stream(query))


def _reach(world: World, caller: Caller, query: ListQuery) -> Tenant:
    caller.require(Permission.READ_REPORTS)
    check_query(query, listing.HISTORY)
    return reach(world, caller, query.customer)
