"""What simulators remember, in SQL."""

from collections.abc import Mapping

from sqlalchemy import Insert, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.store.binding import Binding
from reconciler.server.store.job_schema import simulated as table


class SimulatedRows:
    """The `Simulated` port."""

    def __init__(self, binding: Binding) -> None:
        self._connection = binding.connection

    def get(self, partner: str, key: str) -> str | None:
        """What is kept under a key."""
        statement = select(table.c.body).where(table.c.partner == partner, table.c.key == key)
        return self._connection.execute(statement).scalar_one_or_none()

    def all(self, partner: str, prefix: str = "") -> Mapping[str, str]:
        """Everything of a partner whose key begins so, by key."""
        rows = self._connection.execute(
            select(table.c.key, table.c.body)
            .where(table.c.partner == partner, table.c.key.startswith(prefix, autoescape=True))
            .order_by(table.c.key)
        )
        # LIKE forgets the case of letters on SQLite.
        return {row.key: row.body for row in rows if row.key.startswith(prefix)}

    def put(self, partner: str, key: str, body: str) -> None:
        """Keep something, in place of what was there."""
        self._connection.execute(self._upsert(), {"partner": partner, "key": key, "body": body})

    def drop(self, partner: str, key: str) -> None:
        """Forget a key."""
        self._connection.execute(
            delete(table).where(table.c.partner == partner, table.c.key == key)
        )

    def _upsert(self) -> Insert:
        key = ["partner", "key"]
        if self._connection.dialect.name == "postgresql":
            new = postgresql.insert(table)
            return new.on_conflict_do_update(index_elements=key, set_={"body": new.excluded.body})
        newer = sqlite.insert(table)
        return newer.on_conflict_do_update(index_elements=key, set_={"body": newer.excluded.body})
