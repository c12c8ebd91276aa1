"""The changes of a plan: a row for each group, under a heading for each class."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, Group, Plan, Reach, TakenBack
from reconciler.render.bundle import examples, objects_of
from reconciler.render.field_rows import INDENT, SHOWN, field_rows
from reconciler.render.rows import Row, rows_of
from reconciler.render.screen import columns_of, counted, fit, number, pad, wrap
from reconciler.render.view import View

SIGNS: Final[Mapping[str, str]] = {"create": "+", "update": "~", "delete": "-"}
_GROUPS: Final = 20
"""Rows of one section, unless everything was asked for."""

_FIELDS: Final = 2 * _GROUPS
"""Fields of all rows of one section together, as far as each has at least two."""
_PENDING: Final = frozenset({Class.PENDING_CREATE, Class.PENDING_UPDATE, Class.PENDING_DELETE})
_SECTIONS: Final[tuple[tuple[str, str, frozenset[Class]], ...]] = (
    ("pending", "Git changed, the server is as we left it", _PENDING),
    ("continue", "an apply that did not finish announced these", frozenset({Class.INTERRUPTED})),
    ("adopt", "they exist, differ from Git, and become ours", frozenset({Class.ADOPT})),
    ("revert", "the server changed, Git did not: taken back", frozenset({Class.DRIFT})),
    ("overrule", "both changed: Git's value is written", frozenset({Class.CONFLICT})),
)
_FIRST: Final = "declared, and not yet so on the server"


@dataclass(frozen=True, slots=True)
class Section:
    """Groups that have one reason."""

    title: str
    """One word."""
    about: str
    groups: Mapping[int, Group]
    """By their numbers."""


def sections_of(plan: Plan) -> Iterator[Section]:
    """The groups of a plan by class, as far as there are any."""
    if plan.header.undoes is not None:
        # Whose change it was does not matter any more: all of it goes back.
        if plan.groups:
            yield Section("undo", undo_sentence(plan.header.undoes), dict(enumerate(plan.groups)))
        return
    for title, about, classes in _SECTIONS:
        groups = {n: group for n, group in enumerate(plan.groups) if group.class_ in classes}
        if groups:
            first = classes is _PENDING and plan.base is None
            yield Section(title, _FIRST if first else about, groups)


def change_blocks(plan: Plan, view: View) -> list[list[str]]:
    """A block of lines for each class that the plan has groups of."""
    kept = keeping(plan)
    return [
        [f"{one.title.upper():<10}{one.about}", *group_rows(one.groups, kept, view, plan.reach)]
        for one in sections_of(plan)
    ]


def undo_sentence(taken_back: TakenBack) -> str:
    """What a plan that takes an apply back does."""
    return f"back to what it was before apply #{number(taken_back.number)}"


def keeping(plan: Plan) -> Mapping[int, Sequence[ResourceId]]:
    """Members that keep drift, by the number of their group."""
    found: dict[int, list[ResourceId]] = {}
    for step in plan.steps:
        if step.kept:
            found.setdefault(step.group, []).append(step.change.id)
    return found


def group_rows(
    groups: Mapping[int, Group],
    kept: Mapping[int, Sequence[ResourceId]],
    view: View,
    reach: Reach | None = None,
) -> Iterator[str]:
    """The groups with the numbers given, and who of each keeps drift."""
    rows = rows_of(groups, reach)
    shown = rows if view.full else _foremost(rows)
    told = {row.numbers for row in shown}
    counts = [number(len(row.members)) for row in shown]
    digits = max(map(len, counts))
    labels = [
        f"  {SIGNS[row.action]} {count.rjust(digits)} {row.objects.partition(' ')[2]}"
        for row, count in zip(shown, counts, strict=True)
    ]
    causes = [", ".join(row.causes) for row in shown]
    label_width = max(map(columns_of, labels))
    cause_width = min(max(map(columns_of, causes)), max(20, (view.width - label_width) // 2))
    reaching = [columns_of(row.names()) for row in shown if row.reach]
    widths = cause_width, max(reaching, default=0)
    for label, cause, row in zip(labels, causes, shown, strict=True):
        start = pad(label, label_width) + "   "
        texts = (cause, row.names(full=view.full), row.reach)
        line = _flat_row(start, texts, widths, view)
        yield from [line] if line else _tall_row(start, texts, view)
        yield from field_rows(row.fields, view, shown=min(SHOWN, max(2, _FIELDS // len(shown))))
        yield from _kept_row([id_ for n in row.numbers for id_ in kept.get(n, ())], view)
    yield from _rest([row for row in rows if row.numbers not in told])


def _flat_row(start: str, texts: tuple[str, str, str], widths: tuple[int, int], view: View) -> str:
    """Cause, names and reach in one line, in columns of these widths as far as there is room.

    Empty where they do not fit, or the cause is too long for its column.
    """
    cause, names, reach = texts
    if columns_of(cause) > widths[0]:
        return ""
    line = f"{start}{pad(cause, widths[0])}   {names}"
    lines = [line]
    if reach:
        spread = f"{start}{pad(cause, widths[0])}   {pad(names, widths[1])}   {reach}"
        lines = [spread, f"{line}   {reach}", f"{start}{cause}   {names}   {reach}"]
    fitting = (one for one in lines if columns_of(one) <= view.width)
    return next(fitting, lines[0] if view.full else "")


def _foremost(rows: Sequence[Row]) -> Sequence[Row]:
    """Those that nobody may overlook, in the order of the plan: deletions and the largest."""
    ranks = sorted(rows, key=lambda row: (row.action != "delete", -len(row.members)))
    shown = {row.numbers for row in ranks[:_GROUPS]}
    return [row for row in rows if row.numbers in shown]


def _tall_row(start: str, texts: tuple[str, str, str], view: View) -> Iterator[str]:
    """A row whose cause or names need a line of their own; every cause is printed."""
    cause, names, reach = texts
    first, *rest = wrap(cause, view.width - columns_of(start))
    yield start + first
    for line in rest:
        yield " " * columns_of(start) + line
    tail = f"   {reach}" if reach else ""
    shown = INDENT + names
    yield (shown if view.full else fit(shown, view.width - columns_of(tail))) + tail


def _kept_row(keeping: Sequence[ResourceId], view: View) -> Iterator[str]:
    if keeping:
        line = f"{INDENT}! keeps the drift below in {number(len(keeping))} of them: "
        line += examples(keeping, full=view.full)
        yield line if view.full else fit(line, view.width)


def _rest(rows: Sequence[Row]) -> Iterator[str]:
    """What the rows that are not shown come to."""
    if rows:
        counts: Counter[tuple[str, str]] = Counter()
        for group in (group for row in rows for group in row.groups):
            counts[group.action, group.kind] += len(group.members)
        sums = ", ".join(f"{action} {objects_of(kind, n)}" for (action, kind), n in counts.items())
        yield f"  … and {counted(len(rows), 'more group')} (-v shows all): {sums}"
