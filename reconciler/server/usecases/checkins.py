"""A device checks in (D-11): its contact is stamped, and it learns what it holds."""

from dataclasses import dataclass
from typing import Final

from reconciler.server.domain.contact import Contact
from reconciler.server.domain.history import Action
from reconciler.server.usecases.contacts import Arrival, Entry, Errand, recorded
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.license_seats import licenses_of
from reconciler.server.usecases.ports import Transaction, World

NEXT_CHECKIN_SECONDS: Final = 24 * 60 * 60
"""Often enough that no interval in days ends between two check-ins (Q-03)."""


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """When to check in again at the latest, and the licenses that the device holds."""

    next_checkin_seconds: int
    licenses: tuple[Held, ...]


def check_in(world: World, contact: Contact) -> CheckedIn:
    """Stamp a device's contact; a device that is known needs no token (Q-19).

    Raises:
        DomainError: as `recorded`.
    """

    def work(tx: Transaction, arrival: Arrival) -> CheckedIn:
        return CheckedIn(NEXT_CHECKIN_SECONDS, licenses_of(tx, arrival.device.device_id))

    return recorded(world, contact, Errand(Action.CHECKIN, work, entry=Entry.TOKEN_OR_DEVICE))
