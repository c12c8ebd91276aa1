"""A plan as the comment under a pull request: within what the forges accept."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.plan import Blocked, Drifted, Plan
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.drift_rows import (
    alike,
    conflict_alike,
    conflict_sentence,
    is_gone,
    written_by,
)
from reconciler.render.field_rows import compared
from reconciler.render.group_rows import undo_sentence
from reconciler.render.guard_rows import alike as alike_blocked
from reconciler.render.markdown import BUDGET, code, plain, table
from reconciler.render.plan_text import (
    base_note,
    conflicts_and_others,
    notes_of,
    record_rows,
    totals,
)
from reconciler.render.rows import Row, rows_of
from reconciler.render.screen import counted, number, value_text

_SHOWN_FIELDS: Final = 20


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much of the plan a document shows."""

    changes: Callable[[Sequence[Row], str], str]
    """Takes also the command that shows everything."""
    rows: int
    """Of every other table."""


def plan_markdown(plan: Plan, *, budget: int = BUDGET) -> str:
    """Examples go first when the budget is short, then fields; groups and totals stay.

    `budget` is in characters. Where even the bare groups do not fit, they are added up by
    action and kind.
    """
    text = ""
    for detail in (
        _Detail(_whole, 50),
        _Detail(_without_examples, 50),
        _Detail(_bare, 50),
        _Detail(_bare, 10),
        _Detail(_added_up, 10),
        _Detail(_added_up, 2),
    ):
        text = _document(plan, detail)
        if len(text) <= budget:
            break
    return text


def _document(plan: Plan, detail: _Detail) -> str:
    header = plan.header
    made = f"made {header.created:%Y-%m-%d %H:%M}Z by pvm {plain(header.tool)}"
    blocks = [
        f"### {plain(header.project)} → {plain(header.target)}: {totals(plan)}",
        " · ".join((code(header.url), made, *map(plain, base_note(plan.base, header)))),
    ]
    if plan.stops:
        stops = [(code(s.guard), plain(s.reason), plain(s.fix)) for s in plan.stops]
        blocks.append("**Stopped: nothing is applied until the guards agree**")
        blocks.append(table(("Guard", "Reason", "What to do"), stops))
    if header.undoes is not None:
        blocks.append(f"**Undo: {undo_sentence(header.undoes)}**")
    if plan.groups:
        rows = rows_of(dict(enumerate(plan.groups)), plan.reach)
        blocks.append(detail.changes(rows, "pvm plan"))
    blocks += _found(plan, detail)
    return "\n\n".join(blocks)


def _found(plan: Plan, detail: _Detail) -> Iterator[str]:
    conflicts, others = conflicts_and_others(plan.blocked)
    if plan.drifted:
        yield "**Drift: the server changed, Git did not (kept)**"
        yield from _drift_table(plan, detail)
    if conflicts:
        yield f"**Conflict: {conflict_sentence(plan)}**"
        yield from _conflict_table(conflicts, detail)
    if others:
        yield "**Left alone by a guard**"
        yield from _blocked_table(others, detail)
    yield from (f"Inventory: {verb} {plain(text)}" for verb, text in record_rows(plan.records))
    shown = plan.warnings[: detail.rows]
    yield from (f"> {plain(warning)}" for warning in shown)
    if len(shown) < len(plan.warnings):
        yield f"> … and {number(len(plan.warnings) - len(shown))} more warnings"
    subject = ""
    for label, text in notes_of(plan):
        subject = label or subject
        yield f"{subject}: {plain(text)}"


def _drift_table(plan: Plan, detail: _Detail) -> Iterator[str]:
    bundles = bundled(plan.drifted, alike)
    rows = [
        (
            objects_of(bundle[0].id.kind, len(bundle)),
            code(examples([one.id for one in bundle])),
            *_drift_cells(bundle[0]),
            plain(written_by(bundle, plan.clean_after)),
        )
        for bundle in bundles[: detail.rows]
    ]
    yield table(("Objects", "Examples", "Field", "Git", "Server", "Changed by"), rows)
    yield from _more(sum(map(len, bundles[detail.rows :])))


def _drift_cells(drifted: Drifted) -> tuple[str, str, str]:
    return ("deleted", "", "") if is_gone(drifted) else _sides(drifted.fields)


def _conflict_table(blocked: Sequence[Blocked], detail: _Detail) -> Iterator[str]:
    bundles = bundled(blocked, conflict_alike)
    rows = []
    for bundle in bundles[: detail.rows]:
        first = bundle[0]
        sides = compared(first)
        field, server, git = _sides(first.fields)
        was = code(value_text(sides[0].was)) if sides and sides[0].known else ""
        names = code(examples([one.id for one in bundle]))
        why = plain("; ".join(filter(None, (first.reason, first.fix))))
        rows.append((objects_of(first.id.kind, len(bundle)), names, field, was, git, server, why))
    titles = ("Objects", "Examples", "Field", "Last apply", "Git", "Server", "What to do")
    yield table(titles, rows)
    yield from _more(sum(map(len, bundles[detail.rows :])))


def _blocked_table(blocked: Sequence[Blocked], detail: _Detail) -> Iterator[str]:
    bundles = bundled(blocked, alike_blocked)
    rows = []
    for bundle in bundles[: detail.rows]:
        first = bundle[0]
        why = plain("; ".join(filter(None, (first.reason, first.fix))))
        names = code(examples([one.id for one in bundle]))
        what = f"{plain(first.action)} {objects_of(first.id.kind, len(bundle))}"
        rows.append((what, names, code(first.guard), why))
    yield table(("Objects", "Examples", "Guard", "Reason"), rows)
    yield from _more(sum(map(len, bundles[detail.rows :])))


def _more(hidden: int) -> Iterator[str]:
    if hidden:
        yield f"… and {number(hidden)} more"


def _sides(fields: Sequence[FieldChange]) -> tuple[str, str, str]:
    """The first field, its value before and after, and that there are more."""
    if not fields:
        return "", "", ""
    first = fields[0]
    rest = f" and {number(len(fields) - 1)} more" if len(fields) > 1 else ""
    pointer, before, after = _field_row(first)
    return pointer + rest, before, after


def _whole(rows: Sequence[Row], _: str) -> str:
    reached = _reached(rows)
    cells = [(*_row(row), code(row.names()), *_devices(row, reached)) for row in rows]
    listed = table(("Action", "Objects", "Cause", "Examples", *reached), cells)
    return f"{listed}\n\n{_fields(rows)}".rstrip()


def _without_examples(rows: Sequence[Row], _: str) -> str:
    return f"{_listed(rows)}\n\n{_fields(rows)}".rstrip()


def _bare(rows: Sequence[Row], command: str) -> str:
    return f"{_listed(rows)}\n\nFields are left out here for want of room; `{command}` shows them."


def _listed(rows: Sequence[Row]) -> str:
    reached = _reached(rows)
    cells = [(*_row(row), *_devices(row, reached)) for row in rows]
    return table(("Action", "Objects", "Cause", *reached), cells)


def _reached(rows: Sequence[Row]) -> tuple[str, ...]:
    """The title of the column that says whom rows reach, if anybody knows."""
    return ("Reaches",) if any(row.devices is not None for row in rows) else ()


def _devices(row: Row, reached: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row.reach.removeprefix("reaches ") for _ in reached)


def _added_up(rows: Sequence[Row], command: str) -> str:
    objects: Counter[tuple[str, str]] = Counter()
    rows_with: Counter[tuple[str, str]] = Counter()
    for group in (group for row in rows for group in row.groups):
        objects[group.action, group.kind] += len(group.members)
        rows_with[group.action, group.kind] += 1
    cells = [
        (action, objects_of(kind, count), counted(rows_with[action, kind], "group"))
        for (action, kind), count in objects.items()
    ]
    groups = counted(rows_with.total(), "group")
    note = f"{groups}, too many for a comment; `{command}` shows each."
    return f"{table(('Action', 'Objects', 'Groups'), cells)}\n\n{note}"


def _row(row: Row) -> tuple[str, str, str]:
    class_ = row.groups[0].class_
    action = row.action if class_.startswith("pending") else f"{row.action} ({class_})"
    return action, row.objects, ", ".join(map(code, row.causes))


def _fields(rows: Sequence[Row]) -> str:
    blocks = []
    for index, row in enumerate(rows, start=1):
        if row.fields:
            cells = [_field_row(change) for change in row.fields[:_SHOWN_FIELDS]]
            if len(row.fields) > _SHOWN_FIELDS:
                cells.append((f"… {number(len(row.fields) - _SHOWN_FIELDS)} more", "", ""))
            title = f"{index}. {row.action} {row.objects} · {', '.join(map(code, row.causes))}"
            blocks += [title, table(("Field", "Before", "After"), cells)]
    if not blocks:
        return ""
    body = "\n\n".join(blocks)
    return f"<details><summary>Fields</summary>\n\n{body}\n\n</details>"


def _field_row(change: FieldChange) -> tuple[str, str, str]:
    secret = " (secret, differs)" if change.hidden else ""
    before, after = code(value_text(change.before)), code(value_text(change.after))
    return code(change.pointer or "/"), before, after + secret


CHANGES: Final = (_whole, _without_examples, _bare, _added_up)
"""Ways to show rows, from the longest on; each takes the command that shows everything too."""
