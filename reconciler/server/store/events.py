"""Events in SQL. They keep the names that were true then, so they refer to no live row."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, insert, select

from reconciler.server.domain import listing
from reconciler.server.domain.event import Event, EventType, Severity
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.listing import Listed
from reconciler.server.store.schema import NO_CUSTOMER
from reconciler.server.store.schema import event as table

_COLUMNS = {
    "timestamp": table.c.id,
    "user": table.c.user_login,
    "type": table.c.type,
    "severity": table.c.severity,
}


class EventRows:
    """The `Events` port."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding

    def add(self, events: Sequence[Event]) -> None:
        """Append, in this order."""
        if not events:
            return
        owner = self._binding.customer_id or NO_CUSTOMER
        rows = [_values(event) | {"customer_id": owner} for event in events]
        self._binding.connection.execute(insert(table), rows)

    def page(self, query: ListQuery) -> Page[Event]:
        """One page."""
        return self._listed().page(self._binding.connection, query)

    def stream(self, query: ListQuery) -> Iterator[Event]:
        """Every event that fits, in order, without holding them all."""
        return self._listed().stream(self._binding.connection, query)

    def users(self) -> Sequence[str]:
        """The login names that occur, sorted."""
        found = self._binding.connection.execute(
            select(table.c.user_login)
            .where(self._binding.owns(table.c.customer_id), table.c.user_login.is_not(None))
            .distinct()
            .order_by(table.c.user_login)
        )
        return [row.user_login for row in found]

    def _listed(self) -> Listed[Event]:
        return Listed(
            statement=select(
                table.c.at,
                table.c.customer_code,
                table.c.info,
                table.c.target,
                table.c.source,
                *_COLUMNS.values(),
            ).where(self._binding.owns(table.c.customer_id)),
            fields=listing.EVENTS,
            columns=_COLUMNS,
            folded={},
            search=table.c.search,
            key=(table.c.id,),
            read=_read,
            timed_id=table.c.id,
        )


def _read(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        timestamp=moment(row.at),
        customer=row.customer_code,
        user_login=row.user_login,
        type=EventType(row.type),
        severity=Severity(row.severity),
        info=row.info,
        target=row.target,
        source=row.source,
    )


def _values(event: Event) -> dict[str, object]:
    seen = (event.user_login, event.type, event.severity, event.info, event.target)
    return {
        "id": event.id,
        "at": milliseconds(event.timestamp),
        "customer_code": event.customer,
        "user_login": event.user_login,
        "type": str(event.type),
        "severity": str(event.severity),
        "info": event.info,
        "target": event.target,
        "source": event.source,
        "search": "\n".join(text for text in seen if text).lower(),
    }
