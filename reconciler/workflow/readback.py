"""After an apply: does the server have what it confirmed?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.change import Delete
from reconciler.core.diff import Differ
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Outcome
from reconciler.core.plan import Plan
from reconciler.core.ports import Reader, RemoteFailure
from reconciler.core.receipt import Discrepancy
from reconciler.core.resource import Desired, Live
from reconciler.kinds import KINDS
from reconciler.workflow.difference import differ_of
from reconciler.workflow.reading import read_lists
from reconciler.workflow.task import Task

Names = Mapping[tuple[str, str], Live]
"""By kind and folded name."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What reading back found, or why it was impossible."""

    discrepancies: tuple[Discrepancy, ...] = ()
    unverified: str = ""


def read_back(plan: Plan, outcomes: Sequence[Outcome], task: Task, reader: Reader) -> ReadBack:
    """List once more every kind that was written, and compare."""
    applied = {outcome.id for outcome in outcomes if isinstance(outcome, Applied)}
    written = {id_.kind for id_ in applied}
    kinds = [kind for kind in KINDS.values() if kind.name in written]
    try:
        lists = read_lists(reader, kinds, task.target.limits.concurrency)
    except RemoteFailure as failure:
        return ReadBack(unverified=str(failure))
    live = {_key(one.id): one for rows in lists.values() for one in rows}
    declared = {_key(one.id): one for one in task.declared}
    return ReadBack(tuple(_compare(plan, applied, (declared, live), task)))


def _compare(
    plan: Plan,
    applied: set[ResourceId],
    sides: tuple[Mapping[tuple[str, str], Desired], Names],
    task: Task,
) -> Iterator[Discrepancy]:
    declared, live = sides
    differs = {name: differ_of(task.project, kind) for name, kind in KINDS.items()}
    for step in plan.steps:
        id_ = step.change.id
        if id_ not in applied:
            continue
        there = live.get(_key(id_))
        if isinstance(step.change, Delete):
            if there is not None:
                yield Discrepancy(id_, "it was deleted and is still on the server")
        elif there is None:
            yield Discrepancy(id_, "it was written and is not on the server")
        else:
            yield from _differences(differs[id_.kind], declared[_key(id_)], there)


def _differences(differ: Differ, wanted: Desired, there: Live) -> Iterator[Discrepancy]:
    fields = differ.changes(wanted.value, there.value)
    if fields:
        yield Discrepancy(wanted.id, "the server has something else than was written", fields)


def _key(id_: ResourceId) -> tuple[str, str]:
    return id_.kind, KINDS[id_.kind].key(id_.name)
