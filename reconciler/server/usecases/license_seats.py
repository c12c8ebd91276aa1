"""Seats within a transaction: given to a device, told by an Extension Manager, looked at."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from reconciler.server.domain.assignments import Asker, Holder, PushedSeat, as_pushed
from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.features import Feature
from reconciler.server.domain.license_grants import Ask, Refused, decide
from reconciler.server.domain.licensing import Lot, Policy, mask_external_id
from reconciler.server.domain.listing import ListQuery
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.ports import StaleWriteError, Transaction


def give_seats(tx: Transaction, ask: Ask) -> tuple[Held, ...] | Refused:
    """A seat for every feature, or a refusal; nothing was written then.

    A refusal is no exception, so that what the caller wrote of the contact stands.

    Raises:
        StaleWriteError: a seat was gone after all; the transaction is tried again.
    """
    rows = {row.feature: row for row in tx.assignments.of_device(ask.asker.device_id)}
    seats = decide(ask, rows, tx.lots.all(in_exm=False))
    if isinstance(seats, Refused):
        return seats
    for seat in seats:
        if seat.takes and not tx.lots.take_seat(seat.lot.id):
            message = "license_lot: the seat was taken meanwhile"
            raise StaleWriteError(message)
        if seat.frees is not None:
            tx.lots.add_used(seat.frees, -1)
    tx.assignments.put([seat.row for seat in seats])
    return tuple(Held(seat.row, seat.lot) for seat in seats)


def licenses_of(tx: Transaction, device_id: str) -> tuple[Held, ...]:
    """What a device holds, by feature, with the lots; a lot may have expired meanwhile."""
    rows = [row for row in tx.assignments.of_device(device_id) if row.use.assigned]
    if not rows:
        return ()
    lots = {lot.id: lot for lot in tx.lots.all(in_exm=False)}
    return tuple(Held(row, lots[row.lot_id]) for row in rows)


def grant_from_exm(
    tx: Transaction, asker: Asker, features: Sequence[Feature], now: datetime
) -> tuple[Held, ...]:
    """Seats for a device that signs in at an Extension Manager (E-04).

    What it holds stays its own, a premium license that was not in use is in use again.

    Raises:
        DomainError: NO_LICENSE_AVAILABLE, LICENSE_EXPIRED; nothing is given then.
    """
    done = give_seats(tx, Ask(asker, tuple(features), Policy(), now))
    if isinstance(done, Refused):
        raise DomainError(done.code, done.detail)
    return done


class PushResult(StrEnum):
    """What became of it (§6.7)."""

    APPLIED = "APPLIED"
    IGNORED_OLDER = "IGNORED_OLDER"
    UNKNOWN_LOT = "UNKNOWN_LOT"


@dataclass(frozen=True, slots=True)
class Pushed:
    """`overcommitted` is a lot that this made have more seats in use than it has (Q-45)."""

    result: PushResult
    overcommitted: Lot | None = None


def apply_push(tx: Transaction, pushed: PushedSeat, now: datetime) -> Pushed:
    """Store what an Extension Manager says, unless what is known is as new (Q-46).

    It is believed even beyond a lot's total: the seats are in use already.
    """
    lots = {(lot.external_id, lot.type): lot for lot in tx.lots.all(in_exm=False)}
    lot = lots.get((pushed.external_id, pushed.feature.type))
    if lot is None:
        return Pushed(PushResult.UNKNOWN_LOT)
    rows = {row.feature: row for row in tx.assignments.of_device(pushed.asker.device_id)}
    row = rows.get(pushed.feature)
    if row is not None and pushed.told_at(now) <= row.updated_at:
        return Pushed(PushResult.IGNORED_OLDER)
    after = as_pushed(row, pushed, lot, now)
    tx.assignments.put([after])
    moves = Counter({lot.id: int(after.use.assigned)})
    if row is not None and row.use.assigned:
        moves[row.lot_id] -= 1
    for lot_id, by in moves.items():
        if by:
            tx.lots.add_used(lot_id, by)
    used = lot.used + moves[lot.id]
    # Extension Managers repeat what they know every hour; only what is new is worth a warning.
    over = used > max(lot.used, lot.total)
    return Pushed(PushResult.APPLIED, replace(lot, used=used) if over else None)


def stamp_exm_contact(tx: Transaction, device_id: str, now: datetime) -> None:
    """A contact through an Extension Manager starts the hour of silence anew (E-06)."""
    tx.assignments.put(
        [
            replace(row, last_contact_at=now)
            for row in tx.assignments.of_device(device_id)
            if row.holder is Holder.EXM and row.use.assigned
        ]
    )


def note_shortage(tx: Transaction, desk: Desk, feature: Feature) -> None:
    """One warning for each type of license and day (Q-66)."""
    midnight = desk.now.replace(hour=0, minute=0, second=0, microsecond=0)
    filters = {"type": str(EventType.LICENSE_EXHAUSTED)}
    today = tx.events.page(ListQuery(filters=filters, since=midnight))
    kind = feature.type
    if any(event.target == kind for event in today.rows):
        return
    text = f"no {kind.lower()} license is free; a device asked for {feature}"
    desk.note(Fact(EventType.LICENSE_EXHAUSTED, text, kind, severity=Severity.WARN))


def note_overcommit(desk: Desk, lot: Lot) -> None:
    """Warn that more seats of a lot are in use than it has (Q-44, Q-45)."""
    name = mask_external_id(lot.external_id)
    text = f"{lot.type.lower()} license {name}: {lot.used} in use, {lot.total} bought"
    desk.note(Fact(EventType.LICENSE_OVERCOMMIT, text, name, severity=Severity.WARN))
