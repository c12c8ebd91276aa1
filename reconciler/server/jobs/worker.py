"""The worker: one thread that runs what is due until it is told to stop."""

from collections.abc import Sequence
from threading import Event, Thread

import structlog

from reconciler.server.domain.jobs import JobName
from reconciler.server.usecases.jobs import JOB_LOG, Crew, Table, Timetable, begin, run_due
from reconciler.server.usecases.ports import World

_LOOK_EVERY_SECONDS = 5.0
_HOLDER_BYTES = 8


class Worker:
    """Runs jobs beside the server. Several processes over one database share the work.

    It looks for due jobs every few seconds, and at once when `news` is set.
    """

    def __init__(self, world: World, table: Table, timetable: Timetable, news: Event) -> None:
        self._world = world
        self._stopping = Event()
        self._news = news
        self._crew = Crew(
            world.chance(_HOLDER_BYTES).hex(), table, timetable, self._stopping.is_set
        )
        self._thread = Thread(target=self._live, name="jobs", daemon=True)

    def start(self, hastened: Sequence[JobName] = ()) -> None:
        """Begin; `hastened` jobs run at once."""
        begin(self._world, self._crew, [job for job in hastened if job in self._crew.table])
        self._thread.start()

    def stop(self, patience_seconds: float) -> bool:
        """End after what is being done for one customer; False when that takes too long."""
        self._stopping.set()
        self._news.set()
        self._thread.join(patience_seconds)
        return not self._thread.is_alive()

    def _live(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                run_due(self._world, self._crew)
            except Exception:  # a database may be away; the next look finds what is due then
                log = structlog.get_logger(JOB_LOG)
                log.exception("worker")
            if not self._stopping.is_set():
                self._news.wait(_LOOK_EVERY_SECONDS)
