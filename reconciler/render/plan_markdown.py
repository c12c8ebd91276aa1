"""A plan as the comment under a pull request: within what the forges accept."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.core.plan import Group, Plan
from reconciler.render.markdown import BUDGET, code, plain, table
from reconciler.render.plan_text import examples, objects_of, totals, unmanaged_text
from reconciler.render.screen import counted, number, value_text

_SHOWN_BLOCKED: Final = 50
_SHOWN_FIELDS: Final = 20
_SHOWN_WARNINGS: Final = 20
_LEFT_OUT: Final = "Fields are left out here for want of room; `pvm plan` shows them."


def plan_markdown(plan: Plan, *, budget: int = BUDGET) -> str:
    """Examples go first when the budget is short, then fields; groups and totals stay.

    `budget` is in characters. Where even the bare groups do not fit, they are added up by
    action and kind.
    """
    text = ""
    for groups in (_whole, _without_examples, _bare, _added_up):
        text = _document(plan, groups)
        if len(text) <= budget:
            break
    return text


def _document(plan: Plan, groups: Callable[[Sequence[Group]], str]) -> str:
    header = plan.header
    blocks = [
        f"### {plain(header.project)} → {plain(header.target)}: {totals(plan)}",
        f"{code(header.url)} · made {header.created:%Y-%m-%d %H:%M}Z by pvm {plain(header.tool)}",
    ]
    if plan.stops:
        rows = [(code(s.guard), plain(s.reason), plain(s.fix)) for s in plan.stops]
        blocks.append("**Stopped: nothing is applied until the guards agree**")
        blocks.append(table(("Guard", "Reason", "What to do"), rows))
    if plan.groups:
        blocks.append(groups(plan.groups))
    blocks += _rest(plan)
    return "\n\n".join(blocks)


def _rest(plan: Plan) -> list[str]:
    blocks = []
    if plan.blocked:
        rows = [
            (
                code(f"{b.id}"),
                plain(b.action),
                code(b.guard),
                plain("; ".join(filter(None, (b.reason, b.fix)))),
            )
            for b in plan.blocked[:_SHOWN_BLOCKED]
        ]
        blocks.append("**Left alone by a guard**")
        blocks.append(table(("Object", "Action", "Guard", "Reason"), rows))
        if len(plan.blocked) > _SHOWN_BLOCKED:
            blocks.append(f"… and {number(len(plan.blocked) - _SHOWN_BLOCKED)} more")
    blocks += [f"> {plain(warning)}" for warning in plan.warnings[:_SHOWN_WARNINGS]]
    if len(plan.warnings) > _SHOWN_WARNINGS:
        blocks.append(f"> … and {number(len(plan.warnings) - _SHOWN_WARNINGS)} more warnings")
    if plan.unmanaged:
        blocks.append(plain(unmanaged_text(plan.unmanaged)))
    return blocks


def _whole(groups: Sequence[Group]) -> str:
    rows = [(*_row(group), code(examples(group.members))) for group in groups]
    listed = table(("Action", "Objects", "Cause", "Examples"), rows)
    return f"{listed}\n\n{_fields(groups)}".rstrip()


def _without_examples(groups: Sequence[Group]) -> str:
    return f"{_listed(groups)}\n\n{_fields(groups)}".rstrip()


def _bare(groups: Sequence[Group]) -> str:
    return f"{_listed(groups)}\n\n{_LEFT_OUT}"


def _listed(groups: Sequence[Group]) -> str:
    return table(("Action", "Objects", "Cause"), [_row(group) for group in groups])


def _added_up(groups: Sequence[Group]) -> str:
    objects: Counter[tuple[str, str]] = Counter()
    rows_of: Counter[tuple[str, str]] = Counter()
    for group in groups:
        objects[group.action, group.kind] += len(group.members)
        rows_of[group.action, group.kind] += 1
    rows = [
        (action, objects_of(kind, count), counted(rows_of[action, kind], "group"))
        for (action, kind), count in objects.items()
    ]
    note = f"{counted(len(groups), 'group')}, too many for a comment; `pvm plan` shows each."
    return f"{table(('Action', 'Objects', 'Groups'), rows)}\n\n{note}"


def _row(group: Group) -> tuple[str, str, str]:
    causes = ", ".join(map(code, group.causes))
    return group.action, objects_of(group.kind, len(group.members)), causes


def _fields(groups: Sequence[Group]) -> str:
    blocks = []
    for index, group in enumerate(groups, start=1):
        if group.fields:
            rows = [_field_row(change) for change in group.fields[:_SHOWN_FIELDS]]
            if len(group.fields) > _SHOWN_FIELDS:
                rows.append((f"… {number(len(group.fields) - _SHOWN_FIELDS)} more", "", ""))
            title = f"{index}. {group.action} {objects_of(group.kind, len(group.members))}"
            title += f" · {', '.join(map(code, group.causes))}"
            blocks += [title, table(("Field", "Before", "After"), rows)]
    if not blocks:
        return ""
    body = "\n\n".join(blocks)
    return f"<details><summary>Fields</summary>\n\n{body}\n\n</details>"


def _field_row(change: FieldChange) -> tuple[str, str, str]:
    secret = " (secret, differs)" if change.hidden else ""
    before, after = code(value_text(change.before)), code(value_text(change.after))
    return code(change.pointer or "/"), before, after + secret
