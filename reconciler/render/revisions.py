"""What a merge would change: text for a terminal, a comment, and data."""

from collections.abc import Callable, Iterator
from typing import Final

from reconciler.core.plan_encoding import group_json, patch_json
from reconciler.core.revisions import Revision, RevisionDiff
from reconciler.core.values import JsonValue
from reconciler.render.group_rows import SIGNS, group_rows
from reconciler.render.json import FORMAT_VERSION
from reconciler.render.labels import joined_notes, labelled
from reconciler.render.markdown import BUDGET, code, plain
from reconciler.render.plan_markdown import CHANGES
from reconciler.render.plan_text import record_lines, record_rows
from reconciler.render.rows import rows_of
from reconciler.render.screen import number, printable
from reconciler.render.view import View

_HEADING: Final = "CHANGES   in what the files declare"
_DIGITS: Final = 7
"""Of a commit."""


def revisions_text(diff: RevisionDiff, view: View) -> str:
    """Rows as those of a plan; without `view.full` long lists say that there is more."""
    ways = f"{_named(diff.before)} → {_named(diff.after)}"
    blocks = [joined_notes(printable(project_of(diff)), (printable(ways),), view.width)]
    if diff.groups:
        blocks.append([_HEADING, *group_rows(dict(enumerate(diff.groups)), {}, view)])
    if diff.records:
        blocks.append(list(record_lines(diff.records, view.width)))
    closing = [line for label, text in notes_of(diff) for line in labelled(label, text, view.width)]
    blocks.append([*closing, *labelled("diff", totals_of(diff), view.width)])
    return "\n\n".join("\n".join(block) for block in blocks)


def revisions_markdown(diff: RevisionDiff, *, budget: int = BUDGET) -> str:
    """Within `budget` characters: examples go first, then fields; groups and totals stay."""
    text = ""
    for changes in CHANGES:
        text = "\n\n".join(_markdown_blocks(diff, changes))
        if len(text) <= budget:
            break
    return text


def _markdown_blocks(diff: RevisionDiff, changes: Callable[..., str]) -> Iterator[str]:
    yield f"### {plain(project_of(diff))}: {totals_of(diff)}"
    yield f"{code(_named(diff.before))} → {code(_named(diff.after))}"
    if diff.groups:
        yield changes(rows_of(dict(enumerate(diff.groups))), "pvm diff")
    yield from (f"Inventory: {verb} {plain(text)}" for verb, text in record_rows(diff.records))
    yield from (f"{label}: {plain(text)}" for label, text in notes_of(diff))


def revisions_json(diff: RevisionDiff) -> dict[str, JsonValue]:
    """Groups and changes as in a plan; updates have the patch of their group."""
    counts = _counts(diff)
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "diff",
        "project": project_of(diff),
        "base": _revision_json(diff.before),
        "head": _revision_json(diff.after),
        "summary": {**counts, "unchanged": diff.unchanged},
        "groups": [group_json(group) for group in diff.groups],
        "changes": [
            {
                "kind": member.id.kind,
                "name": member.id.name,
                "action": member.action,
                "group": diff.numbers[member.key],
                **({} if member.action == "update" else {"patch": patch_json(member.fields)}),
            }
            for member in diff.members
        ],
        "records": [{"object": str(one.id), "sort": one.sort.value} for one in diff.records],
        "settings": list(diff.settings),
    }


def _revision_json(revision: Revision) -> dict[str, JsonValue]:
    return {"name": revision.name, "commit": revision.commit}


def _named(revision: Revision) -> str:
    """`main (1c9e0d4)`."""
    short = revision.commit[:_DIGITS]
    return short if revision.commit.startswith(revision.name) else f"{revision.name} ({short})"


def project_of(diff: RevisionDiff) -> str:
    """The name of the newer revision's project."""
    known = [one.project.name for one in (diff.after, diff.before) if one.project is not None]
    return known[0] if known else "no project"


def notes_of(diff: RevisionDiff) -> Iterator[tuple[str, str]]:
    """What else there is to know, each with its label."""
    if diff.before.project is None:
        yield "base", f"there is no project in {_named(diff.before)}"
    if diff.after.project is None:
        yield "head", f"there is no project in {_named(diff.after)}"
    if diff.settings:
        yield "settings", f"pvm.yaml changes {', '.join(diff.settings)}"


def _counts(diff: RevisionDiff) -> dict[str, int]:
    counts = dict.fromkeys(SIGNS, 0)
    for group in diff.groups:
        counts[group.action] += len(group.members)
    return counts


def totals_of(diff: RevisionDiff) -> str:
    """`3 create · 1 update · 243 unchanged`; only what there is."""
    parts = [f"{number(count)} {action}" for action, count in _counts(diff).items() if count]
    return " · ".join([*(parts or ["no change"]), f"{number(diff.unchanged)} unchanged"])
