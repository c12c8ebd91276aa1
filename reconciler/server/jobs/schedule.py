"""When background jobs are due. Times are UTC; there is no summer time to stumble over."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from reconciler.server.domain.jobs import JobName

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RETRY = timedelta(hours=1)
"""A daily job that failed is tried again this soon."""


@dataclass(frozen=True, slots=True)
class Every:
    """Due at every multiple of an interval since 1970, so that all servers mean the same moment."""

    interval: timedelta

    def next_due(self, after: datetime) -> datetime:
        """The first multiple later than this."""
        return after - (after - _EPOCH) % self.interval + self.interval


@dataclass(frozen=True, slots=True)
class Daily:
    """Due at this time of every day."""

    at: time

    def next_due(self, after: datetime) -> datetime:
        """The first such time later than this."""
        today = datetime.combine(after.astimezone(UTC).date(), self.at, UTC)
        return today if today > after else today + timedelta(days=1)


Rule = Every | Daily
_HOURLY = Every(timedelta(hours=1))
_FIVE_MINUTES = Every(timedelta(minutes=5))
_RULES: Mapping[JobName, Rule] = {
    JobName.LICENSE_SYNC: Daily(time(2, 0)),
    JobName.PVM_LICENSE_RELEASE: _HOURLY,
    JobName.EXM_LICENSE_RELEASE: _FIVE_MINUTES,
    JobName.EXM_LICENSE_SYNC: _HOURLY,
    JobName.PTT_PRO_REMOVAL: _HOURLY,
    JobName.PTT_PRO_RETRY: _FIVE_MINUTES,
    JobName.LICENSE_SNAPSHOT: Daily(time(23, 59)),
    JobName.MAIL_DELIVERY: Every(timedelta(seconds=15)),
    JobName.HOUSEKEEPING: Daily(time(3, 30)),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """The timetable; `license_sync_at` is an operator's choice (Q-48)."""

    license_sync_at: time = time(2, 0)
    rules: Mapping[JobName, Rule] = field(default_factory=lambda: _RULES)

    def next_due(self, job: JobName, after: datetime, *, failed: bool = False) -> datetime:
        """The first due time after this one; a daily job that failed is tried within the hour."""
        rule = self.rules[job]
        if job is JobName.LICENSE_SYNC:
            rule = Daily(self.license_sync_at)
        due = rule.next_due(after)
        return min(due, after + RETRY) if failed else due
