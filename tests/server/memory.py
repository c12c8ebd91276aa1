"""A store of licenses in memory: thousands of transactions a second, for laws about licenses.

It enforces what the databases enforce: a seat is taken only where one is free, a row belongs to a
lot that is there, a refusal undoes everything. What licenses do not touch, it does not have.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from reconciler.server.domain.assignments import Assignment, Holder, Use
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.device import Device, DeviceState
from reconciler.server.domain.event import Event
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.history import HistoryRecord
from reconciler.server.domain.licensing import Lot
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.usecases.ports import Delivery, StaleWriteError, Tenant, Transaction

Answer = TypeVar("Answer")


@dataclass
class Tables:
    """Everything that is stored, and the ports of one customer to it."""

    customer: Customer
    lots_by_id: dict[str, Lot] = field(default_factory=dict)
    rows: dict[tuple[str, str], Assignment] = field(default_factory=dict)
    devices_by_id: dict[str, Device] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    history: tuple[HistoryRecord, ...] = ()

    def copied(self) -> "Tables":
        """Rows are values, so the tables alone are copied."""
        made = copy(self)
        made.lots_by_id, made.rows = dict(self.lots_by_id), dict(self.rows)
        made.devices_by_id = dict(self.devices_by_id)
        return made


@dataclass
class MemoryLots:
    tables: Tables

    def all(self, *, in_exm: bool = True) -> Sequence[Lot]:
        counted = Counter(
            row.lot_id
            for row in self.tables.rows.values()
            if in_exm and row.use.assigned and row.holder is Holder.EXM
        )
        return [replace(x, used_in_exm=counted[x.id]) for x in self.tables.lots_by_id.values()]

    def insert(self, lot: Lot) -> None:
        if any((x.external_id, x.type) == (lot.external_id, lot.type) for x in self.all()):
            raise StaleWriteError
        self.tables.lots_by_id[lot.id] = lot

    def update(self, lot: Lot) -> None:
        self.tables.lots_by_id[lot.id] = replace(lot, used=self.tables.lots_by_id[lot.id].used)

    def take_seat(self, lot_id: str) -> bool:
        lot = self.tables.lots_by_id[lot_id]
        if lot.used >= lot.total:
            return False
        self.tables.lots_by_id[lot_id] = replace(lot, used=lot.used + 1)
        return True

    def add_used(self, lot_id: str, by: int) -> None:
        lot = self.tables.lots_by_id[lot_id]
        self.tables.lots_by_id[lot_id] = replace(lot, used=max(0, lot.used + by))


@dataclass
class MemoryAssignments:
    tables: Tables

    def of_device(self, device_id: str) -> Sequence[Assignment]:
        return [row for (owner, _), row in sorted(self.tables.rows.items()) if owner == device_id]

    def put(self, assignments: Sequence[Assignment]) -> None:
        for row in assignments:
            assert row.lot_id in self.tables.lots_by_id
            self.tables.rows[row.device_id, row.feature] = row

    def silent(
        self, holder: Holder, since: datetime, limit: int, kind: LicenseType | None = None
    ) -> Sequence[Assignment]:
        return [
            row
            for row in self.tables.rows.values()
            if row.holder is holder
            and row.use is Use.IN_USE
            and kind in (None, row.type)
            and self._contact(row) <= since
        ][:limit]

    def _contact(self, row: Assignment) -> datetime:
        device = self.tables.devices_by_id.get(row.device_id)
        if row.holder is Holder.EXM or device is None:
            return row.last_contact_at
        return device.last_contact_at

    def counted(self) -> Mapping[str, int]:
        return Counter(row.lot_id for row in self.tables.rows.values() if row.use.assigned)


@dataclass
class MemoryDevices:
    tables: Tables
    owner: CustomerRef

    def find(self, device_ids: Sequence[str]) -> Mapping[str, Device]:
        known = self.tables.devices_by_id
        return {name: known[name] for name in device_ids if name in known}

    def home(self, device_id: str) -> CustomerRef | None:
        device = self.tables.devices_by_id.get(device_id)
        return self.owner if device and device.state is DeviceState.ACTIVE else None

    def put(self, devices: Sequence[Device]) -> None:
        self.tables.devices_by_id |= {device.device_id: device for device in devices}


@dataclass
class MemoryRecords:
    """Events, history, customers and mails, as far as licenses go."""

    tables: Tables

    def find(self, code: str) -> Customer | None:
        return self.tables.customer if code == self.tables.customer.code else None

    def add(self, rows: Sequence[object]) -> None:
        for row in rows:
            if isinstance(row, Event):
                self.tables.events = (*self.tables.events, row)
            elif isinstance(row, HistoryRecord):
                self.tables.history = (*self.tables.history, row)

    def page(self, query: ListQuery) -> Page[Event]:
        kind, since = query.filters["type"], query.since
        found = [
            event
            for event in self.tables.events
            if event.type == kind and (since is None or event.timestamp >= since)
        ]
        return Page(tuple(found[::-1][: query.size]), 0, query.size, len(found))


@dataclass
class MemoryStore:
    """The `Store` port for one customer, whose only token is Voice's."""

    tables: Tables
    owner: CustomerRef

    @contextmanager
    def read(self, _tenant: Tenant) -> Iterator[Transaction]:
        yield self._transaction(self.tables.copied())

    def write(
        self, _tenant: Tenant, work: Callable[[Transaction], Answer], *, alone: bool = True
    ) -> Answer:
        assert alone
        tables = self.tables.copied()
        answer = work(self._transaction(tables))
        self.tables = tables
        return answer

    def deliver(self, token_key: str) -> Delivery | None:
        if token_key != "direct-access-token":
            return None
        return Delivery(self.owner, "Direct-Access-Token", "WFC_VOICE_ANDROID", "{}", "")

    def _transaction(self, tables: Tables) -> Transaction:
        records, nothing = MemoryRecords(tables), cast("Any", None)
        ports: dict[str, Any] = dict.fromkeys(Transaction.__dataclass_fields__, nothing)
        ports |= dict.fromkeys(("events", "history", "customers", "outbox"), records)
        ports |= {
            "lots": MemoryLots(tables),
            "assignments": MemoryAssignments(tables),
            "devices": MemoryDevices(tables, self.owner),
        }
        return Transaction(**ports)
