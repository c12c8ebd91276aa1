"""What a plan file says: the plan as JSON values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from reconciler.core.change import Change, Create, Delete, FieldChange, Update
from reconciler.core.diff import patch
from reconciler.core.identity import ResourceId
from reconciler.core.plan import (
    Base,
    Blocked,
    Drifted,
    Group,
    Mark,
    Pairs,
    Plan,
    PlanOptions,
    Reach,
    Sort,
    Step,
    TakenBack,
    UsedToken,
)
from reconciler.core.plan_age import expires_at
from reconciler.core.values import ABSENT, JsonValue, Maybe

FORMAT_VERSION: Final = "2.1"
"""Another major number is another format; a higher minor one only has more in it."""

ACTIONS: Final[Mapping[type[Change], str]] = {
    Create: "create",
    Update: "update",
    Delete: "delete",
}


def plan_content(plan: Plan) -> dict[str, JsonValue]:
    """Everything but digest and signature."""
    header = plan.header
    return {
        "formatVersion": FORMAT_VERSION,
        "tool": {"name": "pvm", "version": header.tool},
        "created": _time(header.created),
        "expires": _time(expires_at(header)),
        "project": header.project,
        "target": {"name": header.target, "url": header.url, "customer": header.customer},
        "source": {"commit": header.commit, "clean": header.clean, "hash": header.source_hash},
        "base": base_json(plan.base),
        **_undoes(header.undoes),
        "options": _options(plan.options),
        "summary": _summary(plan),
        "listed": None if plan.listed is None else dict(plan.listed),
        "requests": None if plan.requests is None else dict(sorted(plan.requests.items())),
        "groups": _groups(plan),
        "changes": [_step(step) for step in plan.steps],
        "waves": list(plan.waves),
        "waveNames": list(plan.wave_names),
        "records": [{**_id(r.id), "sort": r.sort.value} for r in plan.records],
        "drifted": [_drifted(drifted) for drifted in plan.drifted],
        "cleanAfter": mark_json(plan.clean_after),
        "reach": _reach(plan.reach),
        "used": [_used(one) for one in plan.used],
        "blocked": [_blocked(blocked) for blocked in plan.blocked],
        "stops": [{"guard": s.guard, "reason": s.reason, "fix": s.fix} for s in plan.stops],
        "unmanaged": _ids(plan.unmanaged),
        "retained": _ids(plan.retained),
        "normalised": _ids(plan.normalised),
        "guarantees": list(plan.guarantees),
        "warnings": list(plan.warnings),
    }


def _groups(plan: Plan) -> list[JsonValue]:
    groups = [group_json(group) for group in plan.groups]
    if plan.reach is None:
        return [*groups]
    counts = zip(groups, plan.reach.groups, strict=True)
    return [{**group, "devices": devices} for group, devices in counts]


def _reach(reach: Reach | None) -> dict[str, JsonValue] | None:
    if reach is None:
        return None
    return {"usedAfter": _time(reach.since), "devices": reach.devices}


def _used(one: UsedToken) -> dict[str, JsonValue]:
    return {
        **_id(one.id),
        "action": one.action,
        "lastUsedAt": one.last_used_at,
        "uses": one.uses,
        "devices": one.devices,
    }


def mark_json(mark: Mark | None) -> dict[str, JsonValue] | None:
    """An apply after which nothing differed."""
    return None if mark is None else {"number": mark.number, "finished": _time(mark.finished)}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def base_json(base: Base | None) -> dict[str, JsonValue] | None:
    """The apply that something builds on."""
    if base is None:
        return None
    return {
        "apply": base.apply,
        "number": base.number,
        "finished": _time(base.finished),
        "commit": base.commit,
        "inventory": base.inventory,
    }


def _undoes(taken_back: TakenBack | None) -> dict[str, JsonValue]:
    if taken_back is None:
        return {}
    return {"undoes": {"apply": taken_back.apply, "number": taken_back.number}}


def _options(options: PlanOptions) -> dict[str, JsonValue]:
    return {
        "select": _pairs(options.selection.select),
        "exclude": _pairs(options.selection.exclude),
        "acks": dict(sorted(options.acks.items())),
        "prune": None if options.prune is None else options.prune.value,
        "revert": _pairs(options.revert),
        "ours": _pairs(options.ours),
        "theirs": _pairs(options.theirs),
        "rollback": options.rollback,
    }


def _pairs(pairs: Pairs) -> list[JsonValue]:
    return [{"kind": kind, "name": glob} for kind, glob in pairs]


def _summary(plan: Plan) -> dict[str, JsonValue]:
    actions = Counter(ACTIONS[type(step.change)] for step in plan.steps)
    records = Counter(record.sort for record in plan.records)
    return {
        **{action: actions[action] for action in ACTIONS.values()},
        **{sort.value: records[sort] for sort in Sort},
        "drifted": len(plan.drifted),
        "unchanged": plan.unchanged,
        "blocked": len(plan.blocked),
        "unmanaged": len(plan.unmanaged),
        "stopped": bool(plan.stops),
    }


def _id(id_: ResourceId) -> dict[str, JsonValue]:
    return {"kind": id_.kind, "name": id_.name}


def _ids(ids: Sequence[ResourceId]) -> list[JsonValue]:
    return [_id(id_) for id_ in ids]


def group_json(group: Group) -> dict[str, JsonValue]:
    """One row of the review; the members by their names."""
    return {
        "action": group.action,
        "class": group.class_.value,
        "kind": group.kind,
        "count": len(group.members),
        "causes": list(group.causes),
        "patch": patch_json(group.fields),
        "members": [id_.name for id_ in group.members],
    }


def _step(step: Step) -> dict[str, JsonValue]:
    change = step.change
    encoded: dict[str, JsonValue] = {
        "kind": change.id.kind,
        "name": change.id.name,
        "action": ACTIONS[type(change)],
        "class": step.class_.value,
        "group": step.group,
        "wave": step.wave,
        "needs": _ids(step.needs),
    }
    if not isinstance(change, Create):
        encoded["before"] = change.before
        encoded["version"] = change.version
    if not isinstance(change, Delete):
        encoded["after"] = change.after
    if not isinstance(change, Update):
        encoded["patch"] = patch_json(change.fields)
    if step.kept:
        encoded["kept"] = patch_json(step.kept)
    return encoded


def _drifted(drifted: Drifted) -> dict[str, JsonValue]:
    return {
        **_id(drifted.id),
        "cause": drifted.cause,
        "changedBy": drifted.changed_by,
        "changedAt": drifted.changed_at,
        **writers_json(drifted),
        "patch": patch_json(drifted.fields),
    }


def writers_json(drifted: Drifted) -> dict[str, JsonValue]:
    """Everyone who wrote it, where several did."""
    if not drifted.writers:
        return {}
    return {"writers": list(drifted.writers), "firstAt": drifted.first_at}


def _blocked(blocked: Blocked) -> dict[str, JsonValue]:
    return {
        **_id(blocked.id),
        "action": blocked.action,
        "guard": blocked.guard,
        "reason": blocked.reason,
        "fix": blocked.fix,
        "patch": patch_json(blocked.fields),
        **({"was": was_json(blocked.fields, blocked.was)} if blocked.was else {}),
    }


def was_json(fields: Sequence[FieldChange], was: Sequence[Maybe]) -> list[JsonValue]:
    """Each field at the last apply, by its pointer; without `value` it was not there."""
    return [
        {"path": field.pointer, **({} if value is ABSENT else {"value": value})}
        for field, value in zip(fields, was, strict=True)
    ]


def patch_json(fields: Sequence[FieldChange]) -> list[JsonValue]:
    """RFC 6902, with two members more: what was there, and whether it is hidden."""
    by_pointer = {field.pointer: field for field in fields}
    operations: list[JsonValue] = []
    for operation in patch(fields):
        field = by_pointer[str(operation["path"])]
        if field.before is not ABSENT:
            operation["before"] = field.before
        if field.hidden:
            operation["hidden"] = True
        operations.append(operation)
    return operations
