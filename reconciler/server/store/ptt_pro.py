"""Own entries of PTT Pro's device tables, and what waits to be told, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import ptt_pro_entry as entry_table
from reconciler.server.store.device_schema import ptt_pro_task as task_table
from reconciler.server.store.listing import chunks
from reconciler.server.usecases.device_ports import PttProEntry, PttProTask


class PttProRows:
    """The `PttProEntries` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def find(self, device_ids: Sequence[str]) -> Mapping[str, PttProEntry]:
        """Own entries, by device."""
        return {
            row.device_id: _entry(row)
            for part in chunks(device_ids)
            for row in self._binding.connection.execute(
                select(entry_table).where(
                    self._binding.owns(entry_table.c.customer_id),
                    entry_table.c.device_id.in_(part),
                )
            )
        }

    def put(self, entry: PttProEntry) -> None:
        """Store one in place of the device's."""
        self.remove(entry.device_id)
        values = {
            "customer_id": self._binding.customer_id,
            "device_id": entry.device_id,
            "server": entry.server,
            "site": entry.site,
            "adopted_from_manual": int(entry.adopted_from_manual),
            "provisioned_at": milliseconds(entry.provisioned_at),
        }
        self._binding.connection.execute(insert(entry_table), values)

    def remove(self, device_id: str) -> None:
        """Forget one."""
        self._binding.connection.execute(
            delete(entry_table).where(
                self._binding.owns(entry_table.c.customer_id),
                entry_table.c.device_id == device_id,
            )
        )

    def servers(self, device_id: str) -> Sequence[str]:
        """The servers where a device has an entry of any customer, within the reach."""
        rows = self._binding.connection.execute(
            select(entry_table.c.server).where(
                self._binding.owns(entry_table.c.customer_id),
                entry_table.c.device_id == device_id,
            )
        )
        return [row.server for row in rows]

    def leaving(self, device_id: str) -> Sequence[str]:
        """The servers that wait to be told, for any customer, to delete a device's entry."""
        rows = self._binding.connection.execute(
            select(task_table.c.server).where(
                self._binding.owns(task_table.c.customer_id),
                task_table.c.device_id == device_id,
                task_table.c.site.is_(None),
            )
        )
        return [row.server for row in rows]

    def queue(self, task: PttProTask) -> None:
        """Store a task in place of the device's earlier ones on that server."""
        self._binding.connection.execute(
            delete(task_table).where(
                self._binding.owns(task_table.c.customer_id),
                task_table.c.device_id == task.device_id,
                task_table.c.server == task.server,
            )
        )
        values = {
            "customer_id": self._binding.customer_id,
            "id": task.id,
            "server": task.server,
            "device_id": task.device_id,
            "site": task.site,
            "tries": task.tries,
            "next_at": milliseconds(task.next_at),
            "created_at": milliseconds(task.created_at),
        }
        self._binding.connection.execute(insert(task_table), values)

    def tasks(self, device_id: str) -> Sequence[PttProTask]:
        """What waits to be told about a device, oldest first."""
        rows = self._binding.connection.execute(
            select(task_table)
            .where(
                self._binding.owns(task_table.c.customer_id),
                task_table.c.device_id == device_id,
            )
            .order_by(task_table.c.id)
        )
        return [_task(row) for row in rows]

    def due(self, now: datetime, limit: int) -> Sequence[tuple[CustomerRef, PttProTask]]:
        """Tasks whose time has come within the transaction's reach, oldest first."""
        rows = self._binding.connection.execute(
            select(task_table)
            .where(
                self._binding.owns(task_table.c.customer_id),
                task_table.c.next_at <= milliseconds(now),
            )
            .order_by(task_table.c.next_at, task_table.c.id)
            .limit(limit)
        ).all()
        return [(self._binding.customers[row.customer_id], _task(row)) for row in rows]

    def drop(self, task_id: str) -> None:
        """Forget a task."""
        self._binding.connection.execute(
            delete(task_table).where(
                self._binding.owns(task_table.c.customer_id), task_table.c.id == task_id
            )
        )


def _entry(row: Row[Any]) -> PttProEntry:
    return PttProEntry(
        device_id=row.device_id,
        server=row.server,
        site=row.site,
        adopted_from_manual=bool(row.adopted_from_manual),
        provisioned_at=moment(row.provisioned_at),
    )


def _task(row: Row[Any]) -> PttProTask:
    return PttProTask(
        id=row.id,
        server=row.server,
        device_id=row.device_id,
        site=row.site,
        tries=row.tries,
        next_at=moment(row.next_at),
        created_at=moment(row.created_at),
    )
