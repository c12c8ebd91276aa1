"""What becomes of a request for licenses: which seat for which feature, or why none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.server.domain.assignments import Asker, Assignment, assigned
from reconciler.server.domain.errors import ErrorCode
from reconciler.server.domain.features import Feature
from reconciler.server.domain.licensing import Lot, Policy, options


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a seat of each of these features (D-13)."""

    asker: Asker
    features: Sequence[Feature]
    how: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """The row to store, the lot it is of, and how the counts of lots move.

    `takes`: a seat more of `lot`; `frees`: the id of the lot that gets one back.
    """

    row: Assignment
    lot: Lot
    takes: bool
    frees: str | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request gets nothing; `exhausted` when no lot of the type had a seat."""

    code: ErrorCode
    detail: str
    feature: Feature
    exhausted: bool


def decide(
    ask: Ask, rows: Mapping[Feature, Assignment], lots: Sequence[Lot]
) -> tuple[Seat, ...] | Refused:
    """A seat for every feature, or a refusal for all: nothing is given in part.

    A client that got one of two phone systems would look licensed and fail at the other. `rows`
    are the device's, `lots` all of the customer's. A seat that the device holds and that does
    not run out stays (L-23); otherwise the lot that ends last is taken (L-24, L-25). A feature
    that is named twice counts once.
    """
    pool = {lot.id: lot for lot in lots}
    seats: list[Seat] = []
    for feature in dict.fromkeys(ask.features):
        row = rows.get(feature)
        held = pool[row.lot_id] if row is not None and row.use.assigned else None
        found = options(held, tuple(pool.values()), feature.type, ask.how, ask.now)
        if not found:
            return _refused(feature, held, ask)
        lot = found[0]
        takes = held is None or lot.id != held.id
        if takes:
            pool[lot.id] = replace(lot, used=lot.used + 1)
            if held is not None:
                pool[held.id] = replace(held, used=max(0, held.used - 1))
        after = assigned(row, ask.asker, feature, lot, ask.now)
        frees = held.id if takes and held is not None else None
        seats.append(Seat(after, pool[lot.id], takes, frees))
    return tuple(seats)


def _refused(feature: Feature, held: Lot | None, ask: Ask) -> Refused:
    if held is None:
        text = f"no {feature.type.lower()} license is free for {feature}"
        return Refused(ErrorCode.NO_LICENSE_AVAILABLE, text, feature, exhausted=True)
    text = f"the license for {feature} has expired"
    if ask.how.replace_expired:
        text += ", and no other is free"
    return Refused(ErrorCode.LICENSE_EXPIRED, text, feature, exhausted=ask.how.replace_expired)
