"""PostgreSQL databases that several tests use, one after the other.

Putting one back to its beginning costs a tenth of dropping it and copying another one. It is put
back only if nothing but its rows has changed; if not, it is not used again.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Identifier


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a database holds when it is new."""

    rows: Mapping[str, bytes]
    """Of each table, as COPY writes them."""
    counters: Sequence[tuple[str, int, int | None]]
    """Name, first value and last value of each sequence; None if it has given none."""


# Whatever makes, changes or drops a table, column, index, rule or function, empties a table, or
# collects statistics, changes one of these sums; inserting, updating and deleting rows does not.
_CATALOGS: Final = (
    "pg_class",
    "pg_attribute",
    "pg_attrdef",
    "pg_constraint",
    "pg_index",
    "pg_trigger",
    "pg_rewrite",
    "pg_proc",
    "pg_namespace",
    "pg_type",
)
_SUMS: Final = (f"(SELECT sum(xmin::text::bigint) + count(*) FROM {name})" for name in _CATALOGS)  # noqa: S608 - names above
_STATISTICS: Final = "(SELECT count(*) FROM pg_statistic WHERE starelid >= 16384)"
_SHAPE: Final = f"SELECT {_STATISTICS}, {', '.join(_SUMS)}"
_TABLES: Final = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
_BYTES: Final = """
    SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_MOST_BYTES: Final = 4 * 1024 * 1024
"""Deleted rows take up room that later tests would have to read."""
_OTHERS: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_COUNTERS: Final = """
    SELECT format('%I.%I', schemaname, sequencename), start_value, last_value FROM pg_sequences
"""
_COUNT: Final = "SELECT setval(%s::regclass, coalesce(%s, %s), %s)"


@dataclass(frozen=True, slots=True)
class Recycled:
    """One database; `beginning` is what it held when it was new."""

    name: str
    url: str
    connection: psycopg.Connection[tuple[Any, ...]]
    shape: tuple[Any, ...]
    beginning: Beginning

    @classmethod
    def open(cls, name: str, url: str, dsn: str, beginning: Beginning | None) -> "Recycled":
        """A new database; `beginning` saves reading its rows if another one like it was new."""
        connection = psycopg.connect(dsn, autocommit=True)
        shape = _one(connection, _SHAPE)
        return cls(name, url, connection, shape, beginning or _read(connection))

    def put_back(self) -> bool:
        """Make it as it was when it was new; False if it cannot be used again."""
        try:
            self.connection.execute(_OTHERS)
            if not self._only_rows_changed():
                return False
            with self.connection.transaction():
                self._replace_rows()
        except psycopg.Error:  # a lock that a lost connection holds, a right that is missing, …
            return False
        return True

    def close(self) -> None:
        """Let go of it; dropping it is left to the caller."""
        with suppress(psycopg.Error):  # it may be broken, which is why it is dropped
            self.connection.close()

    def _only_rows_changed(self) -> bool:
        return (
            _one(self.connection, _SHAPE) == self.shape
            and _one(self.connection, _BYTES)[0] < _MOST_BYTES
        )

    def _replace_rows(self) -> None:
        # References between rows hold at the beginning; checking each in between takes longer.
        settings = "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '5s'"
        self.connection.execute(settings)
        deletes = [SQL("DELETE FROM {}").format(Identifier(table)) for table in self.beginning.rows]
        self.connection.execute(SQL(";").join(deletes))
        for table, rows in self.beginning.rows.items():
            if rows:
                statement = SQL("COPY {} FROM STDIN").format(Identifier(table))
                with self.connection.cursor().copy(statement) as copy:
                    copy.write(rows)
        for name, first, last in self.beginning.counters:
            self.connection.execute(_COUNT, (name, last, first, last is not None))


def _one(connection: psycopg.Connection[tuple[Any, ...]], query: str) -> tuple[Any, ...]:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row


def _read(connection: psycopg.Connection[tuple[Any, ...]]) -> Beginning:
    rows: dict[str, bytes] = {}
    for (table,) in connection.execute(_TABLES).fetchall():
        statement = SQL("COPY {} TO STDOUT").format(Identifier(table))
        with connection.cursor().copy(statement) as copy:
            rows[table] = b"".join(bytes(part) for part in copy)
    counters = connection.execute(_COUNTERS).fetchall()
    return Beginning(rows, [(name, first, last) for name, first, last in counters])
