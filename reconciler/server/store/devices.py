"""Devices in SQL, and the table that knows the one customer where each is ACTIVE."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Insert, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.schema import Table

from reconciler.server.domain import listing
from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.device import (
    AppSeen,
    Device,
    DeviceState,
    Hardware,
    IdKind,
    Obsoleter,
    Platform,
)
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import device as table
from reconciler.server.store.device_schema import device_owner
from reconciler.server.store.listing import Listed, chunks, contains
from reconciler.server.store.schema import customer
from reconciler.server.usecases.ports import StaleWriteError

_KEY: Final = ("customer_id", "device_id")
_OWN_FILTERS: Final = frozenset({"deviceId", "thirdParty"})
_COLUMNS: Final = {
    "deviceId": table.c.device_id,
    "state": table.c.state,
    "platform": table.c.platform,
    "manufacturer": table.c.manufacturer,
    "model": table.c.model,
    "osVersion": table.c.os_version,
    "osBuild": table.c.os_build,
    "site": table.c.site,
    "siteAssignedAt": table.c.site_assigned_at,
    "updatedOn": table.c.last_contact_at,
    "createdOn": table.c.created_at,
    "thirdParty": table.c.third_party,
}


_HOMES: Final = (
    select(device_owner.c.device_id, customer.c.id, customer.c.code, customer.c.name)
    .join_from(device_owner, customer, device_owner.c.customer_id == customer.c.id)
    .where(device_owner.c.device_id.in_(bindparam("device_ids", expanding=True)))
)


@cache
def _put(dialect: str) -> Insert:
    """Made once: making it takes longer than running it."""
    adding = _insert(dialect, table)
    kept = {"customer_id", "device_id", "created_at"}
    replaced = {c.name: adding.excluded[c.name] for c in table.c if c.name not in kept}
    return adding.on_conflict_do_update(index_elements=_KEY, set_=replaced)


@cache
def _take(dialect: str) -> Insert:
    return _insert(dialect, device_owner).on_conflict_do_nothing()


def _insert(dialect: str, into: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(into) if dialect == "postgresql" else sqlite.insert(into)


class DeviceRows:
    """The `Devices` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def find(self, device_ids: Sequence[str]) -> Mapping[str, Device]:
        """The rows that exist, in any state."""
        listed = self._listed()
        rows = [
            row
            for part in chunks(device_ids)
            for row in self._binding.connection.execute(
                listed.statement.where(table.c.device_id.in_(part))
            )
        ]
        return {row.device_id: listed.read(row) for row in rows}

    def holders(self, device_id: str) -> Sequence[CustomerRef]:
        """The customers that have a row of this device, in any state."""
        rows = self._binding.connection.execute(
            select(table.c.customer_id).where(
                table.c.device_id == device_id, self._binding.owns(table.c.customer_id)
            )
        )
        return [self._binding.customers[row.customer_id] for row in rows]

    def home(self, device_id: str) -> CustomerRef | None:
        """The customer where the device is ACTIVE, anywhere on the server."""
        return self.homes([device_id]).get(device_id)

    def homes(self, device_ids: Sequence[str]) -> Mapping[str, CustomerRef]:
        """As `home`, for many; those that are ACTIVE nowhere are missing."""
        rows = [
            row
            for part in chunks(device_ids)
            for row in self._binding.connection.execute(_HOMES, {"device_ids": part})
        ]
        return {row.device_id: CustomerRef(row.id, row.code, row.name) for row in rows}

    def put(self, devices: Sequence[Device]) -> None:
        """Store rows, new or not; the owner's row follows the state.

        Raises:
            StaleWriteError: the device became ACTIVE at another customer meanwhile.
        """
        if not devices:
            return
        owner = {"customer_id": self._binding.customer_id}
        rows = [{**_values(device), **owner} for device in devices]
        try:
            self._binding.connection.execute(_put(self._dialect), rows)
        except IntegrityError as error:
            message = "device: its customer or its site is gone meanwhile"
            raise StaleWriteError(message) from error
        active = [row.device_id for row in devices if row.state is DeviceState.ACTIVE]
        self._leave([row.device_id for row in devices if row.state is DeviceState.INACTIVE])
        self._take(active)

    def silent(self, since: datetime, limit: int) -> Sequence[Device]:
        """Devices with a site whose last contact is not after `since`, oldest first."""
        listed = self._listed()
        rows = self._binding.connection.execute(
            listed.statement.where(
                table.c.site.is_not(None), table.c.last_contact_at <= milliseconds(since)
            )
            .order_by(table.c.last_contact_at, table.c.device_id)
            .limit(limit)
        )
        return [listed.read(row) for row in rows]

    def active(self) -> Mapping[str, str | None]:
        """The site of each ACTIVE device, None where it is registered nowhere."""
        rows = self._binding.connection.execute(
            select(table.c.device_id, table.c.site).where(
                self._binding.owns(table.c.customer_id), table.c.state == str(DeviceState.ACTIVE)
            )
        )
        return {row.device_id: row.site for row in rows}

    def counts_of_sites(self, names: Sequence[str]) -> Mapping[str, int]:
        """How many devices are registered at each of these sites."""
        found = dict.fromkeys(names, 0)
        for part in chunks(names):
            rows = self._binding.connection.execute(
                select(table.c.site, func.count().label("number"))
                .where(self._binding.owns(table.c.customer_id), table.c.site.in_(part))
                .group_by(table.c.site)
            )
            found |= {row.site: row.number for row in rows}
        return found

    def at_site(self, name: str) -> Sequence[str]:
        """The ids of the devices registered at a site, sorted."""
        rows = self._binding.connection.execute(
            select(table.c.device_id)
            .where(self._binding.owns(table.c.customer_id), table.c.site == name)
            .order_by(table.c.device_id)
        )
        return [row.device_id for row in rows]

    def leave_site(self, name: str) -> int:
        """Clear the site of every device there; how many there were."""
        left = self._binding.connection.execute(
            update(table)
            .where(self._binding.owns(table.c.customer_id), table.c.site == name)
            .values(site=None, site_assigned_at=None)
        )
        return left.rowcount

    def page(self, query: ListQuery) -> Page[Device]:
        """One page."""
        return self._filtered(query).page(self._binding.connection, _plain(query))

    def stream(self, query: ListQuery) -> Iterator[Device]:
        """Every device that fits, in order, without holding them all."""
        return self._filtered(query).stream(self._binding.connection, _plain(query))

    def _take(self, device_ids: Sequence[str]) -> None:
        own = self._binding.customer_id
        for part in chunks(device_ids):
            rows = [{"device_id": device_id, "customer_id": own} for device_id in part]
            self._binding.connection.execute(_take(self._dialect), rows)
            held = self._binding.connection.execute(
                select(func.count()).where(
                    device_owner.c.device_id.in_(part), device_owner.c.customer_id == own
                )
            ).scalar_one()
            if held != len(part):
                message = "device: it is at another customer meanwhile"
                raise StaleWriteError(message)

    def _leave(self, device_ids: Sequence[str]) -> None:
        for part in chunks(device_ids):
            self._binding.connection.execute(
                delete(device_owner).where(
                    device_owner.c.device_id.in_(part),
                    self._binding.owns(device_owner.c.customer_id),
                )
            )

    @property
    def _dialect(self) -> str:
        return self._binding.connection.dialect.name

    def _filtered(self, query: ListQuery) -> Listed[Device]:
        """The list under those filters that are no equality of texts."""
        conditions = []
        if "deviceId" in query.filters:
            conditions.append(contains(func.lower(table.c.device_id), query.filters["deviceId"]))
        if "thirdParty" in query.filters:
            conditions.append(table.c.third_party == int(query.filters["thirdParty"] == "true"))
        listed = self._listed()
        return replace(listed, statement=listed.statement.where(*conditions))

    def _listed(self) -> Listed[Device]:
        customers = self._binding.customers

        def read(row: Row[Any]) -> Device:
            return _read(row, customers[row.customer_id].code)

        return Listed(
            statement=select(*(column for column in table.c if column.name != "search")).where(
                self._binding.owns(table.c.customer_id)
            ),
            fields=listing.DEVICES,
            columns=_COLUMNS,
            folded={},
            search=table.c.search,
            key=(table.c.customer_id, table.c.device_id),
            read=read,
            time=table.c.last_contact_at,
        )


def _plain(query: ListQuery) -> ListQuery:
    rest = {name: text for name, text in query.filters.items() if name not in _OWN_FILTERS}
    return replace(query, filters=rest)


def _read(row: Row[Any], code: str) -> Device:
    apps = {
        AppId(app): AppSeen(version, moment(at))
        for app, (version, at) in json.loads(row.apps).items()
    }
    return Device(
        customer=code,
        device_id=row.device_id,
        state=DeviceState(row.state),
        platform=Platform(row.platform),
        hardware=Hardware(row.manufacturer, row.model, row.os_version, row.os_build),
        id_kind=IdKind(row.id_kind),
        third_party=bool(row.third_party),
        apps=apps,
        site=row.site,
        site_assigned_at=_moment(row.site_assigned_at),
        exm=row.exm,
        last_token=row.last_token,
        created_at=moment(row.created_at),
        last_contact_at=moment(row.last_contact_at),
        obsoleted_at=_moment(row.obsoleted_at),
        obsoleted_by=None if row.obsoleted_by is None else Obsoleter(row.obsoleted_by),
    )


def _values(device: Device) -> dict[str, object]:
    hardware = device.hardware
    apps = {
        str(app): [found.version, milliseconds(found.last_contact_at)]
        for app, found in device.apps.items()
    }
    seen = (
        device.device_id,
        device.state,
        hardware.manufacturer,
        hardware.model,
        hardware.os_version,
        hardware.os_build,
        device.site,
    )
    return {
        "device_id": device.device_id,
        "state": str(device.state),
        "platform": str(device.platform),
        "manufacturer": hardware.manufacturer,
        "model": hardware.model,
        "os_version": hardware.os_version,
        "os_build": hardware.os_build,
        "id_kind": str(device.id_kind),
        "third_party": int(device.third_party),
        "apps": json.dumps(apps, sort_keys=True, separators=(",", ":")),
        "site": device.site,
        "site_assigned_at": _milliseconds(device.site_assigned_at),
        "exm": device.exm,
        "last_token": device.last_token,
        "created_at": milliseconds(device.created_at),
        "last_contact_at": milliseconds(device.last_contact_at),
        "obsoleted_at": _milliseconds(device.obsoleted_at),
        "obsoleted_by": None if device.obsoleted_by is None else str(device.obsoleted_by),
        "search": "\n".join(text for text in seen if text).lower(),
    }


def _moment(stored: int | None) -> datetime | None:
    return None if stored is None else moment(stored)


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)
