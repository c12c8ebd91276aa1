"""What use cases need of the storage of licenses."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from reconciler.server.domain.assignments import Assignment, Holder
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import Lot
from reconciler.server.domain.listing import ListQuery, Page


class Lots(Protocol):
    """Lots of licenses."""

    def all(self, *, in_exm: bool = True) -> Sequence[Lot]:
        """Every lot within the transaction's reach.

        Without `in_exm`, nobody counts what Extension Managers hold, and `used_in_exm` is 0: for
        decisions, which never ask for it and should not take longer with every device.
        """

    def insert(self, lot: Lot) -> None:
        """Store a new lot. Raises StaleWriteError when it exists meanwhile."""

    def update(self, lot: Lot) -> None:
        """Replace everything of a lot but `used`."""

    def take_seat(self, lot_id: str) -> bool:
        """One seat more, by a statement that fails when none is free (False)."""

    def add_used(self, lot_id: str, by: int) -> None:
        """Change `used` whatever the total; never below nothing."""

    def page(self, query: ListQuery, now: datetime) -> Page[Lot]:
        """One page; `now` decides the state that a filter asks for."""

    def stream(self, query: ListQuery, now: datetime) -> Iterator[Lot]:
        """Every lot that fits, in order."""


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment with the lot that its seat is, or was, of."""

    assignment: Assignment
    lot: Lot


class Assignments(Protocol):
    """Who holds what."""

    def of_device(self, device_id: str) -> Sequence[Assignment]:
        """A device's rows, by feature."""

    def of_devices(self, device_ids: Sequence[str]) -> Mapping[str, Sequence[Assignment]]:
        """The rows of several devices."""

    def put(self, assignments: Sequence[Assignment]) -> None:
        """Store rows, new or not; `used` of the lots is the caller's affair."""

    def silent(
        self, holder: Holder, since: datetime, limit: int, kind: LicenseType | None = None
    ) -> Sequence[Assignment]:
        """IN_USE rows of a holder whose device's last contact is not after `since`, oldest first.

        For what an Extension Manager holds, only contacts through it count. `kind` leaves the
        other type out.
        """

    def counted(self) -> Mapping[str, int]:
        """How many seats of each lot are held, counted anew: what `used` has to equal."""

    def page(self, query: ListQuery) -> Page[Held]:
        """One page."""

    def stream(self, query: ListQuery) -> Iterator[Held]:
        """Every row that fits, in order, without holding them all."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A day's seats (G-03)."""

    day: date
    premium_used: int
    premium_total: int
    standard_used: int
    standard_total: int


class Snapshots(Protocol):
    """One snapshot for each customer and day."""

    def put(self, snapshot: Snapshot) -> None:
        """Store one in place of the day's."""

    def days(self, first: date, last: date) -> Sequence[Snapshot]:
        """Snapshots of these days, both included, summed over the transaction's reach."""

    def first_day(self) -> date | None:
        """The first day that has one."""


@dataclass(frozen=True, slots=True)
class ExtensionManager:
    """An Extension Manager that has called."""

    name: str
    last_sync_get_at: datetime | None
    last_push_at: datetime | None
    created_at: datetime


class ExtensionManagers(Protocol):
    """The Extension Managers of a customer."""

    def find(self, name: str) -> ExtensionManager | None:
        """The one of this name."""

    def put(self, manager: ExtensionManager) -> None:
        """Store one, new or not."""

    def all(self) -> Sequence[ExtensionManager]:
        """Every one, by name."""
