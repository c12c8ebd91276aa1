"""Counters of vain tries in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Insert, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.store.binding import Binding
from reconciler.server.store.schema import throttle as table
from reconciler.server.usecases.ports import Tries


class ThrottleRows:
    """The `Throttles` port."""

    def __init__(self, binding: Binding) -> None:
        self._connection = binding.connection

    def read(self, keys: Sequence[str]) -> Mapping[str, Tries]:
        """A counter for each key, locked until the transaction ends.

        A missing row could not be locked, so it is made first; keys go in one order for everyone,
        so two readers never wait for each other in a circle.
        """
        ordered = sorted(set(keys))
        rows = [{"key": key, "tries": 0, "last_at": None} for key in ordered]
        self._connection.execute(self._insert_missing(), rows)
        found = self._connection.execute(
            select(table).where(table.c.key.in_(ordered)).order_by(table.c.key).with_for_update()
        )
        return {
            row.key: Tries(row.tries, None if row.last_at is None else moment(row.last_at))
            for row in found
        }

    def put(self, key: str, tries: Tries) -> None:
        """Store a counter."""
        last = None if tries.last_at is None else milliseconds(tries.last_at)
        self._connection.execute(
            update(table).where(table.c.key == key).values(tries=tries.count, last_at=last)
        )

    def clear(self, keys: Sequence[str]) -> None:
        """Forget counters."""
        self._connection.execute(delete(table).where(table.c.key.in_(sorted(set(keys)))))

    def forget(self, before: datetime) -> int:
        """Forget counters that last moved before; how many there were."""
        gone = self._connection.execute(delete(table).where(table.c.last_at < milliseconds(before)))
        return gone.rowcount

    def _insert_missing(self) -> Insert:
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return sqlite.insert(table).on_conflict_do_nothing()
