"""Background jobs: taken under a lease, done, and booked.

Everything that a run writes goes through `FencedStore`, so a run that has lost its lease writes
nothing more, whatever the job does and however late it wakes up.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog

from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.customer import Customer
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.jobs import JobName, JobRun, JobState, Lease, RunResult
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Permission
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.gauges import Gauges
from reconciler.server.usecases.job_ports import Applicant, LostLeaseError
from reconciler.server.usecases.partner_ports import PartnerError
from reconciler.server.usecases.ports import Delivery, Reach, Store, Tenant, Transaction, World
from reconciler.server.usecases.scope import present

Answer = TypeVar("Answer")
Counts = Mapping[str, int]
LEASE_LIFE = timedelta(minutes=5)
JOB_LOG = "pvm.job"
FAILED = "failed"
"""The count that makes a run FAILED."""
MOST_IN_VAIN = 5
"""After so many customers in a row whose partner failed, the others wait for the next run."""
_HOLDER_BYTES = 8


class StoppingError(Exception):
    """The server stops; the rest of a run is left to whoever takes the job next."""


@dataclass(frozen=True, slots=True)
class Once:
    """A job that is done once for the whole server. `waiting` tells whether there is anything."""

    work: Callable[[World], Counts]
    waiting: Callable[[World], bool] | None = None


@dataclass(frozen=True, slots=True)
class EachCustomer:
    """A job that is done for each customer it concerns; one's failure leaves the others alone."""

    work: Callable[[World, CustomerRef], Counts]
    concerns: Callable[[Customer], bool]


Job = Once | EachCustomer
Table = Mapping[JobName, Job]


class Timetable(Protocol):
    """When jobs are due."""

    def next_due(self, job: JobName, after: datetime, *, failed: bool = False) -> datetime:
        """The first due time after this one; sooner for a job that has just failed."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who runs jobs: a name that no other process has, and whether it is to stop."""

    holder: str
    table: Table
    timetable: Timetable
    stopping: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class FencedStore:
    """The store of one run: each write prolongs the lease, or fails when it is lost."""

    store: Store
    lease: Lease
    clock: Callable[[], datetime]

    def read(self, tenant: Tenant) -> AbstractContextManager[Transaction]:
        """As the store's."""
        return self.store.read(tenant)

    def write(
        self, tenant: Tenant, work: Callable[[Transaction], Answer], *, alone: bool = True
    ) -> Answer:
        """As the store's. Raises LostLeaseError."""

        def fenced(tx: Transaction) -> Answer:
            tx.jobs.renew(self.lease, self.clock() + LEASE_LIFE)
            return work(tx)

        return self.store.write(tenant, fenced, alone=alone)

    def deliver(self, token_key: str) -> Delivery | None:
        """As the store's."""
        return self.store.deliver(token_key)

    def deliveries(self, token_keys: Sequence[str]) -> Mapping[str, Delivery]:
        """As the store's."""
        return self.store.deliveries(token_keys)

    def ping(self) -> None:
        """As the store's."""
        self.store.ping()

    def gauges(self, now: datetime) -> Gauges:
        """As the store's."""
        return self.store.gauges(now)


def list_jobs(world: World, caller: Caller) -> Sequence[JobState]:
    """Every job. Raises FORBIDDEN."""
    caller.require(Permission.READ_JOBS)
    with world.store.read(Reach.VENDOR) as tx:
        return tx.jobs.states(present(world))


def run_now(world: World, caller: Caller, name: str, table: Table) -> JobRun:
    """Run a job whether or not it is due; when it is due next stays as it is.

    Raises:
        DomainError: FORBIDDEN, VALIDATION for an unknown job, JOB_RUNNING.
    """
    caller.require(Permission.WRITE_JOBS)
    if name not in table:
        refuse("name", f"must be one of {', '.join(sorted(table))}")
    job = JobName(name)
    lease = _take(world, job, world.chance(_HOLDER_BYTES).hex(), only_due=False)
    if lease is None:
        raise DomainError(ErrorCode.JOB_RUNNING, "this job runs already; wait until it has ended")
    try:
        return _run(world, table[job], lease, None)
    except LostLeaseError as error:
        message = "another holder took this job over meanwhile"
        raise DomainError(ErrorCode.JOB_RUNNING, message) from error


def begin(world: World, crew: Crew, hastened: Sequence[JobName]) -> None:
    """Store what the table has, each due by the timetable; `hastened` ones are due at once."""
    now = present(world)

    def work(tx: Transaction) -> None:
        tx.jobs.add({name: crew.timetable.next_due(name, now) for name in crew.table})
        for name in hastened:
            tx.jobs.hasten(name, now)

    world.store.write(Reach.VENDOR, work, alone=False)


def run_due(world: World, crew: Crew) -> tuple[JobRun, ...]:
    """Run every job that is due and that nobody else runs; a due time that was missed runs once."""
    with world.store.read(Reach.VENDOR) as tx:
        due = [name for name in tx.jobs.due(present(world)) if name in crew.table]
    runs: list[JobRun] = []
    for name in due:
        if crew.stopping():
            break
        job = crew.table[name]
        if isinstance(job, Once) and job.waiting is not None and not job.waiting(world):
            continue
        lease = _take(world, name, crew.holder, only_due=True)
        if lease is None:
            continue
        try:
            runs.append(_run(world, job, lease, crew))
        except LostLeaseError:
            structlog.get_logger(JOB_LOG).warning("taken over", job=name, run=lease.run_id)
    return tuple(runs)


def _take(world: World, name: JobName, holder: str, *, only_due: bool) -> Lease | None:
    desk = Desk.open(world, Reach.VENDOR, None)
    applicant = Applicant(holder, desk.new_id(), desk.now, desk.now + LEASE_LIFE)

    def work(tx: Transaction) -> Lease | None:
        if not only_due:
            tx.jobs.add({name: desk.now})
        return tx.jobs.take(name, applicant, only_due=only_due)

    return world.store.write(Reach.VENDOR, work, alone=False)


def _run(world: World, job: Job, lease: Lease, crew: Crew | None) -> JobRun:
    """Do a job and book it. Without a crew its next due time stays as it is."""
    started = present(world)
    fenced = replace(world, store=FencedStore(world.store, lease, lambda: present(world)))
    counts: Counter[str] = Counter()
    stopped = False
    try:
        if isinstance(job, Once):
            _attempt(fenced, lease, None, lambda: counts.update(job.work(fenced)), counts)
        else:
            _for_each(fenced, job, lease, counts, crew.stopping if crew else _never)
    except StoppingError:
        stopped = True
    finished = present(world)
    result = RunResult.FAILED if counts[FAILED] else RunResult.OK
    summary = dict(sorted((counts + Counter({"stopped": int(stopped)})).items()))
    run = JobRun(lease.run_id, lease.job, started, finished, result, summary)
    next_at = None
    if crew is not None and not stopped:
        next_at = crew.timetable.next_due(lease.job, finished, failed=bool(counts[FAILED]))
    world.store.write(Reach.VENDOR, lambda tx: tx.jobs.finish(lease, run, next_at), alone=False)
    return run


def _for_each(
    world: World,
    job: EachCustomer,
    lease: Lease,
    counts: Counter[str],
    stopping: Callable[[], bool],
) -> None:
    with world.store.read(Reach.EVERYONE) as tx:
        customers = [row for row in tx.customers.stream(ListQuery()) if job.concerns(row)]
    in_vain = 0
    for number, row in enumerate(customers):
        if stopping():
            raise StoppingError
        if in_vain == MOST_IN_VAIN:
            counts["left"] = len(customers) - number
            return
        customer = CustomerRef(row.id, row.code, row.content.name)
        counts["customers"] += 1

        def work(customer: CustomerRef = customer) -> None:
            counts.update(job.work(world, customer))

        error = _attempt(world, lease, customer, work, counts)
        in_vain = in_vain + 1 if isinstance(error, PartnerError) else 0


def _attempt(
    world: World,
    lease: Lease,
    customer: CustomerRef | None,
    work: Callable[[], None],
    counts: Counter[str],
) -> Exception | None:
    """Do one part of a job; a failure is logged, counted, left as an event, and returned."""
    try:
        work()
    except (LostLeaseError, StoppingError):
        raise
    except Exception as error:  # whatever it is, the other customers go on
        counts[FAILED] += 1
        log = structlog.get_logger(JOB_LOG)
        log.exception("failed", job=lease.job, customer=customer.code if customer else None)
        _note_failure(world, lease, customer, _reason(error))
        return error
    return None


def _reason(error: Exception) -> str:
    """Only texts that are ours: a library's may quote a secret."""
    if isinstance(error, DomainError):
        return error.detail
    return str(error) if isinstance(error, PartnerError) else type(error).__name__


def _note_failure(world: World, lease: Lease, customer: CustomerRef | None, reason: str) -> None:
    tenant: Tenant = Reach.VENDOR if customer is None else customer

    def work(tx: Transaction) -> None:
        desk = Desk.open(world, tenant, None)
        info = f"{lease.job} failed: {reason}"
        desk.note(Fact(EventType.JOB_FAILED, info, lease.job, severity=Severity.ERROR))
        desk.file(tx)

    world.store.write(tenant, work, alone=False)


def _never() -> bool:
    return False
