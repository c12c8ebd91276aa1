"""Snapshots of a day's seats in SQL."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.store.binding import Binding
from reconciler.server.store.license_schema import license_snapshot as table
from reconciler.server.usecases.license_ports import Snapshot

_KEY = ("customer_id", "day")
_COUNTS = ("premium_used", "premium_total", "standard_used", "standard_total")


class SnapshotRows:
    """The `Snapshots` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        self._connection = binding.connection

    @property
    def _owns(self) -> ColumnElement[bool]:
        return self._binding.owns(table.c.customer_id)

    def put(self, snapshot: Snapshot) -> None:
        """Store one in place of the day's."""
        counts = {name: getattr(snapshot, name) for name in _COUNTS}
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(table).values(
            customer_id=self._binding.customer_id, day=snapshot.day.isoformat(), **counts
        )
        self._connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=counts))

    def days(self, first: date, last: date) -> Sequence[Snapshot]:
        """Snapshots of these days, both included, summed over the transaction's reach."""
        rows = self._connection.execute(
            select(table.c.day, *(func.sum(table.c[name]) for name in _COUNTS))
            # No BETWEEN: PostgreSQL cannot parse a collation inside it.
            .where(self._owns, table.c.day >= first.isoformat(), table.c.day <= last.isoformat())
            .group_by(table.c.day)
            .order_by(table.c.day)
        )
        return [Snapshot(date.fromisoformat(row[0]), *map(int, row[1:])) for row in rows]

    def first_day(self) -> date | None:
        """The first day that has one."""
        found = self._connection.execute(select(func.min(table.c.day)).where(self._owns)).scalar()
        return None if found is None else date.fromisoformat(found)
