"""A plan as a page for reviewers and auditors."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Blocked, Class, Group, Plan, Reach
from reconciler.core.plan_json import encode_plan
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.drift_html import drift_rows
from reconciler.render.drift_rows import conflict_alike, conflict_sentence
from reconciler.render.field_rows import compared
from reconciler.render.group_rows import keeping, sections_of
from reconciler.render.guard_rows import alike as guard_alike
from reconciler.render.html import Content, Html, element
from reconciler.render.html_header import header_facts, sums_of
from reconciler.render.html_page import Fact, facts, page, section
from reconciler.render.html_rows import (
    BUDGET,
    Detail,
    Entry,
    change_table,
    entries,
    first_field,
    names_of,
    stop_table,
    three_way_table,
    within_budget,
)
from reconciler.render.plan_text import conflicts_and_others, notes_of, record_rows, totals
from reconciler.render.rows import Row, rows_of
from reconciler.render.screen import number


def plan_html(plan: Plan, *, digest: str | None = None, budget: int = BUDGET) -> str:
    """One file with the whole plan; above `budget` characters fields and names give way.

    `digest` is that of the file it was saved in, if it was: an older pvm may have written it.
    """
    header = plan.header
    kind = "Plan" if header.undoes is None else "Undo plan"
    shown = digest or str(encode_plan(plan)["digest"])

    def render(detail: Detail) -> str:
        told = (*header_facts(header, plan.base, plan.listed), ("Plan", element("code", shown)))
        top = (sums_of(totals(plan)), facts(told))
        title = f"{header.project} → {header.target}"
        return page(title, kind, top, _sections(plan, detail))

    return within_budget(render, _count(plan), budget)


def _count(plan: Plan) -> int:
    conflicts, others = conflicts_and_others(plan.blocked)
    bundles = (bundled(conflicts, conflict_alike), bundled(others, _guard_key))
    return len(plan.groups) + sum(map(len, bundles)) + len(plan.drifted)


def _sections(plan: Plan, detail: Detail) -> Iterator[Content]:
    yield section("Stopped", "nothing is applied until the guards agree", stop_table(plan.stops))
    conflicts, others = conflicts_and_others(plan.blocked)
    kept = keeping(plan)
    for one in sections_of(plan):
        rows = change_rows(one.groups, kept, detail, plan.reach)
        yield section(one.title.title(), one.about, rows)
    yield section("Conflict", conflict_sentence(plan), conflict_rows(conflicts, detail))
    drifted = drift_rows(plan.drifted, detail, plan.clean_after, settled=True)
    yield section("Drift", "the server changed, Git did not (kept)", drifted)
    yield section("Blocked", "a guard leaves these as they are", blocked_rows(others, detail))
    yield section("Notes", "", _notes(plan, detail))
    if not (plan.groups or plan.blocked or plan.drifted or plan.records):
        yield element("p", "There is nothing to do.")


def change_rows(
    groups: Mapping[int, Group],
    kept: Mapping[int, Sequence[ResourceId]],
    detail: Detail,
    reach: Reach | None = None,
) -> list[Html]:
    """Groups with the numbers given, who of each keeps drift, and whom it reaches."""
    rows = [_change(row, kept, detail) for row in rows_of(groups, reach)]
    return list(entries(rows, detail))


def _change(row: Row, kept: Mapping[int, Sequence[ResourceId]], detail: Detail) -> Entry:
    class_ = row.groups[0].class_
    keep = [id_ for n in row.numbers for id_ in kept.get(n, ())]
    names = examples(keep) if keep else ""
    why = (f"keeps the drift below in {number(len(keep))} of them: {names}",) if keep else ()
    return Entry(
        tone=row.action,
        tag=row.action if class_ in _PLAIN else f"{row.action}: {class_}",
        objects=row.objects,
        names=row.names(),
        causes=row.causes,
        why=(row.reach, *why) if row.reach else why,
        fields=change_table(row.fields, detail),
        members=_members(row),
        line=first_field(row.fields, detail),
    )


_PLAIN: Final = (Class.PENDING_CREATE, Class.PENDING_UPDATE, Class.PENDING_DELETE)


def _members(row: Row) -> tuple[str, ...]:
    """With their kinds, where there are several."""
    if len(row.groups) == 1:
        return names_of(row.members)
    return tuple(str(member) for member in row.members)


def conflict_rows(conflicts: Sequence[Blocked], detail: Detail) -> list[Html]:
    """Where both sides changed the same field, with all three values."""
    rows = [_conflict(bundle, detail) for bundle in bundled(conflicts, conflict_alike)]
    return list(entries(rows, detail))


def _conflict(bundle: Sequence[Blocked], detail: Detail) -> Entry:
    first = bundle[0]
    return Entry(
        tone="alert",
        tag=f"{first.action}: conflict",
        objects=objects_of(first.id.kind, len(bundle)),
        names=examples([one.id for one in bundle]),
        why=(first.reason, *_fixes(bundle)),
        fields=three_way_table(compared(first), detail),
        members=names_of([one.id for one in bundle]),
        line=first_field(first.fields, detail),
    )


def _fixes(bundle: Sequence[Blocked]) -> tuple[str, ...]:
    """Of several objects the first one's stands for all."""
    return tuple(dict.fromkeys(one.fix for one in bundle if one.fix))[:1]


def blocked_rows(others: Sequence[Blocked], detail: Detail) -> list[Html]:
    """What guards leave alone, and why."""
    rows = [_blocked(bundle, detail) for bundle in bundled(others, _guard_key)]
    return list(entries(rows, detail))


def _guard_key(blocked: Blocked) -> Hashable:
    return guard_alike(blocked), blocked.reason


def _blocked(bundle: Sequence[Blocked], detail: Detail) -> Entry:
    first = bundle[0]
    fields = first.fields if len(bundle) == 1 or all(f.pointer for f in first.fields) else ()
    return Entry(
        tone="alert",
        tag=f"{first.action}: {first.guard}",
        objects=objects_of(first.id.kind, len(bundle)),
        names=examples([one.id for one in bundle]),
        why=(first.reason, *_fixes(bundle)),
        fields=change_table(fields, detail),
        members=names_of([one.id for one in bundle]),
        line=first_field(fields, detail),
    )


def _notes(plan: Plan, detail: Detail) -> list[Content]:
    told: Iterable[Fact] = (
        *(("inventory", f"{verb} {text}") for verb, text in record_rows(plan.records)),
        *(("warning", text) for text in plan.warnings),
        *notes_of(plan, full=not detail.lines),
    )
    found = facts(told)
    return [found] if found else []
