"""Devices: what their customer sees of them (V-01 to V-09)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.server.domain import listing
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.change_set import KindName
from reconciler.server.domain.device import Device
from reconciler.server.domain.device_ids import is_device_id
from reconciler.server.domain.listing import ListQuery, Page, check_query
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.changes import is_name
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.ports import Tenant, World
from reconciler.server.usecases.scope import missing, owner, reach, streamed
from reconciler.server.usecases.sites import SITE


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """A device with every license that it has or had (V-09)."""

    device: Device
    assignments: tuple[Held, ...]


def get_device(
    world: World, caller: Caller, device_id: str, customer: str | None = None
) -> DeviceDetail:
    """The device of this id, with its assignments.

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED.
    """
    caller.require(Permission.READ_DEVICES)
    if not is_device_id(device_id):
        raise missing()
    tenant = owner(world, caller, customer, lambda tx: tx.devices.holders(device_id))
    with world.store.read(tenant) as tx:
        device = tx.devices.find([device_id]).get(device_id)
        if device is None:
            raise missing()
        lots = {lot.id: lot for lot in tx.lots.all(in_exm=False)}
        # As in the list of assignments, the last contact of any sort stands in each row (L-36).
        rows = [
            replace(row, last_contact_at=device.last_contact_at)
            for row in tx.assignments.of_device(device_id)
        ]
        return DeviceDetail(device, tuple(Held(row, lots[row.lot_id]) for row in rows))


def list_devices(world: World, caller: Caller, query: ListQuery) -> Page[Device]:
    """One page, newest contact first (V-01). Raises FORBIDDEN, VALIDATION."""
    with world.store.read(_reach(world, caller, query)) as tx:
        return tx.devices.page(query)


def stream_devices(world: World, caller: Caller, query: ListQuery) -> Iterator[Device]:
    """Every device that fits, from one snapshot. Raises FORBIDDEN, VALIDATION."""
    tenant = _reach(world, caller, query)
    return streamed(world, tenant, lambda tx: tx.devices.stream(query))


def list_site_devices(world: World, caller: Caller, name: str, query: ListQuery) -> Page[Device]:
    """One page of the devices that are registered at a site now (S-04).

    Raises:
        DomainError: FORBIDDEN, NOT_FOUND, CUSTOMER_REQUIRED, VALIDATION.
    """
    tenant, query = _at_site(world, caller, name, query)
    with world.store.read(tenant) as tx:
        return tx.devices.page(query)


def stream_site_devices(
    world: World, caller: Caller, name: str, query: ListQuery
) -> Iterator[Device]:
    """Every device of a site, from one snapshot. Raises as `list_site_devices`."""
    tenant, query = _at_site(world, caller, name, query)
    return streamed(world, tenant, lambda tx: tx.devices.stream(query))


def _at_site(world: World, caller: Caller, name: str, query: ListQuery) -> tuple[Tenant, ListQuery]:
    caller.require(Permission.READ_SITES)
    check_query(query, listing.DEVICES)
    if not is_name(KindName.SITE, name):
        raise missing()
    tenant = owner(world, caller, query.customer, SITE.holders(name))
    SITE.find(world, tenant, name)
    return tenant, replace(query, filters={**query.filters, "site": name})


def _reach(world: World, caller: Caller, query: ListQuery) -> Tenant:
    caller.require(Permission.READ_DEVICES)
    check_query(query, listing.DEVICES)
    return reach(world, caller, query.customer)
