"""The thread that runs what is due."""

from collections.abc import Mapping
from datetime import timedelta
from threading import Event

from reconciler.server.domain.jobs import JobName
from reconciler.server.jobs.schedule import Schedule
from reconciler.server.jobs.worker import Worker
from reconciler.server.usecases.jobs import Once, Table
from reconciler.server.usecases.ports import World
from tests.server.company import Company

NAME = JobName.HOUSEKEEPING
_PATIENCE_SECONDS = 30.0


class Ringing:
    """A job that rings each time it runs; it may fail or block."""

    def __init__(self) -> None:
        self.rang = Event()
        self.go = Event()
        self.go.set()
        self.error: Exception | None = None

    def __call__(self, _world: World) -> Mapping[str, int]:
        self.rang.set()
        self.go.wait(_PATIENCE_SECONDS)
        if self.error is not None:
            raise self.error
        return {}

    @property
    def table(self) -> Table:
        return {NAME: Once(self)}


def test_a_worker_runs_what_is_due_and_stops(company: Company) -> None:
    job = Ringing()
    worker = Worker(company.world, job.table, Schedule(), Event())
    worker.start([NAME, JobName.MAIL_DELIVERY])
    assert job.rang.wait(_PATIENCE_SECONDS)
    assert worker.stop(_PATIENCE_SECONDS)


def test_a_worker_that_is_woken_looks_at_once(company: Company) -> None:
    job, news = Ringing(), Event()
    worker = Worker(company.world, job.table, Schedule(), news)
    worker.start()
    company.clock.advance(timedelta(days=1))
    news.set()
    assert job.rang.wait(_PATIENCE_SECONDS)
    assert worker.stop(_PATIENCE_SECONDS)


def test_a_worker_outlives_whatever_goes_wrong(company: Company) -> None:
    broken = Ringing()

    def clock_fails() -> bool:
        broken.rang.set()
        raise RuntimeError

    news = Event()
    table: Table = {NAME: Once(broken, lambda _world: clock_fails())}
    worker = Worker(company.world, table, Schedule(), news)
    worker.start([NAME])
    for _ in range(3):
        assert broken.rang.wait(_PATIENCE_SECONDS)
        broken.rang.clear()
        news.set()
    assert worker.stop(_PATIENCE_SECONDS)


def test_stopping_does_not_wait_for_ever(company: Company) -> None:
    job = Ringing()
    job.go.clear()
    worker = Worker(company.world, job.table, Schedule(), Event())
    worker.start([NAME])
    assert job.rang.wait(_PATIENCE_SECONDS)
    assert not worker.stop(0.01)
    job.go.set()
    assert worker.stop(_PATIENCE_SECONDS)
