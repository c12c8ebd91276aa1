"""Lists in SQL: conditions, order, pages and streams."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, UnaryExpression, func, select

from reconciler.server.domain.identifiers import milliseconds
from reconciler.server.domain.listing import ListFields, ListQuery, Page, Sort

Entity = TypeVar("Entity")
_BATCH = 500
_ESCAPE = "\\"


@dataclass(frozen=True)
class Listed(Generic[Entity]):
    """How one kind is listed. `columns` maps the API's field names; `key` settles ties.

    A filter whose value is folded stands in `folded` and compares with that column instead.
    """

    statement: Select[Any]
    fields: ListFields
    columns: Mapping[str, ColumnElement[Any]]
    folded: Mapping[str, ColumnElement[Any]]
    search: ColumnElement[str]
    key: Sequence[ColumnElement[Any]]
    read: Callable[[Row[Any]], Entity]
    time: ColumnElement[int] | None = None

    def page(self, connection: Connection, query: ListQuery) -> Page[Entity]:
        """One page and the number of all rows that fit."""
        found = self._matching(query)
        total = connection.execute(
            select(func.count()).select_from(
                found.with_only_columns(self.key[-1], maintain_column_froms=True).subquery()
            )
        ).scalar_one()
        rows = connection.execute(
            found.order_by(*self._order(query)).limit(query.size).offset(query.page * query.size)
        )
        return Page(tuple(map(self.read, rows)), query.page, query.size, total)

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

    def _matching(self, query: ListQuery) -> Select[Any]:
        conditions = [
            self.folded[name] == value.lower()
            if name in self.folded
            else self.columns[name] == value
            for name, value in query.filters.items()
        ]
        if query.q:
            conditions.append(contains(self.search, query.q))
        if self.time is not None and query.since is not None:
            conditions.append(self.time >= milliseconds(query.since))
        if self.time is not None and query.until is not None:
            conditions.append(self.time < milliseconds(query.until))
        return self.statement.where(*conditions)

    def _order(self, query: ListQuery) -> list[UnaryExpression[Any]]:
        """The wanted order, made total by the key: two pages never show the same row."""
        order = [_ordered(self.columns[s.field], s) for s in query.sort or self.fields.default]
        return order + [column.asc() for column in self.key]


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Whether a lowered column contains a text, whatever its case; wildcards are plain signs."""
    escaped = text.lower()
    for sign in (_ESCAPE, "%", "_"):
        escaped = escaped.replace(sign, _ESCAPE + sign)
    return column.like(f"%{escaped}%", escape=_ESCAPE)


def _ordered(column: ColumnElement[Any], sort: Sort) -> UnaryExpression[Any]:
    """Nothing sorts before something, on both databases."""
    return column.desc().nulls_last() if sort.descending else column.asc().nulls_first()


def chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Keys in portions that a statement can bind."""
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
