"""Downloads by day and application in SQL."""

from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import Insert, func, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import token_request as table

_COUNT = table.c["count"]
_KEY = ("customer_id", "day", "app_id")


class TokenRequestRows:
    """The `TokenRequests` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def count(self, day: date, app_id: str, by: int = 1) -> None:
        """Add to a day's count."""
        values = {
            "customer_id": self._binding.customer_id,
            "day": day.isoformat(),
            "app_id": app_id,
            "count": by,
        }
        connection = self._binding.connection
        connection.execute(_adding(connection.dialect.name), values)

    def series(self, first: date, last: date) -> Sequence[tuple[date, str, int]]:
        """The counts of these days, both included, summed over the transaction's reach."""
        found = self._binding.connection.execute(
            select(table.c.day, table.c.app_id, func.sum(_COUNT).label("sum"))
            .where(
                self._binding.owns(table.c.customer_id),
                # No BETWEEN: PostgreSQL cannot parse a collation inside it.
                table.c.day >= first.isoformat(),
                table.c.day <= last.isoformat(),
            )
            .group_by(table.c.day, table.c.app_id)
            .order_by(table.c.day, table.c.app_id)
        )
        return [(date.fromisoformat(row.day), row.app_id, int(row.sum)) for row in found]

    def first_day(self) -> date | None:
        """The first day that has a count."""
        day = self._binding.connection.execute(
            select(func.min(table.c.day)).where(self._binding.owns(table.c.customer_id))
        ).scalar_one()
        return None if day is None else date.fromisoformat(day)


@cache
def _adding(dialect: str) -> Insert:
    """One statement, so that two downloads at once both count; made once for each database."""
    adding: postgresql.Insert | sqlite.Insert = (
        postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    )
    more = {"count": _COUNT + adding.excluded["count"]}
    return adding.on_conflict_do_update(index_elements=_KEY, set_=more)
