"""Extension Managers in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.store.binding import Binding
from reconciler.server.store.license_schema import extension_manager as table
from reconciler.server.usecases.license_ports import ExtensionManager

_TIMES = ("last_sync_get_at", "last_push_at")


class ExtensionManagerRows:
    """The `ExtensionManagers` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def find(self, name: str) -> ExtensionManager | None:
        """The one of this name."""
        row = self._binding.connection.execute(
            select(table).where(self._binding.owns(table.c.customer_id), table.c.name == name)
        ).first()
        return None if row is None else _read(row)

    def put(self, manager: ExtensionManager) -> None:
        """Store one, new or not."""
        values = {
            "customer_id": self._binding.customer_id,
            "name": manager.name,
            "created_at": milliseconds(manager.created_at),
            "last_sync_get_at": _stored(manager.last_sync_get_at),
            "last_push_at": _stored(manager.last_push_at),
        }
        self._binding.connection.execute(self._upsert(), values)

    def all(self) -> Sequence[ExtensionManager]:
        """Every one, by name."""
        rows = self._binding.connection.execute(
            select(table).where(self._binding.owns(table.c.customer_id)).order_by(table.c.name)
        )
        return [_read(row) for row in rows]

    def _upsert(self) -> Insert:
        key = ["customer_id", "name"]
        if self._binding.connection.dialect.name == "postgresql":
            new = postgresql.insert(table)
            return new.on_conflict_do_update(
                index_elements=key, set_={n: new.excluded[n] for n in _TIMES}
            )
        newer = sqlite.insert(table)
        return newer.on_conflict_do_update(
            index_elements=key, set_={n: newer.excluded[n] for n in _TIMES}
        )


def _stored(time: datetime | None) -> int | None:
    return None if time is None else milliseconds(time)


def _read(row: Row[Any]) -> ExtensionManager:
    return ExtensionManager(
        name=row.name,
        last_sync_get_at=None if row.last_sync_get_at is None else moment(row.last_sync_get_at),
        last_push_at=None if row.last_push_at is None else moment(row.last_push_at),
        created_at=moment(row.created_at),
    )
