"""Licenses: the lots of a customer and who holds what (L-05, L-27)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.features import LicenseType, read_feature
from reconciler.server.domain.licensing import Lot, LotSource, LotState
from reconciler.server.domain.listing import ListFields, ListQuery, Page, check_query
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.ports import Tenant, World
from reconciler.server.usecases.scope import reach, streamed


class License(StrEnum):
    """The column License of the list of assignments (L-28, L-29)."""

    ASSIGNED = "ASSIGNED"
    UNASSIGNED = "UNASSIGNED"


class UseStatus(StrEnum):
    """The column Use Status (L-30 to L-32); NOT_IN_USE_HELD is shown as "Not in use (*)"."""

    IN_USE = "IN_USE"
    NOT_IN_USE = "NOT_IN_USE"
    NOT_IN_USE_HELD = "NOT_IN_USE_HELD"


@dataclass(frozen=True, slots=True)
class _List:
    """What a list can be asked, and the filters that know only certain values."""

    fields: ListFields
    values: Mapping[str, type[StrEnum]]

    def reach(self, world: World, caller: Caller, query: ListQuery) -> Tenant:
        """Whose rows are listed. Raises FORBIDDEN, VALIDATION."""
        caller.require(Permission.READ_LICENSES)
        check_query(query, self.fields)
        for name, known in self.values.items():
            if query.filters.get(name) not in (None, *known):
                refuse(name, f"must be one of {', '.join(known)}")
        return reach(world, caller, query.customer)


_LICENSES = _List(listing.LICENSES, {"state": LotState, "type": LicenseType, "source": LotSource})
_ASSIGNED = _List(
    listing.ASSIGNED, {"license": License, "useStatus": UseStatus, "type": LicenseType}
)


def list_licenses(world: World, caller: Caller, query: ListQuery, now: datetime) -> Page[Lot]:
    """One page of lots; `now` decides their state. Raises FORBIDDEN, VALIDATION."""
    tenant = _LICENSES.reach(world, caller, query)
    with world.store.read(tenant) as tx:
        return tx.lots.page(query, now)


def stream_licenses(world: World, caller: Caller, query: ListQuery, now: datetime) -> Iterator[Lot]:
    """Every lot that fits, from one snapshot. Raises as `list_licenses`."""
    tenant = _LICENSES.reach(world, caller, query)
    return streamed(world, tenant, lambda tx: tx.lots.stream(query, now))


def list_assigned(world: World, caller: Caller, query: ListQuery) -> Page[Held]:
    """One page of assignments; those that were released stay listed. Raises as `list_licenses`.

    `deviceId` finds parts of an id; `aid` what a list shows of it, or the whole one; a feature
    is found by its code or any of its labels.
    """
    tenant, named = _ASSIGNED.reach(world, caller, query), _by_code(query)
    with world.store.read(tenant) as tx:
        return tx.assignments.page(named)


def stream_assigned(world: World, caller: Caller, query: ListQuery) -> Iterator[Held]:
    """Every assignment that fits, from one snapshot. Raises as `list_licenses`."""
    tenant, named = _ASSIGNED.reach(world, caller, query), _by_code(query)
    return streamed(world, tenant, lambda tx: tx.assignments.stream(named))


def _by_code(query: ListQuery) -> ListQuery:
    """The query with its feature as it is stored."""
    label = query.filters.get("feature")
    if label is None:
        return query
    return replace(query, filters={**query.filters, "feature": str(read_feature(label))})
