"""When jobs are due."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.jobs import JobName
from reconciler.server.jobs.schedule import Daily, Every, Schedule

_MOMENTS = st.integers(0, 130 * 365 * 24 * 3600).map(
    lambda seconds: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
_INTERVALS = st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds))


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@given(interval=_INTERVALS, after=_MOMENTS)
def test_a_regular_job_is_due_within_one_interval_and_on_the_grid(
    interval: timedelta, after: datetime
) -> None:
    due = Every(interval).next_due(after)
    assert after < due <= after + interval
    assert Every(interval).next_due(due) == due + interval


@given(at=st.times(), after=_MOMENTS)
def test_a_daily_job_is_due_once_a_day(at: time, after: datetime) -> None:
    due = Daily(at).next_due(after)
    assert after < due <= after + timedelta(days=1)
    assert due.time() == at


@pytest.mark.requirement("L-02")
@pytest.mark.parametrize(
    ("job", "after", "due"),
    [
        (JobName.LICENSE_SYNC, utc(1, 1, 59), utc(1, 2)),
        (JobName.LICENSE_SYNC, utc(1, 2), utc(2, 2)),
        (JobName.LICENSE_SNAPSHOT, utc(1, 12), utc(1, 23, 59)),
        (JobName.PVM_LICENSE_RELEASE, utc(1, 12, 30), utc(1, 13)),
        (JobName.EXM_LICENSE_RELEASE, utc(1, 12, 31), utc(1, 12, 35)),
        (JobName.EXM_LICENSE_SYNC, utc(1, 12), utc(1, 13)),
        (JobName.PTT_PRO_REMOVAL, utc(1, 12), utc(1, 13)),
        (JobName.PTT_PRO_RETRY, utc(1, 12), utc(1, 12, 5)),
        (JobName.HOUSEKEEPING, utc(1, 12), utc(2, 3, 30)),
    ],
)
def test_each_job_has_its_time(job: JobName, after: datetime, due: datetime) -> None:
    assert Schedule().next_due(job, after) == due


def test_every_job_has_a_time() -> None:
    assert set(Schedule().rules) == set(JobName)


def test_an_operator_moves_the_nightly_comparison() -> None:
    schedule = Schedule(time(4, 15))
    assert schedule.next_due(JobName.LICENSE_SYNC, utc(1, 2)) == utc(1, 4, 15)
    assert schedule.next_due(JobName.LICENSE_SNAPSHOT, utc(1, 2)) == utc(1, 23, 59)


def test_a_job_that_failed_is_tried_within_the_hour() -> None:
    assert Schedule().next_due(JobName.LICENSE_SYNC, utc(1, 2), failed=True) == utc(1, 3)
    retry = Schedule().next_due(JobName.PTT_PRO_RETRY, utc(1, 2), failed=True)
    assert retry == utc(1, 2, 5)
