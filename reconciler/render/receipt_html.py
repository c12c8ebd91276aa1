"""What an apply did, as a page to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reconciler.core.outcome import Applied
from reconciler.core.plan import Group
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.field_rows import fields_key
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
    within_budget,
)
from reconciler.render.plan_html import blocked_rows, change_rows, conflict_rows
from reconciler.render.plan_text import conflicts_and_others
from reconciler.render.receipt import (
    Undone,
    about_receipt,
    next_step,
    receipt_notes,
    receipt_totals,
    undone_of,
)


def receipt_html(receipt: Receipt, *, budget: int = BUDGET) -> str:
    """One file with what failed first, then what was done."""
    header = receipt.plan.header

    def render(detail: Detail) -> str:
        told = (*_about(receipt), *header_facts(header, receipt.plan.base, receipt.plan.listed))
        top = (sums_of(receipt_totals(receipt)), facts(told))
        title = f"{header.project} → {header.target}"
        return page(title, "Apply", top, _sections(receipt, detail))

    rows = len(receipt.plan.groups) + len(receipt.plan.blocked) + len(receipt.discrepancies)
    return within_budget(render, rows, budget)


def _about(receipt: Receipt) -> Iterator[Fact]:
    seconds = (receipt.finished - receipt.started).total_seconds()
    yield "Apply", " · ".join(about_receipt(receipt))
    yield "Finished", f"{receipt.finished:%Y-%m-%d %H:%M:%S}Z after {seconds:.1f} s"
    yield "Undo", element("code", f"pvm undo {receipt.undo_file}") if receipt.undo_file else None
    yield "Next", next_step(receipt)


def _sections(receipt: Receipt, detail: Detail) -> Iterator[Content]:
    plan = receipt.plan
    yield section("Stopped", "nothing was written", stop_table(plan.stops))
    for one in undone_of(receipt, full=True):
        yield section(one.title.title(), one.about, _undone_rows(one, detail))
    found = _discrepancy_rows(receipt.discrepancies, detail)
    yield section("Different", "confirmed by the server, and read back differently", found)
    notes = facts(receipt_notes(receipt))
    yield section("Incomplete", "", [notes] if notes else [])
    conflicts, others = conflicts_and_others(plan.blocked)
    yield section("Conflict", "both sides changed these", conflict_rows(conflicts, detail))
    yield section("Blocked", "a guard left these as they are", blocked_rows(others, detail))
    done = change_rows(dict(_applied(receipt)), {}, detail)
    yield section("Applied", "the server confirmed these", done)
    rewritten = _discrepancy_rows(receipt.normalised, detail)
    yield section("Rewritten", "the server keeps another form; this is no drift", rewritten)


def _applied(receipt: Receipt) -> Iterator[tuple[int, Group]]:
    """The groups of the plan, as far as they were applied."""
    done = {outcome.id for outcome in receipt.outcomes if isinstance(outcome, Applied)}
    for number, group in enumerate(receipt.plan.groups):
        members = tuple(id_ for id_ in group.members if id_ in done)
        if members:
            yield number, replace(group, members=members)


def _undone_rows(undone: Undone, detail: Detail) -> list[Html]:
    bundles = bundled(undone.told, lambda one: (one[0].kind, one[1]))
    rows = [
        Entry(
            tone="delete" if undone.sign == "x" else "alert",
            tag=undone.title,
            objects=objects_of(bundle[0][0].kind, len(bundle)),
            names=examples([id_ for id_, _ in bundle]),
            why=(bundle[0][1],),
            members=names_of([id_ for id_, _ in bundle]),
            line=bundle[0][1],
        )
        for bundle in bundles
    ]
    return list(entries(rows, detail))


def _discrepancy_rows(found: Sequence[Discrepancy], detail: Detail) -> list[Html]:
    bundles = bundled(found, lambda one: (one.id.kind, one.reason, fields_key(one.fields)))
    rows = [
        Entry(
            tone="alert",
            tag="different",
            objects=objects_of(bundle[0].id.kind, len(bundle)),
            names=examples([one.id for one in bundle]),
            why=(bundle[0].reason,),
            fields=change_table(bundle[0].fields, detail),
            members=names_of([one.id for one in bundle]),
            line=first_field(bundle[0].fields, detail),
        )
        for bundle in bundles
    ]
    return list(entries(rows, detail))
