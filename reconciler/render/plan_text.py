"""A plan for a terminal: what will change, what will not, and what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Blocked, Group, Header, Plan
from reconciler.kinds import KINDS
from reconciler.render.labels import joined_notes, labelled
from reconciler.render.screen import (
    columns_of,
    counted,
    fit,
    number,
    pad,
    printable,
    value_text,
    wrap,
)
from reconciler.render.view import View

SIGNS: Final[Mapping[str, str]] = {"create": "+", "update": "~", "delete": "-"}
_SHOWN_FIELDS: Final = 10
_SHOWN_OBJECTS: Final = 10
_FEW: Final = 2
"""Names that are shown without an ellipsis between them."""
_SHOWN_UNMANAGED: Final = 3
_SHORT_COMMIT: Final = 7


def plan_text(plan: Plan, view: View, *, advise: bool = True) -> str:
    """The whole plan; without `view.full` long lists show their first entries and say so.

    `advise` ends it with the command to go on with, which apply itself does not need.
    """
    blocks = [header_lines(plan.header, listing(plan.listed), view.width)]
    if plan.groups:
        heading = "PENDING   declared, and not yet so on the server"
        blocks.append([heading, *_group_rows(plan.groups, view)])
    if plan.blocked:
        blocks.append(list(blocked_lines(plan.blocked, view)))
    closing = list(_closing_lines(plan, view))
    if advise and plan.steps and not plan.stops:
        closing.extend(labelled("next", "pvm apply", view.width))
    blocks.append(closing)
    return "\n\n".join("\n".join(block) for block in blocks)


def header_lines(header: Header, notes: Sequence[str], width: int) -> list[str]:
    """Which project meets which server."""
    title = f"{printable(header.project)} → {printable(header.target)}"
    about = [f"customer {printable(header.customer)}"] if header.customer else []
    if header.commit:
        changed = " and uncommitted changes" if header.clean is False else ""
        about.append(f"commit {printable(header.commit[:_SHORT_COMMIT])}{changed}")
    return joined_notes(f"{title}  {printable(header.url)}", (*about, *notes), width)


def listing(listed: Mapping[str, int] | None) -> tuple[str, ...]:
    """`10,214 objects in 4 lists`."""
    if listed is None:
        return ()
    return (f"{counted(sum(listed.values()), 'object')} in {counted(len(listed), 'list')}",)


def objects_of(kind: str, count: int) -> str:
    """`3,331 bootstraps`."""
    return counted(count, KINDS[kind].noun)


def examples(members: Sequence[ResourceId], *, full: bool = False) -> str:
    """`store-0001 … store-9988`; every name with `full`."""
    names = [printable(member.name) for member in members]
    if full or len(names) <= _FEW:
        return ", ".join(names)
    return f"{names[0]} … {names[-1]}"


def field_line(change: FieldChange) -> str:
    """`/description  "a" → "b"`; a masked secret says that it differs."""
    pointer = printable(change.pointer) or "(whole)"
    secret = "  (secret, differs)" if change.hidden else ""
    return f"{pointer}    {value_text(change.before)} → {value_text(change.after)}{secret}"


def field_rows(fields: Sequence[FieldChange], view: View, indent: str = " " * 8) -> Iterator[str]:
    """One line a field, cut to the width unless everything was asked for."""
    shown = fields if view.full else fields[:_SHOWN_FIELDS]
    for change in shown:
        line = indent + field_line(change)
        yield line if view.full else fit(line, view.width)
    if len(shown) < len(fields):
        yield f"{indent}… {number(len(fields) - len(shown))} more (-v shows all)"


def _group_rows(groups: Sequence[Group], view: View) -> Iterator[str]:
    counts = [number(len(group.members)) for group in groups]
    digits = max(map(len, counts))
    labels = [
        f"  {SIGNS[group.action]} {count.rjust(digits)} "
        + objects_of(group.kind, len(group.members)).partition(" ")[2]
        for group, count in zip(groups, counts, strict=True)
    ]
    causes = [", ".join(map(printable, group.causes)) for group in groups]
    label_width = max(map(columns_of, labels))
    cause_width = min(max(map(columns_of, causes)), max(20, (view.width - label_width) // 2))
    for group, label, cause in zip(groups, labels, causes, strict=True):
        start = pad(label, label_width) + "   "
        names = examples(group.members, full=view.full)
        line = f"{start}{pad(cause, cause_width)}   {names}"
        if columns_of(cause) <= cause_width and (view.full or columns_of(line) <= view.width):
            yield line
        else:
            yield from _tall_row(start, cause, names, view)
        yield from field_rows(group.fields, view)


def _tall_row(start: str, cause: str, names: str, view: View) -> Iterator[str]:
    """A row whose cause or names need a line of their own; every cause is printed."""
    indent = " " * 8
    first, *rest = wrap(cause, view.width - columns_of(start))
    yield start + first
    for line in rest:
        yield " " * columns_of(start) + line
    yield indent + names if view.full else fit(indent + names, view.width)


def blocked_lines(blocked: Sequence[Blocked], view: View) -> Iterator[str]:
    """What a guard left alone, with its reason and the way on."""
    yield "BLOCKED   a guard leaves these as they are"
    shown = blocked if view.full else blocked[:_SHOWN_OBJECTS]
    for block in shown:
        noun, name = KINDS[block.id.kind].noun, printable(block.id.name)
        yield fit(f"  x {block.action} {noun} {name}   [{block.guard}]", view.width)
        for text in (block.reason, block.fix):
            if text:
                yield from wrap(printable(text), view.width, " " * 8)
        yield from field_rows(block.fields, view)
    if len(shown) < len(blocked):
        yield f"  x … {number(len(blocked) - len(shown))} more (-v shows all)"


def _closing_lines(plan: Plan, view: View) -> Iterator[str]:
    for warning in plan.warnings:
        yield from labelled("warning", warning, view.width)
    for stop in plan.stops:
        yield from labelled("guards", f"{stop.reason} [{stop.guard}]", view.width)
        if stop.fix:
            yield from labelled("", stop.fix, view.width)
    if plan.unmanaged:
        yield from labelled("unmanaged", unmanaged_text(plan.unmanaged, full=view.full), view.width)
    yield from labelled("plan", totals(plan), view.width)
    if plan.stops:
        yield from labelled("next", "nothing is applied until the guards agree", view.width)


def unmanaged_text(unmanaged: Sequence[ResourceId], *, full: bool = False) -> str:
    """`3 objects in scope, declared nowhere: …`."""
    shown = unmanaged if full else unmanaged[:_SHOWN_UNMANAGED]
    names = ", ".join(map(str, shown))
    more = ", …" if len(shown) < len(unmanaged) else ""
    return f"{counted(len(unmanaged), 'object')} in scope, declared nowhere: {names}{more}"


def totals(plan: Plan) -> str:
    """`3 create · 3,331 update · 1 delete · 6,877 unchanged`; only what there is."""
    counts = dict.fromkeys(SIGNS, 0)
    for group in plan.groups:
        counts[group.action] += len(group.members)
    parts = [f"{number(count)} {action}" for action, count in counts.items() if count]
    if plan.blocked:
        parts.append(f"{number(len(plan.blocked))} blocked")
    if not parts:
        parts.append("nothing to do")
    return " · ".join([*parts, f"{number(plan.unchanged)} unchanged"])
