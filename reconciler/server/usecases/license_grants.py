"""A device asks for its licenses, or gives them back (D-12 to D-16, §4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.assignments import Asker, Assignment, Holder, ReleaseReason
from reconciler.server.domain.client_versions import lacks_licensing
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.features import Feature, LicenseType, read_feature
from reconciler.server.domain.history import Action
from reconciler.server.domain.license_grants import Ask, Refused
from reconciler.server.domain.licensing import Reason, policy
from reconciler.server.usecases.contacts import Arrival, Entry, Errand, recorded
from reconciler.server.usecases.license_ports import Held
from reconciler.server.usecases.license_release import free_all_seats
from reconciler.server.usecases.license_seats import give_seats, note_shortage
from reconciler.server.usecases.ports import Transaction, World

MOST_FEATURES = 32
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Licensed:
    """What a device holds now, and after how many seconds it should ask again (D-14)."""

    licenses: tuple[Held, ...]
    next_check_seconds: int


def request_licenses(
    world: World, contact: Contact, features: Sequence[str], reason: str = Reason.INITIAL
) -> Licensed:
    """Give a device a license for each phone system that it has, or refuse them all.

    The contact itself counts also when it is refused.

    Raises:
        DomainError: as `recorded`; APP_MISMATCH for another application than Voice,
            VERSION_TOO_OLD, PREMIUM_NOT_ALLOWED, USE_EXM, NO_LICENSE_AVAILABLE, LICENSE_EXPIRED.
    """
    request = _Request(features, reason)
    errand = Errand(
        Action.LICENSE, request.work, _told, refused=request.refused, entry=Entry.TOKEN_OR_DEVICE
    )
    return recorded(world, contact, errand)


def return_licenses(world: World, contact: Contact) -> tuple[Assignment, ...]:
    """A device gives back what this server gave it; the rows that changed.

    Premium licenses stay with the device (L-32), and so does what an Extension Manager gave.

    Raises:
        DomainError: as `recorded`.
    """

    def work(tx: Transaction, arrival: Arrival) -> tuple[Assignment, ...]:
        _require_voice(arrival)
        now, device_id = arrival.desk.now, arrival.device.device_id
        return free_all_seats(tx, device_id, ReleaseReason.RETURNED, now, (Holder.PVM,))

    def told(rows: tuple[Assignment, ...]) -> str:
        return "returned " + (", ".join(row.feature for row in rows) or "nothing")

    return recorded(world, contact, Errand(Action.RELEASE, work, told))


@dataclass
class _Request:
    """One request; `short` is set when no seat was free, for the warning that follows."""

    features: Sequence[str]
    reason: str
    short: Feature | None = None

    def work(self, tx: Transaction, arrival: Arrival) -> Licensed:
        self.short = None
        features, reason = _read_features(self.features), _read_reason(self.reason)
        version = _require_voice(arrival)
        _check(arrival, version, features)
        flags = arrival.customer.flags
        how = policy(
            reason,
            farthest=flags.selection == "farthest",
            expiry_detection=flags.expiry_detection,
        )
        asker = Asker(arrival.device.device_id, version)
        done = give_seats(tx, Ask(asker, features, how, arrival.desk.now))
        if isinstance(done, Refused):
            self.short = done.feature if done.exhausted else None
            raise DomainError(done.code, done.detail)
        days = arrival.customer.content.license_check_days
        return Licensed(done, days * _DAY_SECONDS)

    def refused(self, tx: Transaction, arrival: Arrival, _error: DomainError) -> None:
        if self.short is not None:
            note_shortage(tx, arrival.desk, self.short)


def _told(licensed: Licensed) -> str:
    return ", ".join(held.assignment.feature for held in licensed.licenses)


def _read_features(texts: Sequence[str]) -> tuple[Feature, ...]:
    if not 1 <= len(texts) <= MOST_FEATURES:
        refuse("features", f"must name from 1 to {MOST_FEATURES} phone systems")
    return tuple(read_feature(text) for text in texts)


def _read_reason(text: str) -> Reason:
    if text not in tuple(Reason):
        refuse("reason", f"must be one of {', '.join(Reason)}")
    return Reason(text)


def _require_voice(arrival: Arrival) -> str:
    """Voice's version at the device, as it says now or said before. Raises APP_MISMATCH."""
    if arrival.visit.app_id not in (None, AppId.VOICE):
        raise DomainError(ErrorCode.APP_MISMATCH, "only Voice has licenses")
    known = arrival.device.apps.get(AppId.VOICE)
    return arrival.visit.contact.app_version or (known.version if known else "")


def _check(arrival: Arrival, version: str, features: Sequence[Feature]) -> None:
    """Refuse a device that may not have these licenses, or gets them elsewhere."""
    device = arrival.device
    lacks = lacks_licensing(version, device.hardware.os_version, third_party=device.third_party)
    if lacks is not None:
        raise DomainError(ErrorCode.VERSION_TOO_OLD, lacks)
    premium = any(feature.type is LicenseType.PREMIUM for feature in features)
    if premium and device.third_party:
        message = "premium licenses are for devices of the vendor's own make"
        raise DomainError(ErrorCode.PREMIUM_NOT_ALLOWED, message)
    if arrival.customer.content.extension_manager and device.exm is not None:
        message = "the device is signed in to an Extension Manager, which gives it its licenses"
        raise DomainError(ErrorCode.USE_EXM, message)
