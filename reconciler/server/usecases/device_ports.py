"""What use cases need of the storage of devices, their history and their push-to-talk entries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.device import Device
from reconciler.server.domain.history import HistoryRecord
from reconciler.server.domain.listing import ListQuery, Page


class Devices(Protocol):
    """Devices, and which customer has the ACTIVE row of each."""

    def find(self, device_ids: Sequence[str]) -> Mapping[str, Device]:
        """The rows that exist, in any state."""

    def holders(self, device_id: str) -> Sequence[CustomerRef]:
        """The customers within the transaction's reach that have a row of it, in any state."""

    def home(self, device_id: str) -> CustomerRef | None:
        """The customer where the device is ACTIVE, anywhere on the server."""

    def homes(self, device_ids: Sequence[str]) -> Mapping[str, CustomerRef]:
        """As `home`, for many; those that are ACTIVE nowhere are missing."""

    def put(self, devices: Sequence[Device]) -> None:
        """Store rows, new or not; the owner's row follows the state.

        Raises:
            StaleWriteError: the device became ACTIVE at another customer meanwhile.
        """

    def silent(self, since: datetime, limit: int) -> Sequence[Device]:
        """Devices with a site whose last contact is not after `since`, oldest first."""

    def active(self) -> Mapping[str, str | None]:
        """The site of each ACTIVE device, None where it is registered nowhere."""

    def counts_of_sites(self, names: Sequence[str]) -> Mapping[str, int]:
        """How many devices are registered at each of these sites."""

    def at_site(self, name: str) -> Sequence[str]:
        """The ids of the devices registered at a site, sorted."""

    def leave_site(self, name: str) -> int:
        """Clear the site of every device there; how many there were."""

    def page(self, query: ListQuery) -> Page[Device]:
        """One page."""

    def stream(self, query: ListQuery) -> Iterator[Device]:
        """Every device that fits, in order, without holding them all."""


class History(Protocol):
    """The record of requests; append-only."""

    def add(self, records: Sequence[HistoryRecord]) -> None:
        """Append, in this order."""

    def page(self, query: ListQuery) -> Page[HistoryRecord]:
        """One page."""

    def stream(self, query: ListQuery) -> Iterator[HistoryRecord]:
        """Every record that fits, in order, without holding them all."""


class TokenRequests(Protocol):
    """Downloads by day and application (D-21)."""

    def count(self, day: date, app_id: str, by: int = 1) -> None:
        """Add to a day's count."""

    def series(self, first: date, last: date) -> Sequence[tuple[date, str, int]]:
        """The counts of these days, both included, summed over the transaction's reach."""

    def first_day(self) -> date | None:
        """The first day that has a count."""


@dataclass(frozen=True, slots=True)
class PttProEntry:
    """An entry of a PTT Pro device table that this server made or adopted."""

    device_id: str
    server: str
    site: str
    adopted_from_manual: bool
    provisioned_at: datetime


@dataclass(frozen=True, slots=True)
class PttProTask:
    """What is still to be told to a PTT Pro server; without a site: delete the entry.

    While no own entry says the same, nobody knows yet whether the device may be entered there.
    """

    id: str
    server: str
    device_id: str
    site: str | None
    tries: int
    next_at: datetime
    created_at: datetime


class PttProEntries(Protocol):
    """Own entries, and what waits to be told."""

    def find(self, device_ids: Sequence[str]) -> Mapping[str, PttProEntry]:
        """Own entries, by device."""

    def put(self, entry: PttProEntry) -> None:
        """Store one in place of the device's."""

    def remove(self, device_id: str) -> None:
        """Forget one."""

    def servers(self, device_id: str) -> Sequence[str]:
        """The servers where a device has an entry of any customer, within the reach."""

    def leaving(self, device_id: str) -> Sequence[str]:
        """The servers that wait to be told, for any customer, to delete a device's entry."""

    def queue(self, task: PttProTask) -> None:
        """Store a task in place of the device's earlier ones on that server."""

    def tasks(self, device_id: str) -> Sequence[PttProTask]:
        """What waits to be told about a device, oldest first."""

    def due(self, now: datetime, limit: int) -> Sequence[tuple[CustomerRef, PttProTask]]:
        """Tasks whose time has come within the transaction's reach, oldest first."""

    def drop(self, task_id: str) -> None:
        """Forget a task."""
