"""What a plan is shown with beside its changes: whom it reaches, and who left what drifted.

Nothing of it decides anything. It is asked for only where it has something to say, in a number of
requests that does not grow with the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from reconciler.core.inventory import Inventory
from reconciler.core.plan import Drifted, Plan, PlanOptions
from reconciler.core.ports import Observer
from reconciler.core.reach import used_since, with_reach, with_used_tokens
from reconciler.core.resource import Live
from reconciler.core.trail import last_clean, look_back_to, traced
from reconciler.kinds import KINDS
from reconciler.workflow.plan import Prepared, prepare
from reconciler.workflow.task import Task

_UNCOUNTED: Final = "no count of devices: whom a change reaches is not told"


def plan_changes(task: Task, reader: Observer, options: PlanOptions) -> Plan:
    """Everything apply would do, and whom it reaches; raises as `prepare`."""
    return observed(prepare(task, reader, options), reader)


def observed(prepared: Prepared, reader: Observer) -> Plan:
    """The plan with its reach, the used tokens, and the trail of what drifted.

    Raises:
        RemoteFailure: The server tells such things, and could not be asked.
    """
    plan = with_used_tokens(prepared.plan, _tokens(prepared.live), KINDS)
    if plan.steps or plan.used:
        footprints = reader.footprints(used_since(plan.header.created))
        plan = with_reach(plan, footprints, KINDS)
        if footprints is None:
            plan = replace(plan, guarantees=(*plan.guarantees, _UNCOUNTED))
    inventory = prepared.held.inventory
    return replace(
        plan,
        drifted=tracked(plan.drifted, inventory, reader),
        clean_after=last_clean(inventory) if plan.drifted else None,
        requests=reader.requests(),
    )


def tracked(
    drifted: Sequence[Drifted], inventory: Inventory, reader: Observer
) -> tuple[Drifted, ...]:
    """With who and when, where events tell more than the objects; raises as `observed`."""
    since = look_back_to(inventory)
    if not drifted or since is None:
        return tuple(drifted)
    trail = reader.trail(since)
    last = inventory.last
    if trail is None:
        return tuple(drifted)
    return traced(drifted, trail, last.finished if last else None, KINDS)


def _tokens(live: Mapping[str, Sequence[Live]]) -> Mapping[tuple[str, str], Live]:
    kind = KINDS["Token"]
    return {(kind.name, kind.key(one.id.name)): one for one in live.get(kind.name, ())}
