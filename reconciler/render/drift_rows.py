"""What somebody changed on the server: who, when, and both values."""

from collections.abc import Hashable, Sequence
from typing import Final

from reconciler.core.plan import Blocked, Drifted, Mark, Plan
from reconciler.core.values import ABSENT
from reconciler.render.bundle import ROWS, bundled, examples, labels, more, prose, room, row
from reconciler.render.field_rows import conflict_line, drift_line, field_rows, fields_key
from reconciler.render.guard_rows import alike as guard_alike
from reconciler.render.screen import number, printable
from reconciler.render.view import View

_WRITERS: Final = 3
"""Names of people in one row."""
_ANY_CONFLICT: Final = (
    "decide with --on-conflict ours (Git wins) or theirs (the server wins), for some objects with "
    ":KIND/NAME; or make the files say what the server has"
)


def drift_block(
    drifted: Sequence[Drifted],
    view: View,
    *,
    heading: str,
    gone: str = "deleted on the server",
    after: Mark | None = None,
) -> list[str]:
    """Objects that changed alike share a row; `gone` is said of those that the server lacks."""
    bundles = bundled(drifted, alike)
    shown = bundles if view.full else bundles[:ROWS]
    lines = [heading]
    counts = [(bundle[0].id.kind, len(bundle)) for bundle in shown]
    for label, bundle in zip(labels("!", counts), shown, strict=True):
        names = examples([one.id for one in bundle], full=view.full)
        lines += row(label, (names, _causes(bundle), written_by(bundle, after)), view)
        if is_gone(bundle[0]):
            lines += prose(gone, view)
        else:
            lines += field_rows(bundle[0].fields, view, drift_line, room(len(shown)))
    lines += more(sum(map(len, bundles[len(shown) :])))
    return lines


def alike(drifted: Drifted) -> Hashable:
    """Equal for objects that share a row."""
    patch = "deleted" if is_gone(drifted) else fields_key(drifted.fields)
    return drifted.id.kind, patch


def is_gone(drifted: Drifted) -> bool:
    """Whether somebody deleted the object."""
    return any(not field.pointer and field.after is ABSENT for field in drifted.fields)


def _causes(bundle: Sequence[Drifted]) -> str:
    causes = dict.fromkeys(one.cause for one in bundle)
    return printable(next(iter(causes))) if len(causes) == 1 else ""


def written_by(bundle: Sequence[Drifted], after: Mark | None = None) -> str:
    """`j.doe, 2026-11-21T22:14:00Z`; only what the server told.

    Where it told nothing, the time within which it happened: since the apply `after`.
    """
    writers = (name for one in bundle for name in one.writers or (one.changed_by,))
    people = list(dict.fromkeys(filter(None, writers)))
    times = [one.changed_at for one in bundle if one.changed_at]
    first = min((one.first_at for one in bundle if one.first_at), default="")
    told = people[:_WRITERS]
    if len(people) > _WRITERS:
        told.append(f"{number(len(people) - _WRITERS)} others")
    if first and times:
        told.append(f"{first} to {max(times)}")
    elif times:
        told.append(times[0] if len(set(times)) == 1 else f"last {max(times)}")
    elif after is not None and not people:
        moment = f"{after.finished:%Y-%m-%d %H:%MZ}"
        told.append(f"between apply #{number(after.number)}, {moment}, and now")
    return printable(", ".join(told))


def conflict_alike(blocked: Blocked) -> Hashable:
    """Equal for conflicts that share a row."""
    return blocked.reason, guard_alike(blocked)


def conflict_sentence(plan: Plan) -> str:
    """What happened to objects in conflict."""
    undone = plan.header.undoes
    if undone is not None:
        return f"somebody changed these since apply #{number(undone.number)}"
    since = f"apply #{number(plan.base.number)}" if plan.base else "the last apply"
    return f"both changed since {since}"


def conflict_block(blocked: Sequence[Blocked], plan: Plan, view: View) -> list[str]:
    """Where both sides changed the same field, with all three values."""
    bundles = bundled(blocked, conflict_alike)
    shown = bundles if view.full else bundles[:ROWS]
    lines = [f"CONFLICT  {conflict_sentence(plan)}"]
    counts = [(bundle[0].id.kind, len(bundle)) for bundle in shown]
    for label, bundle in zip(labels("x", counts), shown, strict=True):
        lines += row(label, (examples([one.id for one in bundle], full=view.full),), view)
        lines += prose(bundle[0].reason, view)
        lines += field_rows(bundle[0].fields, view, conflict_line, room(len(shown)))
    lines += more(sum(map(len, bundles[len(shown) :])))
    fixes = list(dict.fromkeys(one.fix for one in blocked if one.fix))
    return lines + (prose(fixes[0] if len(fixes) == 1 else _ANY_CONFLICT, view) if fixes else [])
