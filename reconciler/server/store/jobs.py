"""Background jobs in SQL: leases with a fence, and runs."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, Row, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.server.domain.identifiers import milliseconds, moment
from reconciler.server.domain.jobs import JobName, JobRun, JobState, Lease, RunResult
from reconciler.server.store.binding import Binding
from reconciler.server.store.job_schema import job, job_run
from reconciler.server.usecases.job_ports import Applicant, LostLeaseError

_KNOWN = frozenset(JobName)


class JobRows:
    """The `Jobs` port."""

    def __init__(self, binding: Binding) -> None:
        self._connection = binding.connection

    def add(self, due: Mapping[JobName, datetime]) -> None:
        """Store jobs that are not there yet, with the time that they are due first."""
        rows = [{"name": name, "next_at": milliseconds(at), "fence": 0} for name, at in due.items()]
        self._connection.execute(self._insert_missing(), rows)

    def hasten(self, name: JobName, due: datetime) -> None:
        """Make a job due at this time, unless it is due before."""
        at = milliseconds(due)
        self._connection.execute(
            update(job).where(job.c.name == name, job.c.next_at > at).values(next_at=at)
        )

    def due(self, now: datetime) -> Sequence[JobName]:
        """Jobs whose time has come and that nobody runs, the longest overdue first."""
        at = milliseconds(now)
        rows = self._connection.execute(
            select(job.c.name)
            .where(job.c.next_at <= at, _free(at), job.c.name.in_(sorted(_KNOWN)))
            .order_by(job.c.next_at, job.c.name)
        )
        return [JobName(row.name) for row in rows]

    def take(self, name: JobName, applicant: Applicant, *, only_due: bool) -> Lease | None:
        """A lease, with its run begun; None while another one holds it, or it is not due.

        One statement decides, so of many applicants one gets it.
        """
        at = milliseconds(applicant.now)
        conditions = [job.c.name == name, _free(at)]
        if only_due:
            conditions.append(job.c.next_at <= at)
        fence = self._connection.execute(
            update(job)
            .where(*conditions)
            .values(
                holder=applicant.holder,
                leased_until=milliseconds(applicant.until),
                fence=job.c.fence + 1,
            )
            .returning(job.c.fence)
        ).scalar_one_or_none()
        if fence is None:
            return None
        self._connection.execute(
            update(job_run)
            .where(job_run.c.job == name, job_run.c.result == RunResult.RUNNING)
            .values(result=RunResult.FAILED, finished_at=at, summary='{"abandoned": 1}')
        )
        self._connection.execute(
            insert(job_run),
            {
                "id": applicant.run_id,
                "job": name,
                "started_at": at,
                "result": RunResult.RUNNING,
                "summary": "{}",
            },
        )
        return Lease(name, applicant.run_id, fence)

    def renew(self, lease: Lease, until: datetime) -> None:
        """Prolong a lease; the UPDATE keeps its row locked. Raises LostLeaseError."""
        self._with_fence(lease, {"leased_until": milliseconds(until)})

    def finish(self, lease: Lease, run: JobRun, next_at: datetime | None) -> None:
        """Give the lease back and store the run. Raises LostLeaseError."""
        values: dict[str, object] = {"holder": None, "leased_until": None}
        if next_at is not None:
            values["next_at"] = milliseconds(next_at)
        self._with_fence(lease, values)
        finished = None if run.finished_at is None else milliseconds(run.finished_at)
        self._connection.execute(
            update(job_run)
            .where(job_run.c.id == lease.run_id)
            .values(result=run.result, finished_at=finished, summary=json.dumps(dict(run.summary)))
        )

    def states(self, now: datetime) -> Sequence[JobState]:
        """Every job, by name."""
        at = milliseconds(now)
        rows = self._connection.execute(
            select(job).where(job.c.name.in_(sorted(_KNOWN))).order_by(job.c.name)
        ).all()
        return [
            JobState(
                job=JobName(row.name),
                next_at=moment(row.next_at),
                running=row.leased_until is not None and row.leased_until > at,
                last_run=self._last_run(row.name),
            )
            for row in rows
        ]

    def drop_runs(self, before: datetime) -> int:
        """Forget runs that started before; how many there were."""
        gone = self._connection.execute(
            delete(job_run).where(
                job_run.c.started_at < milliseconds(before),
                job_run.c.result != RunResult.RUNNING,
            )
        )
        return gone.rowcount

    def _last_run(self, name: str) -> JobRun | None:
        row = self._connection.execute(
            select(job_run).where(job_run.c.job == name).order_by(job_run.c.id.desc()).limit(1)
        ).first()
        return None if row is None else _read(row)

    def _with_fence(self, lease: Lease, values: Mapping[str, object]) -> None:
        changed = self._connection.execute(
            update(job)
            .where(job.c.name == lease.job, job.c.fence == lease.fence)
            .values(**dict(values))
        )
        if changed.rowcount != 1:
            message = f"another holder runs {lease.job}"
            raise LostLeaseError(message)

    def _insert_missing(self) -> Insert:
        if self._connection.dialect.name == "postgresql":
            return postgresql.insert(job).on_conflict_do_nothing()
        return sqlite.insert(job).on_conflict_do_nothing()


def _free(at: int) -> ColumnElement[bool]:
    return or_(job.c.leased_until.is_(None), job.c.leased_until <= at)


def _read(row: Row[Any]) -> JobRun:
    return JobRun(
        id=row.id,
        job=JobName(row.job),
        started_at=moment(row.started_at),
        finished_at=None if row.finished_at is None else moment(row.finished_at),
        result=RunResult(row.result),
        summary=json.loads(row.summary),
    )
