"""Planted bugs: each breaks one rule of licenses, and the machine has to notice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from reconciler.server.domain import assignments, license_grants, licensing
from reconciler.server.domain.assignments import (
    Asker,
    Assignment,
    PushedSeat,
    ReleaseReason,
    Use,
    assigned,
)
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.license_grants import Ask, Refused, Seat, decide
from reconciler.server.domain.licensing import Lot, LotState, Policy, Reason, choose, policy
from reconciler.server.usecases import license_grants as grants
from reconciler.server.usecases import license_release, license_seats, license_sync
from tests.server import memory

Plant = Callable[[pytest.MonkeyPatch], None]
_STANDARD, _PREMIUM = LicenseType.STANDARD, LicenseType.PREMIUM


@dataclass(frozen=True, slots=True)
class Bug:
    """One thing broken, for as long as the patch lasts."""

    says: str
    plant: Plant

    def __str__(self) -> str:
        return self.says


def _after(key: tuple[LicenseType, ReleaseReason], use: Use | None) -> Plant:
    """What an event does to a seat, otherwise."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        table = {**assignments._AFTER}  # noqa: SLF001 - the table itself is what is broken
        table.pop(key, None)
        patch.setattr(assignments, "_AFTER", table | ({} if use is None else {key: use}))

    return plant


def _nearest_first(patch: pytest.MonkeyPatch) -> None:
    def choose_nearest(lots: Sequence[Lot], kind: LicenseType, now: datetime) -> Sequence[Lot]:
        return list(choose(lots, kind, now))[::-1]

    patch.setattr(licensing, "choose", choose_nearest)


def _never_sticky(patch: pytest.MonkeyPatch) -> None:
    def eager(reason: Reason, *, farthest: bool, expiry_detection: bool) -> Policy:
        plain = policy(reason, farthest=farthest, expiry_detection=expiry_detection)
        return replace(plain, reconsider=True)

    patch.setattr(grants, "policy", eager)


def _expired_never_detected(patch: pytest.MonkeyPatch) -> None:
    def deaf(reason: Reason, *, farthest: bool, expiry_detection: bool) -> Policy:
        del expiry_detection
        return policy(reason, farthest=farthest, expiry_detection=False)

    patch.setattr(grants, "policy", deaf)


def _without_grace(patch: pytest.MonkeyPatch) -> None:
    def state(lot: Lot, now: datetime) -> LotState:
        running = lot.base_expiration is None or now < lot.base_expiration
        alive = lot.valid and lot.present and running
        return LotState.ACTIVE if alive else LotState.EXPIRED

    patch.setattr(Lot, "state", state)


def _last_instant_too_long(patch: pytest.MonkeyPatch) -> None:
    def state(lot: Lot, now: datetime) -> LotState:
        running = lot.base_expiration is None or now <= lot.expiration
        alive = lot.valid and lot.present and running
        return LotState.ACTIVE if alive else LotState.EXPIRED

    patch.setattr(Lot, "state", state)


def _removed_lots_live_on(patch: pytest.MonkeyPatch) -> None:
    known = Lot.state

    def state(lot: Lot, now: datetime) -> LotState:
        return known(replace(lot, present=True), now)

    patch.setattr(Lot, "state", state)


def _one_seat_too_many(patch: pytest.MonkeyPatch) -> None:
    def available(lot: Lot) -> int:
        return max(0, lot.total + 1 - lot.used)

    def take_seat(lots: memory.MemoryLots, lot_id: str) -> bool:
        lots.add_used(lot_id, 1)
        return True

    patch.setattr(Lot, "available", property(available))
    patch.setattr(memory.MemoryLots, "take_seat", take_seat)


def _released_seats_are_not_counted_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        license_release,
        "free_seats",
        lambda tx, rows, reason, now: (
            tx.assignments.put([assignments.released(row, reason, now) for row in rows]) or ()
        ),
    )


def _moved_seats_are_not_counted_back(patch: pytest.MonkeyPatch) -> None:
    def forgetful(
        ask: Ask, rows: dict[Feature, Assignment], lots: Sequence[Lot]
    ) -> tuple[Seat, ...] | Refused:
        done = decide(ask, rows, lots)
        if isinstance(done, Refused):
            return done
        return tuple(replace(seat, frees=None) for seat in done)

    patch.setattr(license_seats, "decide", forgetful)


def _granted_in_part(patch: pytest.MonkeyPatch) -> None:
    def partial(
        ask: Ask, rows: dict[Feature, Assignment], lots: Sequence[Lot]
    ) -> tuple[Seat, ...] | Refused:
        done = decide(ask, rows, lots)
        if isinstance(done, Refused) and done.feature is not ask.features[0]:
            return decide(replace(ask, features=ask.features[:1]), rows, lots)
        return done

    patch.setattr(license_seats, "decide", partial)


def _first_assignment_forgotten(patch: pytest.MonkeyPatch) -> None:
    def anew(
        row: Assignment | None, asker: Asker, feature: Feature, lot: Lot, now: datetime
    ) -> Assignment:
        made = assigned(row, asker, feature, lot, now)
        return replace(made, first_assigned_at=now)

    patch.setattr(license_grants, "assigned", anew)


def _older_word_wins(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PushedSeat, "told_at", lambda _, now: now + timedelta(milliseconds=1))


def _day_too_late(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(license_release, "timedelta", lambda days: timedelta(days=days, milliseconds=1))


def _premium_for_everyone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(grants, "_check", lambda *_: None)


def _overage_for_every_lot(patch: pytest.MonkeyPatch) -> None:
    def extra(owner: Customer, _told: object) -> tuple[int, int]:
        return owner.content.overage_percent, 0

    patch.setattr(license_sync, "_extra", extra)


BUGS = (
    Bug("the lot that ends first is taken", _nearest_first),
    Bug("a device leaves a valid license for a later one", _never_sticky),
    Bug("an expiry that a device reports is never honoured", _expired_never_detected),
    Bug("days of grace don't count", _without_grace),
    Bug("a lot runs an instant beyond its end", _last_instant_too_long),
    Bug("a lot that was removed runs on", _removed_lots_live_on),
    Bug("one seat more than there are", _one_seat_too_many),
    Bug("released seats stay counted", _released_seats_are_not_counted_back),
    Bug("the seat that a device left stays counted", _moved_seats_are_not_counted_back),
    Bug("a refused request is granted in part", _granted_in_part),
    Bug("a new grant forgets the first one", _first_assignment_forgotten),
    Bug("an older word of an Extension Manager wins", _older_word_wins),
    Bug("silence is noticed an instant too late", _day_too_late),
    Bug("another maker's device gets premium licenses", _premium_for_everyone),
    Bug("old lots have overage too", _overage_for_every_lot),
    Bug(
        "a sign-out holds a standard license",
        _after((_STANDARD, ReleaseReason.SIGN_OUT), Use.HELD),
    ),
    Bug(
        "a sign-out frees a premium license",
        _after((_PREMIUM, ReleaseReason.SIGN_OUT), Use.RELEASED),
    ),
    Bug(
        "a device gives a premium license back",
        _after((_PREMIUM, ReleaseReason.RETURNED), Use.RELEASED),
    ),
    Bug(
        "an obsoleted device keeps its premium license",
        _after((_PREMIUM, ReleaseReason.OBSOLETE), None),
    ),
    Bug(
        "an hour of silence at an Extension Manager frees nothing",
        _after((_STANDARD, ReleaseReason.EXM_TIMEOUT), None),
    ),
)
