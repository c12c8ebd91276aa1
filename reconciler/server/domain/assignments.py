"""Assignments: who holds a seat of which lot for which feature."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.server.domain.features import Feature, LicenseType


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
