"""The writes of one apply: what is to be done, what was done, and when to do no more."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from reconciler.core.change import Create, Delete
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.outcome import Applied, Failed, Outcome, Why
from reconciler.core.plan import Step
from reconciler.core.ports import (
    Denied,
    Operation,
    Put,
    RemoteFailure,
    Remove,
    Stale,
    Unreachable,
    Writer,
    Written,
)
from reconciler.core.resource import Desired, Live
from reconciler.core.values import json_equal
from reconciler.kinds import KINDS
from reconciler.workflow.readback import Sent
from reconciler.workflow.schedule import Schedule

PATIENCE: Final = 3
"""After so many writes in a row that got no answer, retries included, the server is asked whether
it is there at all: there may be no answer for some objects, and for others there is."""
HOPELESS: Final = 100
"""After so many no other is started whatever it says: it takes no writes."""

SILENT: Final = "the server stopped answering"
_STALE: Final = "somebody changed the object after the plan was made; run apply again"
_DELETED: Final = Written("deleted")


@dataclass(frozen=True, slots=True)
class Work:
    """What the writes need."""

    writer: Writer
    bodies: Mapping[ResourceId, Desired]
    live: Callable[[ResourceId], Live | None]
    """What the plan was made from."""
    concurrency: int
    halted: Callable[[], bool]
    """Whether no other write may start."""


class Execution:
    """One run over the graph of steps."""

    def __init__(
        self, schedule: Schedule, work: Work, tell: Callable[[int, Outcome], None]
    ) -> None:
        """`tell` hears of each outcome, always in the caller's own thread."""
        self.schedule = schedule
        self.work = work
        self._tell = tell
        self._sent: list[Sent] = []
        self._unanswered = 0
        self.silent = False
        """The server gave no answer for so long that nothing more is tried."""

    def may_start(self) -> bool:
        """Whether another write may begin."""
        return not (self.silent or self.work.halted())

    def operation(self, number: int) -> Operation:
        """What a step sends."""
        change = self.schedule.steps[number].change
        kind = KINDS[change.id.kind]
        if isinstance(change, Delete):
            return Remove(kind, change.id.name, change.version)
        version = None if isinstance(change, Create) else change.version
        return Put(kind, self.work.bodies[change.id], version)

    def succeed(self, number: int, written: Written) -> None:
        """Note that the server confirmed a step."""
        change = self.schedule.steps[number].change
        self._unanswered = 0
        body = self.work.bodies.get(change.id)
        self._sent.append(Sent(change, body, self.work.live(change.id), written))
        self._settle(number, Applied(change.id, written.result))

    def fail(self, number: int, failure: RemoteFailure) -> None:
        """Note that it did not."""
        id_ = self.schedule.steps[number].change.id
        self._unanswered = self._unanswered + 1 if isinstance(failure, Unreachable) else 0
        self.silent = self.silent or self._is_silent()
        self._settle(number, Failed(id_, str(failure), _why(failure)))

    def answers(self) -> bool:
        """Whether the server is there at all, whatever it may say."""
        try:
            self.work.writer.now()
        except RemoteFailure as failure:
            return not isinstance(failure, Unreachable)
        return True

    def collect(self) -> tuple[Sent, ...]:
        """What was confirmed since the last call."""
        sent, self._sent = tuple(self._sent), []
        return sent

    def write_singly(self) -> None:
        """One request for each step of the open waves, in threads, each after what it needs."""
        finished: SimpleQueue[Future[Written]] = SimpleQueue()
        running: dict[Future[Written], int] = {}
        with ThreadPoolExecutor(self.work.concurrency, "pvm-write") as pool:
            while True:
                while len(running) < self.work.concurrency and self.may_start():
                    number = self.schedule.start()
                    if number is None:
                        break
                    future = pool.submit(self._write, self.schedule.steps[number])
                    running[future] = number
                    future.add_done_callback(finished.put)
                if not running:
                    return
                future = finished.get()
                self._finish(running.pop(future), future)

    def _finish(self, number: int, future: Future[Written]) -> None:
        try:
            written = future.result()
        except RemoteFailure as failure:
            self.fail(number, failure)
        else:
            self.succeed(number, written)

    def _is_silent(self) -> bool:
        if self._unanswered >= HOPELESS:
            return True
        if not self._unanswered or self._unanswered % PATIENCE:
            return False
        return not self.answers()

    def _settle(self, number: int, outcome: Outcome) -> None:
        self.schedule.finish(number, outcome)
        self._tell(number, outcome)

    def _write(self, step: Step) -> Written:
        change = step.change
        kind, writer = KINDS[change.id.kind], self.work.writer
        self._check_untouched(kind, step)
        if isinstance(change, Delete):
            writer.delete(kind, change.id.name, change.version)
            return _DELETED
        version = None if isinstance(change, Create) else change.version
        return writer.upsert(kind, self.work.bodies[change.id], version)

    def _check_untouched(self, kind: Kind, step: Step) -> None:
        """Where the server can't check a precondition itself, look just before the write.

        Raises:
            Stale: The object is neither as it was nor as it should become.
        """
        change = step.change
        offers_tags = "etag" in self.work.writer.capabilities().offers
        if offers_tags and (isinstance(change, Create) or change.version is not None):
            return
        now, before = self.work.writer.find(kind, change.id.name), self.work.live(change.id)
        body = self.work.bodies.get(change.id)
        untouched = (now is None and before is None) or (
            now is not None and before is not None and json_equal(now.value, before.value)
        )
        wanted = now is not None and body is not None and json_equal(now.value, body.value)
        if not (untouched or wanted or (now is None and isinstance(change, Delete))):
            raise Stale(str(change.id), _STALE)


def _why(failure: RemoteFailure) -> Why:
    match failure:
        case Stale():
            return Why.STALE
        case Unreachable():
            return Why.UNREACHABLE
        case Denied():
            return Why.DENIED
        case _:
            return Why.REFUSED
