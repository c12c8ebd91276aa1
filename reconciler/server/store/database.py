"""The database: opening it, and its transactions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.store.assignments import AssignmentRows
from reconciler.server.store.binding import Binding
from reconciler.server.store.bootstraps import bootstrap_rows
from reconciler.server.store.credentials import CredentialRows
from reconciler.server.store.customers import CustomerRows
from reconciler.server.store.devices import DeviceRows
from reconciler.server.store.engines import (
    DatabaseError,
    Engines,
    open_engines,
    read_url,
    unusable,
)
from reconciler.server.store.events import EventRows
from reconciler.server.store.extension_managers import ExtensionManagerRows
from reconciler.server.store.gauges import read_gauges
from reconciler.server.store.history import HistoryRows
from reconciler.server.store.jobs import JobRows
from reconciler.server.store.licenses import LotRows
from reconciler.server.store.listing import chunks
from reconciler.server.store.migration import migrate, require_current
from reconciler.server.store.outbox import OutboxRows
from reconciler.server.store.ptt_pro import PttProRows
from reconciler.server.store.schema import bootstrap, customer, server, token, token_owner
from reconciler.server.store.simulated import SimulatedRows
from reconciler.server.store.sites import site_rows
from reconciler.server.store.snapshots import SnapshotRows
from reconciler.server.store.throttles import ThrottleRows
from reconciler.server.store.token_requests import TokenRequestRows
from reconciler.server.store.tokens import TokenRows
from reconciler.server.store.users import UserRows
from reconciler.server.usecases.gauges import Gauges
from reconciler.server.usecases.ports import (
    Delivery,
    Reach,
    StaleWriteError,
    Tenant,
    Transaction,
)

Answer = TypeVar("Answer")
Pause = Callable[[int], None]
"""Waits before a write is tried again; is told how many tries there were, from 1."""

_TRIES = 8
_TRY_AGAIN = frozenset({"40001", "40P01"})  # PostgreSQL: serialisation failure, deadlock

_DELIVERED = (
    select(
        token_owner.c.name_key,
        customer.c.id,
        customer.c.code,
        customer.c.name,
        token.c.name.label("token"),
        token.c.app_id,
        bootstrap.c.text,
        bootstrap.c.sha256,
    )
    .join_from(
        token_owner,
        token,
        (token.c.customer_id == token_owner.c.customer_id)
        & (token.c.name_key == token_owner.c.name_key),
    )
    .join(
        bootstrap,
        (bootstrap.c.customer_id == token.c.customer_id) & (bootstrap.c.name == token.c.bootstrap),
    )
    .join(customer, customer.c.id == token.c.customer_id)
)
_DELIVERY = _DELIVERED.where(token_owner.c.name_key == bindparam("name_key"))
_DELIVERIES = _DELIVERED.where(token_owner.c.name_key.in_(bindparam("name_keys", expanding=True)))


class Database:
    """The `Store` port; close it when done."""

    def __init__(self, engines: Engines, pause: Pause) -> None:
        self._engines = engines
        self._pause = pause

    def close(self) -> None:
        """Close every connection and release the file's lock."""
        self._engines.close()

    @contextmanager
    def read(self, tenant: Tenant) -> Iterator[Transaction]:
        """A consistent snapshot; the database itself refuses writes in it."""
        with self._engines.reader.begin() as connection:
            yield _transaction(Binding(connection, tenant))

    def write(
        self, tenant: Tenant, work: Callable[[Transaction], Answer], *, alone: bool = True
    ) -> Answer:
        """Do `work` in one transaction, again when the database or a lost race asks for it."""
        for attempt in range(1, _TRIES):
            try:
                return self._write(tenant, work, alone=alone)
            except StaleWriteError:
                continue
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                    raise
                self._pause(attempt)
        return self._write(tenant, work, alone=alone)

    def deliver(self, token_key: str) -> Delivery | None:
        """What a device gets for a folded token: one keyed look-up over all customers."""
        with self._engines.reader.begin() as connection:
            row = connection.execute(_DELIVERY, {"name_key": token_key}).first()
        return None if row is None else _delivery(row)

    def deliveries(self, token_keys: Sequence[str]) -> Mapping[str, Delivery]:
        """As `deliver`, for many; unknown ones are missing."""
        with self._engines.reader.begin() as connection:
            rows = [
                row
                for part in chunks(token_keys)
                for row in connection.execute(_DELIVERIES, {"name_keys": part})
            ]
        return {row.name_key: _delivery(row) for row in rows}

    def ping(self) -> None:
        """Read something. Raises when the database does not answer."""
        with self._engines.reader.begin() as connection:
            connection.execute(text("SELECT 1"))

    def gauges(self, now: datetime) -> Gauges:
        """Count what monitoring asks for, in one snapshot."""
        with self._engines.reader.begin() as connection:
            return read_gauges(connection, now)

    def _write(
        self, tenant: Tenant, work: Callable[[Transaction], Answer], *, alone: bool
    ) -> Answer:
        with self._engines.writer.begin() as connection:
            if alone:
                _lock(connection, tenant)
                return work(_transaction(Binding(connection, tenant), _locked))
            return work(_transaction(Binding(connection, tenant)))


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    owner = CustomerRef(row.id, row.code, row.name)
    return Delivery(owner, row.token, row.app_id, row.text, row.sha256)


def _lock(connection: Connection, tenant: Tenant) -> None:
    """Let one write of a tenant run at a time; SQLite's only writer already does."""
    if connection.dialect.name != "postgresql":
        return
    if isinstance(tenant, CustomerRef):
        row = select(customer.c.id).where(customer.c.id == tenant.id)
        # Not the full lock: rows that refer to the customer may be inserted elsewhere.
        connection.execute(row.with_for_update(key_share=True))
    elif tenant is Reach.VENDOR:
        connection.execute(select(server.c.id).with_for_update())


def _locked(connection: Connection, tenant: Tenant) -> Binding:
    _lock(connection, tenant)
    return Binding(connection, tenant)


def _transaction(
    binding: Binding, enter: Callable[[Connection, Tenant], Binding] = Binding
) -> Transaction:
    return Transaction(
        bootstraps=bootstrap_rows(binding),
        tokens=TokenRows(binding),
        sites=site_rows(binding),
        users=UserRows(binding),
        credentials=CredentialRows(binding),
        throttles=ThrottleRows(binding),
        outbox=OutboxRows(binding),
        events=EventRows(binding),
        customers=CustomerRows(binding),
        devices=DeviceRows(binding),
        ptt_pro=PttProRows(binding),
        history=HistoryRows(binding),
        token_requests=TokenRequestRows(binding),
        extension_managers=ExtensionManagerRows(binding),
        lots=LotRows(binding),
        assignments=AssignmentRows(binding),
        snapshots=SnapshotRows(binding),
        jobs=JobRows(binding),
        simulated=SimulatedRows(binding),
        within=lambda other: _transaction(enter(binding.connection, other), enter),
    )


def open_database(url: str, pause: Pause) -> Database:
    """Open a migrated database: `sqlite:///FILE` or `postgresql+psycopg://…`.

    Raises:
        DatabaseError: unreachable, in use by another server (SQLite), or not migrated.
    """
    address = read_url(url)
    engines = open_engines(address)
    try:
        with engines.writer.connect() as connection:
            require_current(connection)
    except SQLAlchemyError as error:
        engines.close()
        raise unusable(address, error) from None
    except DatabaseError:
        engines.close()
        raise
    return Database(engines, pause)


__all__ = ["Database", "DatabaseError", "Pause", "migrate", "open_database"]
