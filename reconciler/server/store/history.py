"""History in SQL. It keeps the names that were true then, so it refers to no live row."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, insert, select

from reconciler.server.domain import listing
from reconciler.server.domain.history import Action, HistoryRecord, Result
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import history as table
from reconciler.server.store.listing import Listed
from reconciler.server.store.schema import NO_CUSTOMER

_COLUMNS = {
    "timestamp": table.c.id,
    "action": table.c.action,
    "token": table.c.token,
    "appId": table.c.app_id,
    "deviceId": table.c.device_id,
    "result": table.c.result,
    "code": table.c.code,
}


class HistoryRows:
    """The `History` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def add(self, records: Sequence[HistoryRecord]) -> None:
        """Append, in this order."""
        if not records:
            return
        owner = self._binding.customer_id or NO_CUSTOMER
        rows = [_values(record) | {"customer_id": owner} for record in records]
        self._binding.connection.execute(insert(table), rows)

    def page(self, query: ListQuery) -> Page[HistoryRecord]:
        """One page."""
        return self._listed().page(self._binding.connection, query)

    def stream(self, query: ListQuery) -> Iterator[HistoryRecord]:
        """Every record that fits, in order, without holding them all."""
        return self._listed().stream(self._binding.connection, query)

    def _listed(self) -> Listed[HistoryRecord]:
        return Listed(
            statement=select(
                table.c.at,
                table.c.customer_code,
                table.c.detail,
                table.c.remote_address,
                *_COLUMNS.values(),
            ).where(self._binding.owns(table.c.customer_id)),
            fields=listing.HISTORY,
            columns=_COLUMNS,
            folded={},
            search=table.c.search,
            key=(table.c.id,),
            read=_read,
            timed_id=table.c.id,
        )


def _read(row: Row[Any]) -> HistoryRecord:
    return HistoryRecord(
        id=row.id,
        timestamp=moment(row.at),
        customer=row.customer_code,
        action=Action(row.action),
        token=row.token,
        app_id=row.app_id,
        device_id=row.device_id,
        result=Result(row.result),
        code=row.code,
        detail=row.detail,
        remote_address=row.remote_address,
    )


def _values(record: HistoryRecord) -> dict[str, object]:
    seen = (
        record.action,
        record.token,
        record.app_id,
        record.device_id,
        record.result,
        record.code,
        record.detail,
    )
    return {
        "id": record.id,
        "at": milliseconds(record.timestamp),
        "customer_code": record.customer,
        "action": str(record.action),
        "token": record.token,
        "app_id": record.app_id,
        "device_id": record.device_id,
        "result": str(record.result),
        "code": record.code,
        "detail": record.detail,
        "remote_address": record.remote_address,
        "search": "\n".join(text for text in seen if text).lower(),
    }
