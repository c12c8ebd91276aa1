"""The course of one apply under its lease: wave by wave, until its receipt."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import LeaseLost, Note
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped
from reconciler.core.plan import Class, Plan, Record, Sort
from reconciler.core.pointer import resolve as at
from reconciler.core.ports import RemoteFailure, Writer
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired, Live
from reconciler.core.review import Match, reviewed_records
from reconciler.core.secret_source import SecretSource
from reconciler.core.trail import STILL
from reconciler.core.undo_json import encode_undo
from reconciler.core.values import JsonValue
from reconciler.core.window import next_opening, window_open
from reconciler.workflow.bookkeeping import Bookkeeping
from reconciler.workflow.execution import SILENT, Execution, Work
from reconciler.workflow.heartbeat import Lease
from reconciler.workflow.inventory import Keeper
from reconciler.workflow.journal import NOTHING_MORE, Point
from reconciler.workflow.plan import Prepared
from reconciler.workflow.readback import ReadBack, read_back
from reconciler.workflow.run import Progress, Run
from reconciler.workflow.schedule import Schedule
from reconciler.workflow.secrets import resolve
from reconciler.workflow.set_writing import SetWriter, is_offered
from reconciler.workflow.task import Task
from reconciler.workflow.undo_file import Naming, key_of, undo_of

_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Orders:
    """What an apply was asked to do, and with what."""

    reviewed: Plan
    task: Task
    writer: Writer
    run: Run


def index_of(live: Mapping[str, Sequence[Live]]) -> Callable[[ResourceId], Live | None]:
    """Finds an object among those that were read."""
    found = {key_of(one.id): one for rows in live.values() for one in rows}
    return lambda id_: found.get(key_of(id_))


class Conduct:
    """One apply from its first write to its receipt."""

    def __init__(
        self,
        orders: Orders,
        prepared: Prepared,
        matches: Sequence[Match],
        holding: tuple[Keeper, Lease],
    ) -> None:
        """Raises `InvalidInput` for a secret without a value, `OSError` for the undo file."""
        self._orders, self._prepared = orders, prepared
        keeper, self._lease = holding
        self._books = Bookkeeping(keeper, prepared)
        self._live = index_of(prepared.live)
        self._records = reviewed_records(orders.reviewed, prepared.plan)
        last = prepared.held.inventory.last
        started = orders.run.now()
        next_ = last.number + 1 if last else 1
        self._naming = Naming(orders.run.chance(_ID_BYTES).hex(), next_, started)
        self._schedule = Schedule([match.step for match in matches])
        for number, match in enumerate(matches):
            if match.outcome is not None:
                self._schedule.finish(number, match.outcome)
        due = [match.step.change for match in matches if match.outcome is None]
        bodies = _bodies([one.id for one in due], prepared.bodies, orders.task.secrets)
        concurrency = orders.task.target.limits.concurrency
        work = Work(orders.writer, bodies, self._live, concurrency, self._must_halt)
        self._execution = Execution(self._schedule, work, self._tell)
        self._backs: list[ReadBack] = []
        self._left_out: dict[int, str] = {}
        """Why a wave was left out, by its number."""
        self._postponed = ""
        self._unjournaled = ""
        undo = undo_of(self._naming, orders.task, prepared, bodies, due)
        self._undo_file = orders.run.journal.keep_undo(encode_undo(undo, orders.task.key))
        orders.run.journal.mark(Point.PREPARED, {"apply": self._naming.id, "steps": len(due)})

    def run(self) -> Receipt:
        """Write what may be written, record it, and let the lease go."""
        waves = sorted({step.wave for step in self._schedule.steps})
        for place, wave in enumerate(waves):
            if self._is_due(wave, first=place == 0) and self._execution.may_start():
                self._wave(wave)
        if not (self._lease.is_lost() or self._books.unrecorded or self._execution.silent):
            self._save_records()
        outcomes = self._schedule.outcomes(self._left_out, self._why_not())
        return self._receipt(outcomes, self._noted(outcomes))

    def _is_due(self, wave: int, *, first: bool) -> bool:
        """Whether the wave was asked for, and its hours and our lease have not ended."""
        only = self._orders.run.wave
        if only is not None and wave != only:
            self._left_out[wave] = f"wave {wave} was not asked for"
            return False
        if first or not self._execution.may_start():
            return True
        window = self._orders.task.project.rollout.window
        if window is not None and not window_open(window, self._orders.writer.now()):
            opens = next_opening(window, self._orders.writer.now())
            self._postponed = f"the window opens again {opens:%Y-%m-%d %H:%M} {window.zone}"
            self._left_out[wave] = self._postponed
            return False
        return self._lease.check()

    def _wave(self, wave: int) -> None:
        execution, books = self._execution, self._books
        self._schedule.open_wave(wave)
        self._mark(Point.WAVE, {"wave": wave, "steps": len(self._schedule.pending())})
        if is_offered(self._orders.writer.capabilities().offers):
            self._write_sets()
        pending = [self._schedule.steps[number] for number in self._schedule.pending()]
        if pending and execution.may_start():
            count = books.announce(pending)
            self._mark(Point.ANNOUNCED, {"wave": wave, "objects": count})
            execution.write_singly()
        sent = execution.collect()
        back = read_back(sent, self._orders.task, self._orders.writer)
        self._backs.append(back)
        self._mark(Point.READ_BACK, {"wave": wave, "objects": len(back.left)})
        if not self._lease.is_lost():
            books.record(sent, back, self._outcome_of())
        self._mark(Point.RECORDED, {"wave": wave})

    def _write_sets(self) -> None:
        try:
            SetWriter(self._execution, self._books.keeper, self._books.announced).write()
        except LeaseLost as lost:
            self._lease.lose(str(lost))
        except RemoteFailure as failure:
            self._books.unrecorded = str(failure)

    def _outcome_of(self) -> Callable[[ResourceId], Outcome | None]:
        numbers = {step.change.id: n for n, step in enumerate(self._schedule.steps)}
        return lambda id_: self._schedule.outcome(numbers[id_])

    def _save_records(self) -> None:
        self._books.save_records(self._records, self._live)

    def _must_halt(self) -> bool:
        return (
            self._orders.run.stop.is_set() or self._lease.is_lost() or bool(self._books.unrecorded)
        )

    def _why_not(self) -> str:
        """What kept steps from being started that no other step is to blame for."""
        if self._lease.is_lost():
            return "the lease was lost: another apply may write now"
        if self._books.unrecorded:
            return "the inventory could not be written"
        return SILENT if self._execution.silent else ""

    def _mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        """Once writing began, the apply goes on without a journal: nothing needs it."""
        if self._unjournaled:
            return
        try:
            self._orders.run.journal.mark(point, details)
        except OSError as error:
            self._unjournaled = error.strerror or str(error)

    def _tell(self, number: int, outcome: Outcome) -> None:
        step, total = self._schedule.steps[number], len(self._schedule.steps)
        self._mark(Point.WRITTEN, {"object": str(step.change.id), **_described(outcome)})
        self._orders.run.progress(Progress(self._schedule.done(), total, outcome))

    def _noted(self, outcomes: Sequence[Outcome]) -> Note | None:
        """Let the lease go with a note, if anything was done."""
        counts = {**_counts(outcomes, self._records), **self._still(outcomes)}
        done = any(isinstance(outcome, Applied) for outcome in outcomes) or not outcomes
        note = self._note(counts) if done else None
        noted = self._books.release(note, self._undone(outcomes) if done else None)
        self._mark(Point.RELEASED)
        return noted

    def _still(self, outcomes: Sequence[Outcome]) -> Mapping[str, int]:
        """How many objects differ from Git yet, if the apply was about everything."""
        plan, selection = self._prepared.plan, self._orders.reviewed.options.selection
        if selection.select or selection.exclude or self._orders.run.undo is not None:
            return {}
        conflicts = [one.id for one in plan.blocked if one.guard == "conflict"]
        applied = {one.id for one in outcomes if isinstance(one, Applied)}
        theirs = {step.change.id for step in plan.steps if step.class_ in _THEIRS}
        return {STILL: len({one.id for one in plan.drifted}.union(conflicts, theirs - applied))}

    def _note(self, counts: Mapping[str, int]) -> Note:
        task, account = self._orders.task, self._orders.writer.account()
        return Note(
            id=self._naming.id,
            number=self._naming.number,
            finished=self._orders.run.now(),
            commit=task.commit,
            clean=task.clean,
            source_hash=task.source_hash,
            actor=account.login if account else "",
            run=task.run,
            counts=counts,
        )

    def _undone(self, outcomes: Iterable[Outcome]) -> Mapping[str, str] | None:
        """What is taken back while Git still asks for it; `None` where that stays as it was."""
        head = self._prepared.held.inventory.head
        applied = {str(one.id) for one in outcomes if isinstance(one, Applied)}
        before = dict(head.undone) if head else {}
        still = before
        selection = self._orders.reviewed.options.selection
        if not (selection.select or selection.exclude):
            asked = {str(one.id) for one in self._prepared.plan.blocked if one.guard == "undone"}
            still = {name: mark for name, mark in still.items() if name in asked}
        undo = self._orders.run.undo
        taken = {str(one.id): one.after for one in undo.objects} if undo else {}
        kept = {name: mark for name, mark in still.items() if name not in applied}
        now = kept | {name: mark for name, mark in taken.items() if name in applied}
        return None if now == before else now

    def _receipt(self, outcomes: tuple[Outcome, ...], noted: Note | None) -> Receipt:
        run, backs, moment = self._orders.run, self._backs, self._naming.started
        waiting = (one for one in outcomes if isinstance(one, Skipped) and one.because is None)
        return Receipt(
            self._orders.reviewed,
            outcomes,
            moment,
            moment,
            interrupted=run.stop.is_set() and any(not one.reason for one in waiting),
            discrepancies=tuple(one for back in backs for one in back.discrepancies),
            unverified="; ".join(dict.fromkeys(b.unverified for b in backs if b.unverified)),
            id=self._naming.id,
            number=noted.number if noted else 0,
            lease_lost=self._lease.is_lost(),
            unrecorded=self._books.unrecorded,
            unjournaled=self._unjournaled,
            undo_file=self._undo_file,
            normalised=tuple(one for back in backs for one in back.normalised),
            postponed=self._postponed,
            wave=run.wave,
        )


_THEIRS: Final = frozenset({Class.DRIFT, Class.CONFLICT})
"""Steps that take back what somebody changed on the server."""


def _bodies(
    ids: Iterable[ResourceId], bodies: Mapping[ResourceId, Desired], secrets: SecretSource
) -> Mapping[ResourceId, Desired]:
    """What will be written, with the values of its secrets.

    Raises:
        InvalidInput: A secret has no value here.
    """
    found: dict[ResourceId, Desired] = {}
    for id_ in ids:
        body = bodies.get(id_)
        if body is None:
            continue
        # Most are filled in already; where drift is kept, the reference must not come back.
        left = {p: text for p, text in body.references.items() if at(body.value, p) == text}
        found[id_] = resolve(replace(body, references=left), secrets)
    return found


def _described(outcome: Outcome) -> dict[str, str]:
    match outcome:
        case Applied(result=result):
            return {"result": result}
        case Failed(why=why):
            return {"result": f"failed: {why}"}
        case Skipped():
            return {"result": "skipped"}


def _counts(outcomes: Iterable[Outcome], records: Iterable[Record]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        match outcome:
            case Applied(result=result):
                counts[result] += 1
            case Failed():
                counts["failed"] += 1
            case Skipped():
                counts["skipped"] += 1
    counts["adopted"] = sum(record.sort is Sort.ADOPTED for record in records)
    names = ("created", "updated", "deleted", "adopted", "failed", "skipped")
    return {name: counts[name] for name in names}
