"""What licenses have to do, written a second time, as simply as possible and slowly.

Nothing of the server's decisions is used here; lots are keyed by external id and type.
"""

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Key = tuple[str, str]
GRANTED = "granted"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def type_of(feature: str) -> str:
    return "PREMIUM" if feature in {"AURA_PREMIUM", "CUCM_PREMIUM", "CME_PREMIUM"} else "STANDARD"


@dataclass
class Sold:
    """What the licensing system tells of a lot."""

    quantity: int
    end: datetime | None
    new: bool
    valid: bool = True


@dataclass
class ModelLot:
    total: int
    end: datetime | None
    grace: timedelta
    verified: datetime
    told: bool
    valid: bool

    @property
    def ends(self) -> tuple[datetime, datetime]:
        """With grace, and without."""
        if self.end is None:
            later = self.verified
            while later.year < self.verified.year + 10:
                later = _next_year(later)
            return later, later
        return self.end + self.grace, self.end

    def runs(self, now: datetime) -> bool:
        return self.told and self.valid and (self.end is None or now < self.end + self.grace)


def _next_year(moment: datetime) -> datetime:
    leap_day = (moment.month, moment.day) == (2, 29)
    return moment.replace(year=moment.year + 1, day=28 if leap_day else moment.day)


@dataclass
class ModelSeat:
    lot: Key
    status: str
    holder: str
    first: datetime
    told: datetime
    exm_contact: datetime


@dataclass
class Model:
    """Settings, lots, seats and contacts of one customer."""

    now: datetime
    detection: bool = True
    farthest: bool = False
    overage_percent: int = 0
    grace_days: int = 0
    foreign: frozenset[str] = frozenset()
    sold: dict[Key, Sold] = field(default_factory=dict)
    lots: dict[Key, ModelLot] = field(default_factory=dict)
    seats: dict[tuple[str, str], ModelSeat] = field(default_factory=dict)
    contacts: dict[str, datetime] = field(default_factory=dict)

    def used(self) -> Counter[Key]:
        return Counter(seat.lot for seat in self.seats.values() if seat.status != "RELEASED")

    def holders(self) -> list[tuple[str, str]]:
        """Each device with a feature that it has a seat for."""
        return sorted(key for key, seat in self.seats.items() if seat.status != "RELEASED")

    def sync(self) -> None:
        for key, sold in self.sold.items():
            extra = sold.quantity * self.overage_percent // 100 if sold.new else 0
            grace = self.grace_days * DAY if sold.new else 0 * DAY
            total = sold.quantity + extra
            self.lots[key] = ModelLot(total, sold.end, grace, self.now, True, sold.valid)  # noqa: FBT003 - seen
        for key, lot in self.lots.items():
            if key not in self.sold:
                lot.told = False

    def ask(self, device: str, features: Iterable[str], reason: str) -> str:
        self.contacts[device] = self.now
        features = list(features)
        if device in self.foreign and any(type_of(one) == "PREMIUM" for one in features):
            return "PREMIUM_NOT_ALLOWED"
        eager = reason == "EXPIRED" and self.detection
        eager = eager or (self.farthest and reason in {"TOKEN_SCAN", "REBOOT"})
        patient = reason == "EXPIRED" and not self.detection
        return self._give(device, features, "PVM", (eager, patient))

    def sign_in(self, device: str, features: Iterable[str]) -> str:
        return self._give(device, features, "EXM", (False, False))

    def _give(
        self, device: str, features: Iterable[str], holder: str, mood: tuple[bool, bool]
    ) -> str:
        """All or nothing: on a copy, which takes the place of the seats when all went well."""
        before = deepcopy(self.seats)
        for feature in features:
            seat = self.seats.get((device, feature))
            held = None if seat is None or seat.status == "RELEASED" else seat.lot
            lot = self._lot_for(type_of(feature), held, mood)
            if lot is None:
                self.seats = before
                return "NO_LICENSE_AVAILABLE" if held is None else "LICENSE_EXPIRED"
            first = seat.first if seat else self.now
            made = ModelSeat(lot, "IN_USE", holder, first, self.now, self.now)
            self.seats[device, feature] = made
        return GRANTED

    def _lot_for(self, kind: str, held: Key | None, mood: tuple[bool, bool]) -> Key | None:
        eager, patient = mood
        used = self.used()
        free = {
            key: lot.total - used[key]
            for key, lot in self.lots.items()
            if key[1] == kind and lot.runs(self.now) and lot.total > used[key]
        }
        best: Key | None = None
        for key in sorted(free):
            mine = (*self.lots[key].ends, free[key])
            if best is None or mine > (*self.lots[best].ends, free[best]):
                best = key
        if held is None:
            return best
        if not self.lots[held].runs(self.now):
            return None if patient else best
        if eager and best is not None and self.lots[best].ends > self.lots[held].ends:
            return best
        return held

    def free(self, device: str, event: str, holders: Iterable[str] = ("PVM", "EXM")) -> None:
        """What an event does to the seats of one device."""
        for (owner, feature), seat in self.seats.items():
            if owner == device and seat.holder in holders and seat.status != "RELEASED":
                self._lose(seat, type_of(feature), event)

    def _lose(self, seat: ModelSeat, kind: str, event: str) -> None:
        premium = kind == "PREMIUM"
        if event in {"SIGN_OUT", "EXM_TIMEOUT"}:
            if seat.holder != "EXM":
                return
            after = "HELD" if premium else "RELEASED"
        elif event in {"PVM_TIMEOUT", "RETURNED"}:
            if seat.holder != "PVM" or premium:
                return
            after = "RELEASED"
        else:
            after = "RELEASED"
        if seat.status != after:
            seat.status, seat.told = after, self.now

    def sweep(self) -> None:
        for (device, feature), seat in self.seats.items():
            silent = self.contacts.get(device, self.now) <= self.now - 30 * DAY
            if seat.status == "IN_USE" and silent:
                self._lose(seat, type_of(feature), "PVM_TIMEOUT")

    def sweep_exm(self) -> None:
        for (_, feature), seat in self.seats.items():
            if seat.status == "IN_USE" and seat.exm_contact <= self.now - HOUR:
                self._lose(seat, type_of(feature), "EXM_TIMEOUT")

    def push(self, device: str, feature: str, lot: str, use: str, said: datetime) -> str:
        key = lot, type_of(feature)
        if key not in self.lots:
            return "UNKNOWN_LOT"
        said = min(said, self.now)
        seat = self.seats.get((device, feature))
        if seat is not None and said <= seat.told:
            return "IGNORED_OLDER"
        if use == "HELD" and type_of(feature) == "STANDARD":
            use = "RELEASED"
        first = seat.first if seat else said
        self.seats[device, feature] = ModelSeat(key, use, "EXM", first, said, self.now)
        return "APPLIED"

    def call_exm(self, device: str) -> None:
        for (owner, _), seat in self.seats.items():
            if owner == device and seat.holder == "EXM" and seat.status != "RELEASED":
                seat.exm_contact = self.now

    def edges(self) -> list[datetime]:
        """Moments at which something ends."""
        ends = [lot.ends[0] for lot in self.lots.values() if lot.end is not None]
        silent = [contact + 30 * DAY for contact in self.contacts.values()]
        hours = [seat.exm_contact + HOUR for seat in self.seats.values() if seat.holder == "EXM"]
        return sorted({*ends, *silent, *hours})
