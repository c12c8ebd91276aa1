"""Lots of licenses in SQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.server.domain import listing
from reconciler.server.domain.assignments import Holder, Use
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.licensing import Lot, LotSource, LotState, mask_external_id
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.license_schema import license_assignment as assignment
from reconciler.server.store.license_schema import license_lot as table
from reconciler.server.store.listing import Listed
from reconciler.server.usecases.ports import StaleWriteError

_DAY_MILLISECONDS = 86_400_000
_ENDLESS = 2**62
"""Where a perpetual lot sorts: after every lot that ends."""

total_seats: ColumnElement[int] = (
    table.c.quantity + table.c.quantity * table.c.overage_percent // 100
)
expiration: ColumnElement[int] = func.coalesce(
    table.c.base_expiration + table.c.grace_days * _DAY_MILLISECONDS, _ENDLESS
)
LOT_COLUMNS = tuple(column for column in table.c if column.name != "search")


class LotRows:
    """The `Lots` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._connection = binding.connection

    @property
    def _owns(self) -> ColumnElement[bool]:
        return self._binding.owns(table.c.customer_id)

    def all(self, *, in_exm: bool = True) -> Sequence[Lot]:
        """Every lot within the transaction's reach; `in_exm` counts what those hold."""
        read = self._reader() if in_exm else partial(read_lot, self._binding)
        rows = self._connection.execute(
            select(*LOT_COLUMNS).where(self._owns).order_by(table.c.customer_id, table.c.id)
        )
        return [read(row) for row in rows]

    def insert(self, lot: Lot) -> None:
        """Store a new lot. Raises StaleWriteError when it exists meanwhile."""
        owner = {"customer_id": self._binding.customer_id, "used": lot.used}
        try:
            self._connection.execute(insert(table), [{**_values(lot), **owner}])
        except IntegrityError as error:
            message = "license_lot: it is there already"
            raise StaleWriteError(message) from error

    def update(self, lot: Lot) -> None:
        """Replace everything of a lot but `used`."""
        try:
            done = self._connection.execute(
                update(table).where(self._owns, table.c.id == lot.id).values(**_values(lot))
            )
        except IntegrityError as error:
            message = "license_lot: another lot has this key"
            raise StaleWriteError(message) from error
        if done.rowcount != 1:
            message = "license_lot: it is gone"
            raise StaleWriteError(message)

    def take_seat(self, lot_id: str) -> bool:
        """One seat more, by a statement that fails when none is free (False)."""
        done = self._connection.execute(
            update(table)
            .where(self._owns, table.c.id == lot_id, table.c.used < total_seats)
            .values(used=table.c.used + 1)
        )
        return done.rowcount == 1

    def add_used(self, lot_id: str, by: int) -> None:
        """Change `used` whatever the total; never below nothing."""
        changed = table.c.used + by
        self._connection.execute(
            update(table)
            .where(self._owns, table.c.id == lot_id)
            .values(used=case((changed < 0, 0), else_=changed))
        )

    def page(self, query: ListQuery, now: datetime) -> Page[Lot]:
        """One page; `now` decides the state that a filter asks for."""
        return self._listed(now).page(self._connection, query)

    def stream(self, query: ListQuery, now: datetime) -> Iterator[Lot]:
        """Every lot that fits, in order."""
        return self._listed(now).stream(self._connection, query)

    def _listed(self, now: datetime) -> Listed[Lot]:
        columns: Mapping[str, ColumnElement[Any]] = {
            "state": state_at(now),
            "license": table.c.type,
            "type": table.c.type,
            "source": table.c.source,
            "term": table.c.term,
            "quantity": table.c.quantity,
            "totalLicenses": total_seats,
            "totalUsed": table.c.used,
            "available": case((total_seats > table.c.used, total_seats - table.c.used), else_=0),
            "expiration": expiration,
            "updatedOn": table.c.last_verified_at,
            "createdOn": table.c.created_at,
        }
        return Listed(
            statement=select(*LOT_COLUMNS).where(self._owns),
            fields=listing.LICENSES,
            columns=columns,
            folded={},
            search=table.c.search,
            key=(table.c.customer_id, table.c.id),
            read=self._reader(),
        )

    def _reader(self) -> Callable[[Row[Any]], Lot]:
        """Reads a row, with the seats that are held through an Extension Manager."""
        in_exm = self._held_in_exm()
        binding = self._binding

        def read(row: Row[Any]) -> Lot:
            return replace(read_lot(binding, row), used_in_exm=in_exm.get(row.id, 0))

        return read

    def _held_in_exm(self) -> Mapping[str, int]:
        rows = self._connection.execute(
            select(assignment.c.lot_id, func.count())
            .where(
                self._binding.owns(assignment.c.customer_id),
                assignment.c.holder == str(Holder.EXM),
                assignment.c.use.in_([str(use) for use in Use if use.assigned]),
            )
            .group_by(assignment.c.lot_id)
        )
        return {row[0]: row[1] for row in rows}


def state_at(now: datetime) -> ColumnElement[str]:
    """`Lot.state` in SQL."""
    running = and_(table.c.valid == 1, table.c.present == 1, expiration > milliseconds(now))
    return case((running, str(LotState.ACTIVE)), else_=str(LotState.EXPIRED))


def read_lot(binding: Binding, row: Row[Any]) -> Lot:
    """A lot from a row that has its columns under their own names; nothing is held in EXM."""
    base = row.base_expiration
    return Lot(
        customer=binding.customers[row.customer_id].code,
        id=row.id,
        external_id=row.external_id,
        source=LotSource(row.source),
        type=LicenseType(row.type),
        term=row.term,
        quantity=row.quantity,
        overage_percent=row.overage_percent,
        grace_days=row.grace_days,
        base_expiration=None if base is None else moment(base),
        valid=bool(row.valid),
        present=bool(row.present),
        used=row.used,
        used_in_exm=0,
        last_verified_at=moment(row.last_verified_at),
        created_at=moment(row.created_at),
    )


def _values(lot: Lot) -> dict[str, object]:
    """Every column but `used`; a search never sees more of the external id than a list shows."""
    base = lot.base_expiration
    seen = (lot.type, lot.term, lot.source, mask_external_id(lot.external_id))
    return {
        "id": lot.id,
        "external_id": lot.external_id,
        "source": str(lot.source),
        "type": str(lot.type),
        "term": lot.term,
        "quantity": lot.quantity,
        "overage_percent": lot.overage_percent,
        "grace_days": lot.grace_days,
        "base_expiration": None if base is None else milliseconds(base),
        "valid": int(lot.valid),
        "present": int(lot.present),
        "last_verified_at": milliseconds(lot.last_verified_at),
        "created_at": milliseconds(lot.created_at),
        "search": "\n".join(seen).lower(),
    }


def matching(binding: Binding, aid: str) -> Sequence[str]:
    """The ids of the lots that are shown as `aid`, or whose whole external id it is.

    Part of an external id finds nothing: nobody learns by asking what a list hides.
    """
    rows = binding.connection.execute(
        select(table.c.id, table.c.external_id).where(binding.owns(table.c.customer_id))
    )
    shown = {aid, f"***{aid}"}
    return [
        row.id
        for row in rows
        if row.external_id == aid or mask_external_id(row.external_id) in shown
    ]


__all__ = ["LOT_COLUMNS", "LotRows", "expiration", "matching", "read_lot"]
