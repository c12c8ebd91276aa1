"""Drift as a page for people who decide and for those who look back later."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Drifted, Mark
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.drift import drift_totals
from reconciler.render.drift_rows import alike, by_whom, is_gone, written_by
from reconciler.render.field_rows import Compared, compared
from reconciler.render.html import Content, Html, element
from reconciler.render.html_header import header_facts, sums_of
from reconciler.render.html_page import facts, page, section
from reconciler.render.html_rows import (
    BUDGET,
    Detail,
    Entry,
    entries,
    first_field,
    names_of,
    stop_table,
    three_way_table,
    within_budget,
)


def drift_html(drift: Drift, *, budget: int = BUDGET) -> str:
    """One file with every difference; above `budget` characters fields and names give way."""
    header = drift.header

    def render(detail: Detail) -> str:
        top = (sums_of(drift_totals(drift)), facts(header_facts(header, drift.base, drift.listed)))
        title = f"{header.project} → {header.target}"
        return page(title, "Drift report", top, _sections(drift, detail))

    rows = len(bundled(_every(drift), alike))
    return within_budget(render, rows, budget)


def _every(drift: Drift) -> Sequence[Drifted]:
    return (*drift.drifted, *drift.conflicts, *drift.undecided)


def _sections(drift: Drift, detail: Detail) -> Iterator[Content]:
    yield section("Stopped", "this is no answer until the guards agree", stop_table(drift.stops))
    after = drift.clean_after
    for title, about, found, since in (
        ("Conflict", "both changed the same field", drift.conflicts, after),
        ("Drift", "the server changed, Git did not", drift.drifted, after),
        ("Unknown", "they differ; no record tells which side changed", drift.undecided, None),
    ):
        rows = drift_rows(found, detail, since, settled=found is drift.drifted)
        yield section(title, about, rows)
    yield section("Unmanaged", "in scope, declared nowhere", id_rows(drift.unmanaged, detail))
    noted = facts(("warning", text) for text in drift.warnings)
    yield section("Notes", "", [noted] if noted else [])
    if not _every(drift) and not drift.stops:
        yield element("p", "Nothing was changed on the server since the last apply.")


def drift_rows(
    found: Sequence[Drifted], detail: Detail, after: Mark | None, *, settled: bool
) -> list[Html]:
    """Objects that differ alike share a row.

    `settled`: only the server changed, so that Git says what it said at the last apply.
    """
    rows = [_entry(bundle, detail, after, settled=settled) for bundle in bundled(found, alike)]
    return list(entries(rows, detail))


def _entry(
    bundle: Sequence[Drifted], detail: Detail, after: Mark | None, *, settled: bool
) -> Entry:
    first, lost = bundle[0], is_gone(bundle[0])
    causes = {one.cause: None for one in bundle if one.cause}
    return Entry(
        tone="alert",
        tag="not on the server" if lost else "changed",
        objects=objects_of(first.id.kind, len(bundle)),
        names=examples([one.id for one in bundle]),
        causes=tuple(causes) if len(causes) == 1 else (),
        who=by_whom(bundle, after),
        fields=None if lost else three_way_table(_sides(first, settled=settled), detail),
        members=tuple(map(_told, bundle)) if len(bundle) > 1 else (),
        line="" if lost else first_field(first.fields, detail),
    )


def _sides(drifted: Drifted, *, settled: bool) -> Sequence[Compared]:
    found = compared(drifted)
    return [replace(one, was=one.git, known=True) for one in found] if settled else found


def _told(drifted: Drifted) -> str:
    return " · ".join(filter(None, (drifted.id.name, drifted.cause, written_by([drifted]))))


def id_rows(ids: Sequence[ResourceId], detail: Detail) -> list[Html]:
    """Objects of which there is nothing to tell: a row for each kind."""
    bundles = bundled(ids, lambda one: one.kind)
    rows = [
        Entry(
            tone="alert",
            tag="left alone",
            objects=objects_of(bundle[0].kind, len(bundle)),
            names=examples(bundle),
            members=names_of(bundle),
        )
        for bundle in bundles
    ]
    return list(entries(rows, detail))
