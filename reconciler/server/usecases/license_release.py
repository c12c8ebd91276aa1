"""Seats that come back: at a sign-out, after silence, from a device, or with the device itself."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from reconciler.server.domain.assignments import Assignment, Holder, ReleaseReason, released
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.event import EventType
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.history import Action, HistoryRecord, Result
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.scope import missing, write

EVERY_HOLDER = frozenset(Holder)
_AT_ONCE = 500


def free_all_seats(
    tx: Transaction,
    device_id: str,
    reason: ReleaseReason,
    now: datetime,
    holders: Collection[Holder] = EVERY_HOLDER,
) -> tuple[Assignment, ...]:
    """Free what a device has through these holders, as far as the reason goes.

    Returns the rows that changed, as they are now; a premium license may only become HELD.
    """
    rows = [row for row in tx.assignments.of_device(device_id) if row.holder in holders]
    return free_seats(tx, rows, reason, now)


def free_seats(
    tx: Transaction, rows: Sequence[Assignment], reason: ReleaseReason, now: datetime
) -> tuple[Assignment, ...]:
    """Free these seats, as far as the reason goes; the rows that changed, as they are now."""
    pairs = [(row, released(row, reason, now)) for row in rows]
    changed = tuple(after for before, after in pairs if after is not before)
    tx.assignments.put(changed)
    for row in changed:
        if not row.use.assigned:
            tx.lots.add_used(row.lot_id, -1)
    return changed


def release_silent(world: World, customer: CustomerRef) -> int:
    """Free the standard licenses of devices that were silent for too long (L-37).

    The customer's setting says how many days; the last contact of any sort counts. Returns how
    many came back; each portion is a transaction of its own, with one event.
    """
    freed = 0
    while count := write(world, customer, lambda tx: _release_some(world, customer, tx)):
        freed += count
    return freed


def _release_some(world: World, customer: CustomerRef, tx: Transaction) -> int:
    stored = tx.customers.find(customer.code)
    if stored is None:
        raise missing()
    days = stored.content.license_release_days
    desk = Desk.open(world, customer, None)
    since = desk.now - timedelta(days=days)
    # Premium licenses never come back by time, so they must not fill the portion.
    silent = tx.assignments.silent(Holder.PVM, since, _AT_ONCE, LicenseType.STANDARD)
    changed = free_seats(tx, silent, ReleaseReason.PVM_TIMEOUT, desk.now)
    if changed:
        text = f"{len(changed)} standard licenses came back after {days} silent days"
        desk.note(Fact(EventType.LICENSE_RELEASED, text))
        desk.file(tx)
        tx.history.add([_record(desk, row, days) for row in changed])
    return len(changed)


def _record(desk: Desk, row: Assignment, days: int) -> HistoryRecord:
    return HistoryRecord(
        id=desk.new_id(),
        timestamp=desk.now,
        customer=row.customer,
        action=Action.RELEASE,
        token=None,
        app_id=None,
        device_id=row.device_id,
        result=Result.OK,
        code=None,
        detail=f"{row.feature} came back after {days} silent days",
        remote_address=None,
    )
