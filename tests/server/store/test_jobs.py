"""Leases with a fence, straight at the port."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.server.domain.jobs import JobName, JobRun, RunResult
from reconciler.server.store.database import Database
from reconciler.server.usecases.job_ports import Applicant, LostLeaseError
from reconciler.server.usecases.ports import Reach, Transaction

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B = JobName.HOUSEKEEPING, JobName.LICENSE_SYNC


def applicant(number: int, at: datetime = NOW) -> Applicant:
    return Applicant(f"holder-{number}", f"run-{number}", at, at + HOUR)


def test_jobs_come_due_in_the_order_of_their_times(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.jobs.add({A: NOW, B: NOW - HOUR})
        tx.jobs.add({A: NOW - 9 * HOUR})
        assert tx.jobs.due(NOW - timedelta(milliseconds=1)) == [B]
        assert tx.jobs.due(NOW) == [B, A]
        tx.jobs.hasten(A, NOW - 2 * HOUR)
        tx.jobs.hasten(A, NOW + HOUR)
        assert tx.jobs.due(NOW) == [A, B]

    database.write(Reach.VENDOR, work)


def test_a_lease_is_one_holders_until_its_end_and_its_fence_never_comes_again(
    database: Database,
) -> None:
    def work(tx: Transaction) -> None:
        tx.jobs.add({A: NOW + HOUR})
        assert tx.jobs.take(A, applicant(0), only_due=True) is None
        first = tx.jobs.take(A, applicant(1), only_due=False)
        assert first is not None
        assert tx.jobs.take(A, applicant(2), only_due=False) is None
        assert tx.jobs.due(NOW + HOUR - timedelta(milliseconds=1)) == []
        second = tx.jobs.take(A, applicant(3, NOW + HOUR), only_due=True)
        assert second is not None
        assert second.fence > first.fence
        run = JobRun(second.run_id, A, NOW + HOUR, NOW + HOUR, RunResult.OK, {"seats": 3})
        with pytest.raises(LostLeaseError):
            tx.jobs.renew(first, NOW + 9 * HOUR)
        with pytest.raises(LostLeaseError):
            tx.jobs.finish(first, run, None)
        tx.jobs.renew(second, NOW + 3 * HOUR)
        tx.jobs.finish(second, run, NOW + 5 * HOUR)
        (state,) = tx.jobs.states(NOW + HOUR)
        assert (state.next_at, state.running, state.last_run) == (NOW + 5 * HOUR, False, run)
        third = tx.jobs.take(A, applicant(4, NOW + HOUR), only_due=False)
        assert third is not None
        assert third.fence > second.fence

    database.write(Reach.VENDOR, work)


def test_old_runs_are_forgotten_but_never_one_that_runs(database: Database) -> None:
    def work(tx: Transaction) -> None:
        tx.jobs.add({A: NOW, B: NOW})
        finished = tx.jobs.take(A, applicant(1), only_due=True)
        assert finished is not None
        run = JobRun(finished.run_id, A, NOW, NOW, RunResult.FAILED, {"failed": 1})
        tx.jobs.finish(finished, run, None)
        tx.jobs.take(B, applicant(2), only_due=True)
        assert tx.jobs.drop_runs(NOW) == 0
        assert tx.jobs.drop_runs(NOW + HOUR) == 1
        assert [state.last_run is None for state in tx.jobs.states(NOW)] == [True, False]

    database.write(Reach.VENDOR, work)
