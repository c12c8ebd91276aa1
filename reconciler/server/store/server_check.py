"""Looking through a whole database for what cannot be: `pvm server check`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Connection, func, select, text

from reconciler.server.domain.bootstrap import digest
from reconciler.server.domain.identifiers import milliseconds
from reconciler.server.store.backup import open_snapshot
from reconciler.server.store.device_schema import device, device_owner
from reconciler.server.store.job_schema import job, job_run
from reconciler.server.store.license_schema import license_assignment, license_lot
from reconciler.server.store.migration import require_current
from reconciler.server.store.schema import bootstrap, customer, token, token_owner

_STUCK = timedelta(hours=1)
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be; `detail` names customers, names and ids, no secret."""

    check: str
    detail: str


Check = Callable[[Connection, datetime], Iterator[str]]


def check_database(url: str, now: datetime) -> Sequence[Finding]:
    """Look through one snapshot; a server may go on meanwhile. Reads every bootstrap.

    Raises:
        DatabaseError: unreachable, or its schema is not this program's.
    """
    with open_snapshot(url) as connection:
        require_current(connection)
        return [
            Finding(name, detail)
            for name, check in CHECKS.items()
            for detail in check(connection, now)
        ]


def _integrity(connection: Connection, _: datetime) -> Iterator[str]:
    """SQLite's own check; PostgreSQL enforces its constraints by itself."""
    if connection.dialect.name != "sqlite":
        return
    for row in connection.execute(text("PRAGMA integrity_check")):
        if row[0] != "ok":
            yield str(row[0])
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"a row of {row[0]} refers to a row of {row[2]} that is missing"


def _bootstraps(connection: Connection, _: datetime) -> Iterator[str]:
    statement = select(
        customer.c.code, bootstrap.c.name, bootstrap.c.text, bootstrap.c.sha256
    ).join_from(bootstrap, customer)
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(statement):
        if digest(row.text) != row.sha256:
            yield f"bootstrap {row.name} of {row.code} is not the text that was stored"


def _tokens(connection: Connection, _: datetime) -> Iterator[str]:
    same = (token.c.name_key == token_owner.c.name_key) & (
        token.c.customer_id == token_owner.c.customer_id
    )
    for row in _without(connection, token_owner.c.name_key, same, token.c.name_key):
        yield f"the name of token {row} is taken, but there is no such token"
    for row in _without(connection, token.c.name_key, same, token_owner.c.name_key):
        yield f"token {row} is not found by devices"


def _devices(connection: Connection, _: datetime) -> Iterator[str]:
    same = (device.c.device_id == device_owner.c.device_id) & (
        device.c.customer_id == device_owner.c.customer_id
    )
    active = device.c.state == "ACTIVE"
    for row in _without(connection, device_owner.c.device_id, same & active, device.c.device_id):
        yield f"device {row} has a home, but is not active there"
    for row in _without(connection, device.c.device_id, same, device_owner.c.device_id, active):
        yield f"device {row} is active, but has no home"


def _without(
    connection: Connection,
    wanted: Column[str],
    same: ColumnElement[bool],
    partner: Column[str],
    where: ColumnElement[bool] | None = None,
) -> Iterator[str]:
    """The values of one table's rows that have no partner in the other table."""
    both = wanted.table.outerjoin(partner.table, same)
    statement = select(wanted).select_from(both).where(partner.is_(None))
    if where is not None:
        statement = statement.where(where)
    yield from connection.execute(statement.order_by(wanted)).scalars()


def _seats(connection: Connection, _: datetime) -> Iterator[str]:
    held = (
        select(func.count())
        .where(
            license_assignment.c.customer_id == license_lot.c.customer_id,
            license_assignment.c.lot_id == license_lot.c.id,
            license_assignment.c.use.in_(("IN_USE", "HELD")),
        )
        .scalar_subquery()
    )
    statement = (
        select(customer.c.code, license_lot.c.id, license_lot.c.used, held.label("held"))
        .join_from(license_lot, customer)
        .where(license_lot.c.used != held)
        .order_by(customer.c.code, license_lot.c.id)
    )
    for row in connection.execute(statement):
        yield f"lot {row.id} of {row.code} counts {row.used} seats, and {row.held} are held"


def _jobs(connection: Connection, now: datetime) -> Iterator[str]:
    long_ago = milliseconds(now - _STUCK)
    overdue = select(job.c.name).where(job.c.next_at < long_ago)
    for name in connection.execute(overdue.order_by(job.c.name)).scalars():
        yield f"job {name} has been due for more than an hour; does a server run?"
    endless = select(job_run.c.job, job_run.c.id).where(
        job_run.c.finished_at.is_(None), job_run.c.started_at < long_ago
    )
    for row in connection.execute(endless.order_by(job_run.c.id)):
        yield f"run {row.id} of job {row.job} began more than an hour ago and never ended"


CHECKS: dict[str, Check] = {
    "integrity": _integrity,
    "bootstraps": _bootstraps,
    "tokens": _tokens,
    "devices": _devices,
    "seats": _seats,
    "jobs": _jobs,
}
"""Each check yields what it found; a database that is sound yields nothing."""
