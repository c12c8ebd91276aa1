"""What a device leaves behind when it goes INACTIVE: its site, its entry and its seats."""

from collections.abc import Collection
from dataclasses import dataclass

from reconciler.server.domain.assignments import Assignment, Holder, ReleaseReason
from reconciler.server.domain.device import Device, Obsoleter
from reconciler.server.domain.obsolete import HOLDERS, retired
from reconciler.server.usecases.desk import Desk
from reconciler.server.usecases.license_release import EVERY_HOLDER, free_all_seats
from reconciler.server.usecases.ports import Transaction
from reconciler.server.usecases.push_to_talk import withdraw


@dataclass(frozen=True, slots=True)
class Retirement:
    """What became of a device: the seats that came back, those that an Extension Manager keeps.

    `told` when PTT Pro has to be told.
    """

    device: Device
    released: tuple[Assignment, ...]
    retained: tuple[Assignment, ...]
    told: bool


def obsolete(tx: Transaction, desk: Desk, device: Device, by: Obsoleter) -> Retirement:
    """Make a device INACTIVE, take it out of PTT Pro's table, and free its seats (O-01)."""
    left = withdraw(tx, desk, device.device_id)
    device = retired(device, by, desk.now)
    tx.devices.put([device])
    released = _free(tx, desk, device, ReleaseReason.OBSOLETE, HOLDERS[by])
    kept = [row for row in tx.assignments.of_device(device.device_id) if row.use.assigned]
    return Retirement(device, released, tuple(kept), left)


def move_away(tx: Transaction, desk: Desk, device: Device) -> None:
    """Make a device INACTIVE that calls for another customer now; all its seats come back."""
    withdraw(tx, desk, device.device_id)
    tx.devices.put([retired(device, None, desk.now)])
    _free(tx, desk, device, ReleaseReason.REHOMED, EVERY_HOLDER)


def _free(
    tx: Transaction, desk: Desk, device: Device, reason: ReleaseReason, holders: Collection[Holder]
) -> tuple[Assignment, ...]:
    return free_all_seats(tx, device.device_id, reason, desk.now, holders)
