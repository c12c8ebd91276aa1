"""What an apply did, as the comment under the pull request that it came from."""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.receipt import Receipt
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.markdown import BUDGET, code, plain, table
from reconciler.render.receipt import (
    Told,
    about_receipt,
    next_step,
    receipt_notes,
    receipt_totals,
    undone_of,
)
from reconciler.render.screen import number

_LEVELS: Final = (200, 50, 10, 2)
"""Rows of each table, while the budget lasts."""


def receipt_markdown(receipt: Receipt, *, budget: int = BUDGET) -> str:
    """Rows go first when the budget is short; the totals stay. `budget` is in characters."""
    text = ""
    for rows in _LEVELS:
        text = "\n\n".join(_blocks(receipt, rows))
        if len(text) <= budget:
            break
    return text


def _blocks(receipt: Receipt, rows: int) -> Iterator[str]:
    plan, header = receipt.plan, receipt.plan.header
    seconds = (receipt.finished - receipt.started).total_seconds()
    names = f"{plain(header.project)} → {plain(header.target)}"
    yield f"### Applied {names}: {receipt_totals(receipt)}"
    finished = f"finished {receipt.finished:%Y-%m-%d %H:%M:%S}Z after {seconds:.1f} s"
    commit = [f"commit {code(header.commit[:12])}"] if header.commit else []
    yield " · ".join((code(header.url), *map(plain, about_receipt(receipt)), finished, *commit))
    if plan.stops:
        cells = [(code(s.guard), plain(s.reason), plain(s.fix)) for s in plan.stops]
        yield table(("Guard", "Reason", "What to do"), cells)
    for one in undone_of(receipt, full=False):
        yield f"**{one.title.title()}: {one.about}**"
        yield from _table(one.told, rows)
    if receipt.discrepancies:
        yield "**Different: confirmed by the server, and read back differently**"
        found = [(one.id, one.reason) for one in receipt.discrepancies]
        yield from _table(found, rows)
    if plan.blocked:
        yield "**Left alone by a guard**"
        left = [(one.id, f"{one.reason} [{one.guard}]") for one in plan.blocked]
        yield from _table(left, rows)
    yield from (f"{label}: {plain(text)}" for label, text in receipt_notes(receipt))
    if receipt.undo_file:
        yield f"undo: {code(f'pvm undo {receipt.undo_file}')}"
    following = next_step(receipt)
    if following:
        yield f"next: {plain(following)}"


def _table(told: Sequence[Told], limit: int) -> Iterator[str]:
    """Objects of a kind that have one reason share a row."""
    bundles = bundled(told, lambda one: (one[0].kind, one[1]))
    cells = []
    for bundle in bundles[:limit]:
        ids = [id_ for id_, _ in bundle]
        what = objects_of(ids[0].kind, len(ids))
        cells.append((what, code(examples(ids)), plain(bundle[0][1])))
    yield table(("Objects", "Examples", "Reason"), cells)
    hidden = sum(map(len, bundles[limit:]))
    if hidden:
        yield f"… and {number(hidden)} more"
