"""Assignments: who holds a seat of which lot for which feature, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import Lot


class Use(StrEnum):
    """The three legal pairs of License and Use Status (Q-01); no other pair can be written.

    IN_USE: Assigned, In use. HELD: Assigned, Not in use (*). RELEASED: Unassigned, Not in use.
    """

    IN_USE = "IN_USE"
    HELD = "HELD"
    RELEASED = "RELEASED"

    @property
    def assigned(self) -> bool:
        """Whether it occupies a seat."""
        return self is not Use.RELEASED


class Holder(StrEnum):
    """Who gave the seat: this server, or an Extension Manager."""

    PVM = "PVM"
    EXM = "EXM"


class ReleaseReason(StrEnum):
    """Why a seat came back."""

    SIGN_OUT = "SIGN_OUT"
    EXM_TIMEOUT = "EXM_TIMEOUT"
    PVM_TIMEOUT = "PVM_TIMEOUT"
    OBSOLETE = "OBSOLETE"
    REPLACED = "REPLACED"
    REHOMED = "REHOMED"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A row for ever (Q-02): a new grant reuses it and keeps `first_assigned_at`.

    `updated_at` is when what it says was true, for the rule that the newest wins (Q-46).
    """

    customer: str
    device_id: str
    feature: Feature
    type: LicenseType
    lot_id: str
    use: Use
    holder: Holder
    exm: str | None
    app_version: str
    first_assigned_at: datetime
    assigned_at: datetime
    last_contact_at: datetime
    updated_at: datetime
    released_at: datetime | None = None
    release_reason: ReleaseReason | None = None


_BY_HOLDER: Final[Mapping[ReleaseReason, Holder]] = {
    ReleaseReason.SIGN_OUT: Holder.EXM,
    ReleaseReason.EXM_TIMEOUT: Holder.EXM,
    ReleaseReason.PVM_TIMEOUT: Holder.PVM,
    ReleaseReason.RETURNED: Holder.PVM,
}
"""Reasons that concern the seats of one holder only; the others concern every seat."""

_AFTER: Final[Mapping[tuple[LicenseType, ReleaseReason], Use]] = {
    (LicenseType.STANDARD, ReleaseReason.SIGN_OUT): Use.RELEASED,
    (LicenseType.STANDARD, ReleaseReason.EXM_TIMEOUT): Use.RELEASED,
    (LicenseType.STANDARD, ReleaseReason.PVM_TIMEOUT): Use.RELEASED,
    (LicenseType.STANDARD, ReleaseReason.RETURNED): Use.RELEASED,
    (LicenseType.STANDARD, ReleaseReason.OBSOLETE): Use.RELEASED,
    (LicenseType.STANDARD, ReleaseReason.REHOMED): Use.RELEASED,
    (LicenseType.PREMIUM, ReleaseReason.SIGN_OUT): Use.HELD,
    (LicenseType.PREMIUM, ReleaseReason.EXM_TIMEOUT): Use.HELD,
    (LicenseType.PREMIUM, ReleaseReason.OBSOLETE): Use.RELEASED,
    (LicenseType.PREMIUM, ReleaseReason.REHOMED): Use.RELEASED,
}
"""What an occupied seat becomes; what is not here leaves it as it is (L-32, L-37, L-38, L-41).

Time never takes a premium license away, and a device cannot give one back itself.
"""


def released(row: Assignment, reason: ReleaseReason, now: datetime) -> Assignment:
    """The row after something that may free its seat; the same row when it changes nothing."""
    if not row.use.assigned or _BY_HOLDER.get(reason, row.holder) is not row.holder:
        return row
    after = _AFTER.get((row.type, reason), row.use)
    if after is row.use:
        return row
    if after.assigned:
        return replace(row, use=after, updated_at=now)
    return replace(row, use=after, updated_at=now, released_at=now, release_reason=reason)


@dataclass(frozen=True, slots=True)
class Asker:
    """A device that asks for seats, and through whom; `exm` names the Extension Manager."""

    device_id: str
    app_version: str
    holder: Holder = Holder.PVM
    exm: str | None = None


def assigned(
    row: Assignment | None, asker: Asker, feature: Feature, lot: Lot, now: datetime
) -> Assignment:
    """The row once the device has a seat of this lot, the same seat as before or another one.

    It keeps when it was first assigned (L-36), and when this seat was.
    """
    same = row is not None and row.use.assigned and row.lot_id == lot.id
    return Assignment(
        customer=lot.customer,
        device_id=asker.device_id,
        feature=feature,
        type=feature.type,
        lot_id=lot.id,
        use=Use.IN_USE,
        holder=asker.holder,
        exm=asker.exm,
        app_version=asker.app_version or (row.app_version if row else ""),
        first_assigned_at=row.first_assigned_at if row else now,
        assigned_at=row.assigned_at if row and same else now,
        last_contact_at=now,
        updated_at=now,
    )


@dataclass(frozen=True, slots=True)
class PushedSeat:
    """What an Extension Manager says of one device and feature, and when that was true."""

    asker: Asker
    feature: Feature
    external_id: str
    use: Use
    updated_at: datetime

    def told_at(self, now: datetime) -> datetime:
        """When it was true; never later than now.

        A clock that is fast would otherwise shut out every later word.
        """
        return min(self.updated_at, now)


def as_pushed(row: Assignment | None, pushed: PushedSeat, lot: Lot, now: datetime) -> Assignment:
    """The row as an Extension Manager tells it; to be named by it is a contact (Q-36).

    Only a premium license can be held without being in use (Q-01).
    """
    said_at = pushed.told_at(now)
    granted = assigned(row, pushed.asker, pushed.feature, lot, said_at)
    use = pushed.use
    if use is Use.HELD and granted.type is LicenseType.STANDARD:
        use = Use.RELEASED
    told = replace(granted, use=use, last_contact_at=now, updated_at=said_at)
    if use.assigned:
        return told
    return replace(told, released_at=said_at, release_reason=ReleaseReason.SIGN_OUT)


def short_version(version: str) -> str:
    """The last dotted part, as lists show it (L-35); what has no dot stays as it is."""
    return version.rpartition(".")[2]
