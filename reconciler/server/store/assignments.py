"""Assignments in SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.domain import listing
from reconciler.server.domain.assignments import Assignment, Holder, ReleaseReason, Use
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import device
from reconciler.server.store.license_schema import license_assignment as table
from reconciler.server.store.license_schema import license_lot as lot
from reconciler.server.store.licenses import LOT_COLUMNS, expiration, matching, read_lot
from reconciler.server.store.listing import Listed, chunks, contains
from reconciler.server.usecases.license_ports import Held

_KEY = ("customer_id", "device_id", "feature")
_OCCUPYING = tuple(str(use) for use in Use if use.assigned)
_COLUMNS = tuple(column for column in table.c if column.name != "search")
last_contact = func.coalesce(device.c.last_contact_at, table.c.last_contact_at)
"""The device's last contact of any sort; its row of this customer is there once it called."""
_LICENSE = case((table.c.use.in_(_OCCUPYING), "ASSIGNED"), else_="UNASSIGNED")
_USE_STATUS = case(
    (table.c.use == str(Use.IN_USE), "IN_USE"),
    (table.c.use == str(Use.HELD), "NOT_IN_USE_HELD"),
    else_="NOT_IN_USE",
)
_LISTED_COLUMNS: Mapping[str, Any] = {
    "license": _LICENSE,
    "useStatus": _USE_STATUS,
    "deviceId": table.c.device_id,
    "feature": table.c.feature,
    "type": table.c.type,
    "expiration": expiration,
    "appVersion": table.c.app_version,
    "updatedOn": last_contact,
    "createdOn": table.c.first_assigned_at,
}


class AssignmentRows:
    """The `Assignments` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._connection = binding.connection

    @property
    def _owns(self) -> ColumnElement[bool]:
        return self._binding.owns(table.c.customer_id)

    def of_device(self, device_id: str) -> Sequence[Assignment]:
        """A device's rows, by feature."""
        return self.of_devices([device_id]).get(device_id, ())

    def of_devices(self, device_ids: Sequence[str]) -> Mapping[str, Sequence[Assignment]]:
        """The rows of several devices."""
        found: dict[str, list[Assignment]] = {}
        for part in chunks(device_ids):
            statement = (
                select(*_COLUMNS)
                .where(self._owns, table.c.device_id.in_(part))
                .order_by(table.c.device_id, table.c.feature)
            )
            for row in self._connection.execute(statement):
                found.setdefault(row.device_id, []).append(self._read(row))
        return found

    def put(self, assignments: Sequence[Assignment]) -> None:
        """Store rows, new or not; `used` of the lots is the caller's affair."""
        if not assignments:
            return
        owner = {"customer_id": self._binding.customer_id}
        rows = [{**_values(row), **owner} for row in assignments]
        changed = [name for name in rows[0] if name not in _KEY]
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table)
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=_KEY,
                set_={name: statement.excluded[name] for name in changed},
            ),
            rows,
        )

    def silent(
        self, holder: Holder, since: datetime, limit: int, kind: LicenseType | None = None
    ) -> Sequence[Assignment]:
        """IN_USE rows of a holder whose device's last contact is not after `since`, oldest first.

        For what an Extension Manager holds, only contacts through it count. `kind` leaves the
        other type out.
        """
        bound = milliseconds(since)
        statement = select(*_COLUMNS).where(
            self._owns,
            table.c.holder == str(holder),
            table.c.use == str(Use.IN_USE),
            table.c.last_contact_at <= bound,
        )
        if kind is not None:
            statement = statement.where(table.c.type == str(kind))
        if holder is Holder.PVM:
            statement = statement.select_from(self._with_device(table))
            statement = statement.where(last_contact <= bound)
        order = (table.c.last_contact_at, table.c.device_id, table.c.feature)
        return [
            self._read(row)
            for row in self._connection.execute(statement.order_by(*order).limit(limit))
        ]

    def counted(self) -> Mapping[str, int]:
        """How many seats of each lot are held, counted anew: what `used` has to equal."""
        rows = self._connection.execute(
            select(table.c.lot_id, func.count())
            .where(self._owns, table.c.use.in_(_OCCUPYING))
            .group_by(table.c.lot_id)
        )
        return {row[0]: row[1] for row in rows}

    def page(self, query: ListQuery) -> Page[Held]:
        """One page."""
        listed, rest = self._listed(query)
        return listed.page(self._connection, rest)

    def stream(self, query: ListQuery) -> Iterator[Held]:
        """Every row that fits, in order, without holding them all."""
        listed, rest = self._listed(query)
        return listed.stream(self._connection, rest)

    def _listed(self, query: ListQuery) -> tuple[Listed[Held], ListQuery]:
        """The list, narrowed by the filters that are no plain comparison, and the others."""
        of_lot = (lot.c.customer_id == table.c.customer_id) & (lot.c.id == table.c.lot_id)
        statement = (
            select(
                *(column.label(f"a_{column.name}") for column in _COLUMNS),
                *LOT_COLUMNS,
                last_contact.label("contact_at"),
            )
            .select_from(self._with_device(table.join(lot, of_lot)))
            .where(self._owns, self._binding.owns(lot.c.customer_id))
        )
        filters = dict(query.filters)
        device_id, aid = filters.pop("deviceId", None), filters.pop("aid", None)
        if device_id is not None:
            statement = statement.where(contains(func.lower(table.c.device_id), device_id))
        if aid is not None:
            statement = statement.where(table.c.lot_id.in_(matching(self._binding, aid)))
        listed = Listed(
            statement=statement,
            fields=listing.ASSIGNED,
            columns=_LISTED_COLUMNS,
            folded={},
            search=table.c.search + "\n" + lot.c.search,
            key=(table.c.customer_id, table.c.device_id, table.c.feature),
            read=self._read_held,
        )
        return listed, replace(query, filters=filters)

    def _with_device(self, rows: FromClause) -> FromClause:
        return rows.outerjoin(
            device,
            (device.c.customer_id == table.c.customer_id)
            & (device.c.device_id == table.c.device_id)
            & self._binding.owns(device.c.customer_id),
        )

    def _read_held(self, row: Row[Any]) -> Held:
        stored = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
        own = {column.name: stored[f"a_{column.name}"] for column in _COLUMNS}
        own["last_contact_at"] = row.contact_at
        return Held(_assignment(self._binding, own), read_lot(self._binding, row))

    def _read(self, row: Row[Any]) -> Assignment:
        stored = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
        return _assignment(self._binding, {c.name: stored[c.name] for c in _COLUMNS})


def _assignment(binding: Binding, row: Mapping[str, Any]) -> Assignment:
    released, reason = row["released_at"], row["release_reason"]
    return Assignment(
        customer=binding.customers[row["customer_id"]].code,
        device_id=row["device_id"],
        feature=Feature(row["feature"]),
        type=LicenseType(row["type"]),
        lot_id=row["lot_id"],
        use=Use(row["use"]),
        holder=Holder(row["holder"]),
        exm=row["exm"],
        app_version=row["app_version"],
        first_assigned_at=moment(row["first_assigned_at"]),
        assigned_at=moment(row["assigned_at"]),
        last_contact_at=moment(row["last_contact_at"]),
        updated_at=moment(row["updated_at"]),
        released_at=None if released is None else moment(released),
        release_reason=None if reason is None else ReleaseReason(reason),
    )


def _values(row: Assignment) -> dict[str, object]:
    released = row.released_at
    seen = (row.device_id, row.feature, row.type, row.app_version, row.exm)
    return {
        "device_id": row.device_id,
        "feature": str(row.feature),
        "type": str(row.type),
        "lot_id": row.lot_id,
        "use": str(row.use),
        "holder": str(row.holder),
        "exm": row.exm,
        "app_version": row.app_version,
        "first_assigned_at": milliseconds(row.first_assigned_at),
        "assigned_at": milliseconds(row.assigned_at),
        "last_contact_at": milliseconds(row.last_contact_at),
        "updated_at": milliseconds(row.updated_at),
        "released_at": None if released is None else milliseconds(released),
        "release_reason": None if row.release_reason is None else str(row.release_reason),
        "search": "\n".join(text for text in seen if text).lower(),
    }
