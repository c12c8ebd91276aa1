"""What somebody changed on the server: who, when, and both values."""

from collections.abc import Hashable, Sequence
from typing import Final

from reconciler.core.plan import Blocked, Drifted, Mark, Plan
from reconciler.core.values import ABSENT
from reconciler.render.bundle import ROWS, bundled, examples, labels, more, prose, room, row
from reconciler.render.field_rows import compared, compared_rows, fields_key
from reconciler.render.guard_rows import alike as guard_alike
from reconciler.render.screen import number, printable, value_text
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
            lines += compared_rows(bundle[0], view, room(len(shown)))
    lines += more(sum(map(len, bundles[len(shown) :])))
    return lines


def alike(drifted: Drifted) -> Hashable:
    """Equal for objects that share a row."""
    patch = "deleted" if is_gone(drifted) else fields_key(drifted.fields)
    return drifted.id.kind, patch, tuple(map(value_text, drifted.was))


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
    people, times = _people(bundle), _times(bundle)
    if after is not None and not people and not times:
        moment = f"{after.finished:%Y-%m-%d %H:%MZ}"
        return f"between apply #{number(after.number)}, {moment}, and now"
    return printable(", ".join((*people, *times)))


def by_whom(bundle: Sequence[Drifted], after: Mark | None = None) -> str:
    """As `written_by`, to stand behind a verb: `by j.doe, 2026-11-21T22:14:00Z`."""
    told = written_by(bundle, after)
    return f"by {told}" if _people(bundle) else told


def who_did_it(bundle: Sequence[Drifted], after: Mark | None = None) -> str:
    """`deleted by j.doe, …` or `last written by j.doe, …`, or nothing."""
    told = by_whom(bundle, after)
    verb = "deleted" if is_gone(bundle[0]) else "last written"
    return f"{verb} {told}" if told else ""


def _people(bundle: Sequence[Drifted]) -> list[str]:
    writers = (name for one in bundle for name in one.writers or (one.changed_by,))
    people = list(dict.fromkeys(filter(None, writers)))
    told = people[:_WRITERS]
    if len(people) > _WRITERS:
        told.append(f"{number(len(people) - _WRITERS)} others")
    return told


def _times(bundle: Sequence[Drifted]) -> tuple[str, ...]:
    times = [one.changed_at for one in bundle if one.changed_at]
    first = min((one.first_at for one in bundle if one.first_at), default="")
    if not times:
        return ()
    if first:
        return (f"{first} to {max(times)}",)
    return (times[0] if len(set(times)) == 1 else f"last {max(times)}",)


def conflict_alike(blocked: Blocked) -> Hashable:
    """Equal for conflicts that share a row."""
    return blocked.reason, guard_alike(blocked), tuple(map(value_text, blocked.was))


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
        names = examples([one.id for one in bundle], full=view.full)
        fields = compared(bundle[0])
        if len(fields) == 1:
            lines += row(label, (f"{names} {fields[0].place}", fields[0].sides), view)
            told = bundle[0].reason.endswith(f" at {fields[0].place}")  # nothing but the row
            lines += [] if told else prose(bundle[0].reason, view)
        else:
            lines += row(label, (names,), view)
            lines += prose(bundle[0].reason, view)
            lines += compared_rows(bundle[0], view, room(len(shown)))
    lines += more(sum(map(len, bundles[len(shown) :])))
    fixes = list(dict.fromkeys(one.fix for one in blocked if one.fix))
    return lines + (prose(fixes[0] if len(fixes) == 1 else _ANY_CONFLICT, view) if fixes else [])
