"""Bootstraps in SQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select

from reconciler.server.domain import listing
from reconciler.server.domain.bootstrap import Bootstrap, digest
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.store.binding import Binding
from reconciler.server.store.listing import Listed
from reconciler.server.store.rows import DeclaredRows, Shape
from reconciler.server.store.schema import bootstrap as table
from reconciler.server.store.schema import token

_SEPARATOR = "\n"
_TOKENS = (
    select(func.aggregate_strings(token.c.name, _SEPARATOR))
    .where(token.c.customer_id == table.c.customer_id, token.c.bootstrap == table.c.name)
    .scalar_subquery()
    .label("tokens")
)


def bootstrap_rows(binding: Binding) -> DeclaredRows[Bootstrap]:
    """The bootstraps of this transaction's tenant."""
    return DeclaredRows(binding, _SHAPE)


def _listed(binding: Binding) -> Listed[Bootstrap]:
    def read(row: Row[Any]) -> Bootstrap:
        return Bootstrap(
            customer=binding.customers[row.customer_id].code,
            name=row.name,
            text=row.text,
            tokens=tuple(sorted(row.tokens.split(_SEPARATOR))) if row.tokens else (),
            source=row.source,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
            updated_by=row.updated_by,
            version=row.version,
        )

    return Listed(
        statement=select(
            table.c.customer_id,
            table.c.name,
            table.c.text,
            table.c.source,
            table.c.created_at,
            table.c.updated_at,
            table.c.updated_by,
            table.c.version,
            _TOKENS,
        ).where(binding.owns(table.c.customer_id)),
        fields=listing.BOOTSTRAPS,
        columns={
            "name": table.c.name,
            "createdAt": table.c.created_at,
            "updatedAt": table.c.updated_at,
            "updatedBy": table.c.updated_by,
            "version": table.c.version,
        },
        folded={},
        search=table.c.search,
        key=(table.c.customer_id, table.c.name),
        read=read,
    )


def _values(row: Bootstrap) -> Mapping[str, object]:
    return {
        "name": row.name,
        "text": row.text,
        "sha256": digest(row.text),
        "source": row.source,
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
        "updated_by": row.updated_by,
        "version": row.version,
        "search": f"{row.name}\n{row.text}".lower(),
    }


_SHAPE = Shape(table, table.c.name, _values, _listed)
