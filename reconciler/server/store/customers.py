"""Customers in SQL."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from reconciler.server.domain import listing
from reconciler.server.domain.customer import Customer, CustomerContent, FlagOverrides
from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.listing import ListQuery, Page
from reconciler.server.store.binding import Binding
from reconciler.server.store.device_schema import (
    device,
    device_owner,
    ptt_pro_entry,
    ptt_pro_task,
    token_request,
)
from reconciler.server.store.license_schema import (
    extension_manager,
    license_assignment,
    license_lot,
    license_snapshot,
)
from reconciler.server.store.listing import Listed
from reconciler.server.store.schema import bootstrap, portal_user, site, token, token_owner
from reconciler.server.store.schema import customer as table
from reconciler.server.usecases.ports import StaleWriteError

_SETTINGS = (
    "name",
    "profile",
    "exm_url",
    "ptt_pro_server_name",
    "overage_percent",
    "grace_period_days",
    "license_release_days",
    "exm_release_minutes",
    "ptt_pro_removal_days",
    "license_check_days",
)
_OWNED = (
    license_assignment,
    license_lot,
    license_snapshot,
    extension_manager,
    ptt_pro_task,
    ptt_pro_entry,
    token_request,
    device_owner,
    device,
    token,
    token_owner,
    bootstrap,
    site,
    portal_user,
)
"""What belongs to a customer and goes with it: what refers to others first."""
_SWITCHES = ("voice", "extension_manager", "ptt_pro", "profile_manager")
_COLUMNS = {
    "code": table.c.code,
    "name": table.c.name,
    "profile": table.c.profile,
    "createdAt": table.c.created_at,
    "updatedAt": table.c.updated_at,
    "version": table.c.version,
}


class CustomerRows:
    """The `Customers` port."""

    def __init__(self, binding: Binding) -> None:
        self._connection = binding.connection

    def find(self, code: str) -> Customer | None:
        """The customer of this code."""
        return self._one(table.c.code == code)

    def by_name(self, name: str) -> Customer | None:
        """The customer of this display name."""
        return self._one(table.c.name == name)

    def by_exm_key(self, key_hash: str) -> Customer | None:
        """The customer whose Extension Manager has the key of this hash."""
        return self._one(table.c.exm_key_hash == key_hash)

    def insert(self, customer: Customer, exm_key_hash: str | None) -> None:
        """Store a new customer. Raises StaleWriteError when it exists meanwhile."""
        identity = {"id": customer.id, "created_at": milliseconds(customer.created_at)}
        values = {**_values(customer), **identity, "exm_key_hash": exm_key_hash}
        try:
            self._connection.execute(insert(table), values)
        except IntegrityError as error:
            message = "customer: it was created meanwhile"
            raise StaleWriteError(message) from error

    def update(self, customer: Customer, exm_key_hash: str | None) -> None:
        """Replace one; None keeps the key. Raises StaleWriteError when it changed meanwhile."""
        values = _values(customer) | ({"exm_key_hash": exm_key_hash} if exm_key_hash else {})
        try:
            changed = self._connection.execute(
                update(table)
                .where(table.c.id == customer.id, table.c.version == customer.version - 1)
                .values(**values)
            )
        except IntegrityError as error:
            message = "customer: its name was taken meanwhile"
            raise StaleWriteError(message) from error
        _require_one(changed.rowcount)

    def delete(self, customer: Customer) -> None:
        """Remove a customer with everything but its events and its devices' history."""
        for owned in _OWNED:
            self._connection.execute(delete(owned).where(owned.c.customer_id == customer.id))
        gone = self._connection.execute(
            delete(table).where(table.c.id == customer.id, table.c.version == customer.version)
        )
        _require_one(gone.rowcount)

    def page(self, query: ListQuery) -> Page[Customer]:
        """One page."""
        return _LISTED.page(self._connection, query)

    def stream(self, query: ListQuery) -> Iterator[Customer]:
        """Every customer that fits, in order."""
        return _LISTED.stream(self._connection, query)

    def _one(self, condition: ColumnElement[bool]) -> Customer | None:
        row = self._connection.execute(select(table).where(condition)).first()
        return None if row is None else _read(row)


def _require_one(count: int) -> None:
    if count != 1:
        message = "customer: it changed meanwhile"
        raise StaleWriteError(message)


def _read(row: Row[Any]) -> Customer:
    stored = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row's columns
    settings: dict[str, Any] = {name: stored[name] for name in _SETTINGS}
    switches: dict[str, Any] = {name: bool(stored[name]) for name in _SWITCHES}
    overrides = FlagOverrides(**json.loads(row.flags))
    return Customer(
        id=row.id,
        code=row.code,
        content=CustomerContent(**settings, **switches, flag_overrides=overrides),
        created_at=moment(row.created_at),
        updated_at=moment(row.updated_at),
        version=row.version,
    )


def _values(customer: Customer) -> dict[str, object]:
    content = customer.content
    return {
        **{name: getattr(content, name) for name in _SETTINGS},
        **{name: int(getattr(content, name)) for name in _SWITCHES},
        "flags": json.dumps(content.flag_overrides.given()),
        "code": customer.code,
        "updated_at": milliseconds(customer.updated_at),
        "version": customer.version,
        "search": f"{customer.code}\n{content.name}".lower(),
    }


_LISTED = Listed(
    statement=select(table),
    fields=listing.CUSTOMERS,
    columns=_COLUMNS,
    folded={},
    search=table.c.search,
    key=(table.c.id,),
    read=_read,
)
