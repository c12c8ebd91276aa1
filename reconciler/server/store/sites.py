"""Sites in SQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, ScalarSelect, func, select

from reconciler.server.domain import listing
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.site import Site, SiteOrigin
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import device
from reconciler.server.store.listing import Listed
from reconciler.server.store.rows import DeclaredRows, Shape
from reconciler.server.store.schema import site as table


def site_rows(binding: Binding) -> DeclaredRows[Site]:
    """The sites of this transaction's tenant."""
    return DeclaredRows(binding, _SHAPE)


def _listed(binding: Binding) -> Listed[Site]:
    def read(row: Row[Any]) -> Site:
        return Site(
            customer=binding.customers[row.customer_id].code,
            name=row.name,
            pro_server_name=row.pro_server_name,
            device_count=row.device_count,
            source=row.source,
            created_at=moment(row.created_at),
            updated_at=moment(row.updated_at),
            updated_by=row.updated_by,
            version=row.version,
            origin=SiteOrigin(row.origin),
        )

    columns = {
        "name": table.c.name,
        "proServerName": table.c.pro_server_name,
        "createdAt": table.c.created_at,
        "updatedAt": table.c.updated_at,
        "updatedBy": table.c.updated_by,
        "version": table.c.version,
    }
    return Listed(
        statement=select(
            table.c.customer_id,
            table.c.source,
            table.c.origin,
            _devices(binding).label("device_count"),
            *columns.values(),
        ).where(binding.owns(table.c.customer_id)),
        fields=listing.SITES,
        columns=columns,
        folded={},
        search=table.c.search,
        key=(table.c.customer_id, table.c.name),
        read=read,
    )


def _devices(binding: Binding) -> ScalarSelect[int]:
    """How many devices are registered at the site of the row."""
    return (
        select(func.count())
        .where(
            binding.owns(device.c.customer_id),
            device.c.customer_id == table.c.customer_id,
            device.c.site == table.c.name,
        )
        .correlate(table)
        .scalar_subquery()
    )


def _values(row: Site) -> Mapping[str, object]:
    return {
        "name": row.name,
        "pro_server_name": row.pro_server_name,
        "origin": str(row.origin),
        "source": row.source,
        "created_at": milliseconds(row.created_at),
        "updated_at": milliseconds(row.updated_at),
        "updated_by": row.updated_by,
        "version": row.version,
        "search": f"{row.name}\n{row.pro_server_name}".lower(),
    }


_SHAPE = Shape(table, table.c.name, _values, _listed)
