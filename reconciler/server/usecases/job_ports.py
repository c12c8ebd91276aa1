"""What use cases need of the storage of background jobs and of what simulators remember."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconciler.server.domain.jobs import JobName, JobRun, JobState, Lease


class LostLeaseError(Exception):
    """Another holder runs the job by now; what this transaction wrote is rolled back."""


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants a lease: a name that no other holder has, and the id of the run it would begin."""

    holder: str
    run_id: str
    now: datetime
    until: datetime


class Jobs(Protocol):
    """Jobs and their runs; they belong to no customer."""

    def add(self, due: Mapping[JobName, datetime]) -> None:
        """Store jobs that are not there yet, with the time that they are due first."""

    def hasten(self, name: JobName, due: datetime) -> None:
        """Make a job due at this time, unless it is due before."""

    def due(self, now: datetime) -> Sequence[JobName]:
        """Jobs whose time has come and that nobody runs, the longest overdue first."""

    def take(self, name: JobName, applicant: Applicant, *, only_due: bool) -> Lease | None:
        """A lease, with its run begun; None while another one holds it, or it is not due.

        A run that an earlier holder never finished becomes FAILED.
        """

    def renew(self, lease: Lease, until: datetime) -> None:
        """Prolong a lease; its row stays locked until the transaction ends.

        Raises:
            LostLeaseError: another holder has taken over.
        """

    def finish(self, lease: Lease, run: JobRun, next_at: datetime | None) -> None:
        """Give the lease back and store the run; None leaves the next due time.

        Raises:
            LostLeaseError: another holder has taken over.
        """

    def states(self, now: datetime) -> Sequence[JobState]:
        """Every job, by name."""

    def drop_runs(self, before: datetime) -> int:
        """Forget runs that started before; how many there were."""


class Simulated(Protocol):
    """What simulators of other systems remember; bodies are JSON texts."""

    def get(self, partner: str, key: str) -> str | None:
        """What is kept under a key."""

    def all(self, partner: str, prefix: str = "") -> Mapping[str, str]:
        """Everything of a partner whose key begins so, by key."""

    def put(self, partner: str, key: str, body: str) -> None:
        """Keep something, in place of what was there."""

    def drop(self, partner: str, key: str) -> None:
        """Forget a key."""
