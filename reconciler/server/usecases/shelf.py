"""Rows of one kind while a change set is decided: as stored, and as decided so far."""

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

from reconciler.server.usecases.ports import Declared


class Versioned(Protocol):
    """Anything with a version."""

    @property
    def version(self) -> int:
        """Counts from 1."""


Row = TypeVar("Row", bound=Versioned)


class Shelf(Generic[Row]):
    """Decisions are taken one after another here, and stored together by the three last methods.

    An object that is deleted and created again keeps counting versions, so an old tag never fits
    the new object.
    """

    def __init__(self, stored: Mapping[str, Row]) -> None:
        self._stored = dict(stored)
        self._rows = dict(stored)
        self._versions = {key: row.version for key, row in stored.items()}
        self._renewed: set[str] = set()

    def get(self, key: str) -> Row | None:
        """The row as decided so far."""
        return self._rows.get(key)

    def next_version(self, key: str) -> int:
        """The version that the next put gets."""
        return self._versions.get(key, 0) + 1

    def put(self, key: str, row: Row) -> None:
        """Create or replace."""
        if key not in self._rows and key in self._stored:
            self._renewed.add(key)
        # At the end: rows are stored in the order of their decisions, so that of two that pass a
        # unique value on, the giver goes first.
        self._rows.pop(key, None)
        self._rows[key] = row
        self._versions[key] = row.version

    def remove(self, key: str) -> None:
        """Delete."""
        del self._rows[key]

    def clear_renewed(self, declared: Declared[Row]) -> None:
        """Delete what is created again, so nothing of the old object survives in the new one."""
        declared.delete([self._stored.pop(key) for key in sorted(self._renewed)])
        self._renewed.clear()

    def store_kept(self, declared: Declared[Row]) -> None:
        """Insert and update."""
        new = [row for key, row in self._rows.items() if key not in self._stored]
        declared.insert(new)
        declared.update(
            [
                (self._stored[key].version, row)
                for key, row in self._rows.items()
                if key in self._stored and row is not self._stored[key]
            ]
        )

    def delete_gone(self, declared: Declared[Row]) -> None:
        """Delete."""
        gone = [key for key in self._stored if key not in self._rows]
        declared.delete([self._stored.pop(key) for key in gone])
