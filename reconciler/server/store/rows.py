"""Rows that callers declare: found by key, written under their version."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Executable, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.schema import Column, Table

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.listing import Listed, chunks
from reconciler.server.usecases.ports import StaleWriteError

Entity = TypeVar("Entity")
_MANY = 500


@dataclass(frozen=True)
class Shape(Generic[Entity]):
    """One kind's table. `values` are the columns of a write, among them key and version.

    `server_owned` columns belong to the server: an update leaves them as they are.
    """

    table: Table
    key: Column[str]
    values: Callable[[Entity], Mapping[str, object]]
    listed: Callable[[Binding], Listed[Entity]]
    server_owned: frozenset[str] = frozenset()


class DeclaredRows(Generic[Entity]):
    """The `Declared` port over one table."""

    def __init__(self, binding: Binding, shape: Shape[Entity]) -> None:
        self._binding = binding
        self._shape = shape
        self._owner: Column[str] = shape.table.c.customer_id

    def find(self, keys: Sequence[str]) -> Mapping[str, Entity]:
        """The rows that exist, by key."""
        listed = self._shape.listed(self._binding)
        found: dict[str, Entity] = {}
        for part in chunks(keys):
            statement = listed.statement.add_columns(self._shape.key.label("found_key"))
            rows = self._binding.connection.execute(statement.where(self._shape.key.in_(part)))
            found |= {row.found_key: listed.read(row) for row in rows}
        return found

    def holders(self, key: str) -> Sequence[CustomerRef]:
        """The customers that have a row of this key."""
        rows = self._binding.connection.execute(
            select(self._owner).where(
                self._shape.key == key,
                self._owner.is_not(None),
                self._binding.owns(self._owner),
            )
        )
        return [self._binding.customers[row[0]] for row in rows]

    def insert(self, rows: Sequence[Entity]) -> None:
        """Store new rows. Raises StaleWriteError when one exists meanwhile."""
        if not rows:
            return
        owner = {"customer_id": self._binding.customer_id}
        values = [{**self._shape.values(row), **owner} for row in rows]
        self._execute(insert(self._shape.table), values)
        if len(values) >= _MANY and self._binding.connection.dialect.name == "postgresql":
            # Until the planner knows that the table has grown, it reads all of it for each row.
            self._binding.connection.execute(text(f"ANALYZE {self._shape.table.name}"))

    def update(self, rows: Sequence[tuple[int, Entity]]) -> None:
        """Replace rows of exactly these stored versions. Raises StaleWriteError otherwise."""
        if not rows:
            return
        values = [dict(self._shape.values(row)) for _, row in rows]
        key = self._shape.key.name
        changed = [
            name for name in values[0] if name != key and name not in self._shape.server_owned
        ]
        statement = (
            update(self._shape.table)
            .where(*self._conditions())
            .values({name: bindparam(f"new_{name}") for name in changed})
        )
        parameters = [
            {f"new_{name}": row[name] for name in changed}
            | {"old_key": row[key], "old_version": version}
            for (version, _), row in zip(rows, values, strict=True)
        ]
        self._exactly(statement, parameters)

    def delete(self, rows: Sequence[Entity]) -> None:
        """Remove rows of exactly these versions. Raises StaleWriteError otherwise."""
        if not rows:
            return
        key = self._shape.key.name
        values = [self._shape.values(row) for row in rows]
        self._exactly(
            delete(self._shape.table).where(*self._conditions()),
            [{"old_key": row[key], "old_version": row["version"]} for row in values],
        )

    def page(self, query: ListQuery) -> Page[Entity]:
        """One page."""
        return self._shape.listed(self._binding).page(self._binding.connection, query)

    def stream(self, query: ListQuery) -> Iterator[Entity]:
        """Every row that fits, in order, without holding them all."""
        return self._shape.listed(self._binding).stream(self._binding.connection, query)

    def _conditions(self) -> tuple[Any, ...]:
        """Owner, key and version stand in the statement itself (DEC-4)."""
        return (
            self._binding.owns(self._owner),
            self._shape.key == bindparam("old_key"),
            self._shape.table.c.version == bindparam("old_version"),
        )

    def _exactly(self, statement: Executable, parameters: Sequence[Mapping[str, object]]) -> None:
        result = self._execute(statement, parameters)
        if result != len(parameters):
            message = f"{self._shape.table.name}: {result} of {len(parameters)} rows were as read"
            raise StaleWriteError(message)

    def _execute(self, statement: Executable, parameters: Sequence[Mapping[str, object]]) -> int:
        try:
            result = self._binding.connection.execute(statement, [dict(p) for p in parameters])
        except IntegrityError as error:
            message = f"{self._shape.table.name}: a row was there already, or is still in use"
            raise StaleWriteError(message) from error
        return result.rowcount
