"""Obsoleting: who may, what stands in the way, and what becomes of the device (O-01 to O-14)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.server.domain.assignments import Holder
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.customer import Flags
from reconciler.server.domain.device import Device, DeviceState, Obsoleter
from reconciler.server.domain.errors import DomainError, ErrorCode

HOLDERS: Final[Mapping[Obsoleter, frozenset[Holder]]] = {
    Obsoleter.PVM: frozenset({Holder.PVM}),
    Obsoleter.PFM: frozenset({Holder.PVM}),
    Obsoleter.EXM: frozenset(Holder),
}
"""Whose seats come back: what an Extension Manager gave, only it can take (O-07, Q-33)."""


class PttProLeft(StrEnum):
    """What became of the device's entry at PTT Pro."""

    REMOVED = "REMOVED"
    NONE = "NONE"
    QUEUED = "QUEUED"


def obsoleter(caller: Caller) -> Obsoleter:
    """In whose name a caller obsoletes: service accounts are machines such as Profile Manager."""
    return Obsoleter.PFM if caller.service_account else Obsoleter.PVM


def check_right(caller: Caller, flags: Flags) -> None:
    """The vendor and service accounts always may, others as the profile says (O-12, X-9).

    Raises:
        DomainError: OBSOLETE_DISABLED.
    """
    if caller.customer is None or caller.service_account or flags.customer_obsolete:
        return
    message = "under this profile only the vendor obsoletes devices; ask its support"
    raise DomainError(ErrorCode.OBSOLETE_DISABLED, message)


def check_guard(device: Device, flags: Flags, *, force: bool) -> str | None:
    """A device that is signed in to an Extension Manager is obsoleted there (O-11).

    Returns the warning with which it is done here nevertheless.

    Raises:
        DomainError: ACTIVE_IN_EXM, when the profile refuses and nobody insists.
    """
    if device.exm is None:
        return None
    if flags.obsolete_exm_guard == "refuse" and not force:
        message = "it is signed in to an Extension Manager; obsolete it there, or use force"
        raise DomainError(ErrorCode.ACTIVE_IN_EXM, message)
    return "it is signed in to an Extension Manager, where it should have been obsoleted"


def retired(device: Device, by: Obsoleter | None, now: datetime) -> Device:
    """The device INACTIVE. Without an obsoleter it went to another customer (Q-37).

    What is signed in to an Extension Manager stays so until that says otherwise (E-11).
    """
    return replace(
        device,
        state=DeviceState.INACTIVE,
        site=None,
        site_assigned_at=None,
        exm=device.exm if by in (Obsoleter.PVM, Obsoleter.PFM) else None,
        obsoleted_at=now,
        obsoleted_by=by,
    )
