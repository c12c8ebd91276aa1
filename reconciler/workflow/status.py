"""`pvm status`: how far files and server are apart, in one screen."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from reconciler.core.holdings import Standing
from reconciler.core.plan import Class, Drifted, Plan, PlanOptions
from reconciler.core.ports import Observer
from reconciler.core.trail import last_clean
from reconciler.workflow.observation import tracked
from reconciler.workflow.plan import prepare
from reconciler.workflow.task import Task

_OTHERS: Final = frozenset({Class.DRIFT, Class.CONFLICT})

Oldest = Callable[[str], datetime | None]
"""When the oldest commit after this one was made; aware, UTC."""


def find_standing(task: Task, reader: Observer, oldest: Oldest) -> Standing:
    """What a plan made now would say; raises as `prepare`."""
    prepared = prepare(task, reader, PlanOptions())
    plan, inventory = prepared.plan, prepared.held.inventory
    counts = _counts(plan)
    commit = inventory.last.commit if inventory.last else None
    since = oldest(commit) if commit and counts["pending"] else None
    return Standing(
        header=plan.header,
        head=inventory.head,
        now=reader.now(),
        counts=counts,
        stops=[f"{stop.guard}: {stop.reason}" for stop in plan.stops],
        guarantees=plan.guarantees,
        waiting_since=since,
        drifted_since=_oldest(tracked(plan.drifted, inventory, reader)),
        drifted_after=last_clean(inventory) if plan.drifted else None,
        holds=sorted(task.project.holds, key=lambda hold: (hold.until, hold.kind, hold.name)),
    )


def _oldest(drifted: Sequence[Drifted]) -> str:
    """When the first was changed for good; what one of several did earlier may be gone again."""
    return min((one.changed_at for one in drifted if one.changed_at), default="")


def _counts(plan: Plan) -> dict[str, int]:
    classes = [step.class_ for step in plan.steps]
    conflicts = sum(one.guard == "conflict" for one in plan.blocked)
    return {
        "pending": sum(class_ not in _OTHERS for class_ in classes),
        "records": len(plan.records),
        "drift": len({one.id for one in plan.drifted}) + classes.count(Class.DRIFT),
        "conflict": conflicts + classes.count(Class.CONFLICT),
        "blocked": len(plan.blocked) - conflicts,
    }
