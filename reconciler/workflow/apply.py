"""`pvm apply`: execute a plan and nothing else."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import Final, Protocol, assert_never

from reconciler.core.change import Change, Create, Delete, Update
from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped, Why
from reconciler.core.plan import Plan, Step
from reconciler.core.ports import Denied, RemoteFailure, Stale, Unreachable, Writer
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import json_equal
from reconciler.kinds import KINDS
from reconciler.workflow.journal import Journal, NoJournal
from reconciler.workflow.readback import read_back
from reconciler.workflow.schedule import Schedule
from reconciler.workflow.task import Task

_PATIENCE: Final = 3
"""After so many writes in a row that got no answer, retries included, no other is started."""

_STALE: Final = "somebody changed the object after the plan was made; run apply again"


class Stop(Protocol):
    """Asks a run to end soon; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether no further write may start."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, told after each step, always from the caller's own thread."""

    done: int
    total: int
    outcome: Outcome


def stay_silent(_: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Run:
    """The world around one apply."""

    stop: Stop
    now: Callable[[], datetime]
    """Aware, UTC."""
    progress: Callable[[Progress], None] = stay_silent
    journal: Journal = field(default_factory=NoJournal)


def apply_plan(plan: Plan, task: Task, writer: Writer, run: Run) -> Receipt:
    """Execute the plan's steps; a failure skips only what depends on it.

    A plan with stops writes nothing and returns a receipt without outcomes.

    Raises:
        InvalidInput: The sources are not those that the plan was made from.
    """
    started = run.now()
    if plan.stops:
        return Receipt(plan, (), started, run.now(), requests=writer.requests())
    bodies = _bodies(plan, task)
    outcomes = _Execution(plan, bodies, writer, run).outcomes(task.target.limits.concurrency)
    interrupted = run.stop.is_set() and any(
        isinstance(outcome, Skipped) and outcome.because is None for outcome in outcomes
    )
    found = read_back(plan, outcomes, task, writer)
    return Receipt(
        plan,
        outcomes,
        started,
        run.now(),
        interrupted=interrupted,
        discrepancies=found.discrepancies,
        unverified=found.unverified,
        requests=writer.requests(),
    )


def _bodies(plan: Plan, task: Task) -> Mapping[ResourceId, Desired]:
    """What to write for each creation and update, checked against the plan's digests."""
    declared = {(one.id.kind, KINDS[one.id.kind].key(one.id.name)): one for one in task.declared}
    bodies: dict[ResourceId, Desired] = {}
    problems: list[Problem] = []
    for step in plan.steps:
        change = step.change
        if isinstance(change, Delete):
            continue
        id_ = change.id
        body = declared.get((id_.kind, KINDS[id_.kind].key(id_.name)))
        if body is None or digest(body.value) != change.after:
            problems.append(_other_sources(id_))
        else:
            bodies[id_] = body
    if problems:
        raise InvalidInput(problems)
    return bodies


def _other_sources(id_: ResourceId) -> Problem:
    return Problem(
        code="plan-other-sources",
        message=f"{id_} is not declared as it was when the plan was made",
        help="make a new plan",
        object=id_,
    )


@dataclass(frozen=True, slots=True)
class _Result:
    outcome: Outcome
    silent: bool = False
    """The server gave no answer at all."""


class _Execution:
    """One run over the graph of steps with a pool of threads."""

    def __init__(
        self, plan: Plan, bodies: Mapping[ResourceId, Desired], writer: Writer, run: Run
    ) -> None:
        self._steps = plan.steps
        self._bodies = bodies
        self._writer = writer
        self._run = run

    def outcomes(self, concurrency: int) -> tuple[Outcome, ...]:
        schedule = Schedule(self._steps)
        finished: SimpleQueue[Future[_Result]] = SimpleQueue()
        running: dict[Future[_Result], int] = {}
        unanswered = 0
        with ThreadPoolExecutor(concurrency, "pvm-write") as pool:
            while True:
                while len(running) < concurrency and unanswered < _PATIENCE:
                    number = None if self._run.stop.is_set() else schedule.start()
                    if number is None:
                        break
                    future = pool.submit(self._execute, self._steps[number])
                    running[future] = number
                    future.add_done_callback(finished.put)
                if not running:
                    return schedule.outcomes()
                future = finished.get()
                result = future.result()
                schedule.finish(running.pop(future), result.outcome)
                unanswered = unanswered + 1 if result.silent else 0
                self._run.progress(Progress(schedule.done(), len(self._steps), result.outcome))

    def _execute(self, step: Step) -> _Result:
        change = step.change
        kind = KINDS[change.id.kind]
        try:
            self._check_untouched(kind, change)
            return _Result(Applied(change.id, self._write(kind, change)))
        except Stale as failure:
            return _Result(Failed(change.id, str(failure), Why.STALE))
        except Unreachable as failure:
            return _Result(Failed(change.id, str(failure), Why.UNREACHABLE), silent=True)
        except Denied as failure:
            return _Result(Failed(change.id, str(failure), Why.DENIED))
        except RemoteFailure as failure:
            return _Result(Failed(change.id, str(failure)))

    def _write(self, kind: Kind, change: Change) -> str:
        match change:
            case Create(id=id_):
                return self._writer.upsert(kind, self._bodies[id_], None).result
            case Update(id=id_, version=version):
                return self._writer.upsert(kind, self._bodies[id_], version).result
            case Delete(id=id_, version=version):
                self._writer.delete(kind, id_.name, version)
                return "deleted"
            case _:
                assert_never(change)

    def _check_untouched(self, kind: Kind, change: Change) -> None:
        """Where the server can't check a precondition itself, look just before the write.

        Raises:
            Stale: The object is neither as it was nor as it should become.
        """
        offers_tags = "etag" in self._writer.capabilities().offers
        if offers_tags and (isinstance(change, Create) or change.version is not None):
            return
        live = self._writer.find(kind, change.id.name)
        if isinstance(change, Create):
            untouched = live is None or json_equal(live.value, self._bodies[change.id].value)
        else:
            untouched = live is not None and digest(live.value) == change.before
        if not untouched:
            raise Stale(str(change.id), _STALE)
