"""Lists in SQL: conditions, order, pages and streams."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    UnaryExpression,
    func,
    select,
)

from reconciler.server.domain.identifiers import first_id, milliseconds
from reconciler.server.domain.listing import (
    Following,
    ListFields,
    ListQuery,
    Page,
    Sort,
    read_cursor,
    write_cursor,
)

Entity = TypeVar("Entity")
_BATCH = 500
_ESCAPE = "\\"


@dataclass(frozen=True)
class _CursorOrder:
    column: Column[str]
    descending: bool


@dataclass(frozen=True)
class Listed(Generic[Entity]):
    """How one kind is listed. `columns` maps the API's field names; `key` settles ties.

    A filter whose value is folded stands in `folded` and compares with that column instead.
    `since` and `until` go by `time`, or by `timed_id`: an identifier that begins with its row's
    time, so that one index serves order, window and cursor alike.
    """

    statement: Select[Any]
    fields: ListFields
    columns: Mapping[str, ColumnElement[Any]]
    folded: Mapping[str, ColumnElement[Any]]
    search: ColumnElement[str]
    key: Sequence[ColumnElement[Any]]
    read: Callable[[Row[Any]], Entity]
    time: ColumnElement[int] | None = None
    timed_id: Column[str] | None = None

    def page(self, connection: Connection, query: ListQuery) -> Page[Entity]:
        """One page, and unless it is asked for by cursor the number of all rows that fit."""
        found = self._matching(query)
        counted = query.after is None
        total = self._count(connection, found) if counted else 0
        # One row more than the page holds tells whether anything follows.
        statement = found.order_by(*self._order(query)).limit(query.size + 1)
        rows = connection.execute(statement.offset(query.page * query.size)).all()
        shown = tuple(map(self.read, rows[: query.size]))
        following = self._following(query, rows)
        return Page(shown, query.page, query.size, total, following, counted)

    def stream(self, connection: Connection, query: ListQuery) -> Iterator[Entity]:
        """Every row that fits, in order, a few at a time; closing it early frees the cursor."""
        # On the statement: set on the connection, it would hold for every later statement too.
        rows = connection.execute(
            self._matching(query).order_by(*self._order(query)),
            execution_options={"yield_per": _BATCH},
        )
        try:
            yield from map(self.read, rows)
        finally:
            rows.close()

    def _count(self, connection: Connection, found: Select[Any]) -> int:
        rows = found.with_only_columns(self.key[-1], maintain_column_froms=True).subquery()
        return connection.execute(select(func.count()).select_from(rows)).scalar_one()

    def _matching(self, query: ListQuery) -> Select[Any]:
        conditions = [
            self.folded[name] == value.lower()
            if name in self.folded
            else self.columns[name] == value
            for name, value in query.filters.items()
        ]
        if query.q:
            conditions.append(contains(self.search, query.q))
        return self.statement.where(*conditions, *self._window(query), *self._behind(query))

    def _window(self, query: ListQuery) -> Iterator[ColumnElement[bool]]:
        if self.timed_id is not None:
            # A bound that no id fails keeps SQLite from reading all rows in the order of some
            # other index of the customer's, which takes ten times as long.
            yield self.timed_id >= ("" if query.since is None else first_id(query.since))
            if query.until is not None:
                yield self.timed_id < first_id(query.until)
        elif self.time is not None:
            if query.since is not None:
                yield self.time >= milliseconds(query.since)
            if query.until is not None:
                yield self.time < milliseconds(query.until)

    def _behind(self, query: ListQuery) -> Iterator[ColumnElement[bool]]:
        order = self._cursor_order(query)
        if query.after is not None and order is not None:
            last = read_cursor(query.after)
            yield order.column < last if order.descending else order.column > last

    def _following(self, query: ListQuery, rows: Sequence[Row[Any]]) -> Following | None:
        order = self._cursor_order(query)
        if order is None:
            return None
        if len(rows) <= query.size:
            return Following(None)
        last = getattr(rows[query.size - 1], order.column.name)
        return Following(write_cursor(last, descending=order.descending))

    def _cursor_order(self, query: ListQuery) -> _CursorOrder | None:
        order = self.fields.cursor_order(query)
        if order is None or self.timed_id is None:
            return None
        return _CursorOrder(self.timed_id, order.descending)

    def _order(self, query: ListQuery) -> list[UnaryExpression[Any]]:
        """The wanted order, made total by the key: two pages never show the same row."""
        wanted = query.sort or self.fields.default
        order = [_ordered(self.columns[sort.field], sort) for sort in wanted]
        taken = [self.columns[sort.field] for sort in wanted]
        key = [column for column in self.key if not any(column is other for other in taken)]
        return order + [column.asc() for column in key]


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a lowered column contains a text, whatever its case; wildcards are plain signs."""
    escaped = text.lower()
    for sign in (_ESCAPE, "%", "_"):
        escaped = escaped.replace(sign, _ESCAPE + sign)
    return column.like(f"%{escaped}%", escape=_ESCAPE)


def _ordered(column: ColumnElement[Any], sort: Sort) -> UnaryExpression[Any]:
    """Nothing sorts before something, on both databases.

    Where nothing is never stored, no word of it: PostgreSQL would not take the index for it.
    """
    if isinstance(column, Column) and not column.nullable:
        return column.desc() if sort.descending else column.asc()
    return column.desc().nulls_last() if sort.descending else column.asc().nulls_first()


def chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Keys in portions that a statement can bind."""
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
