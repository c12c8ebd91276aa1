"""What an apply did, for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped, Why
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.render.bundle import (
    ROWS,
    bundled,
    examples,
    labels,
    more,
    objects_of,
    prose,
    room,
    row,
)
from reconciler.render.drift_rows import conflict_block
from reconciler.render.field_rows import field_rows, fields_key
from reconciler.render.guard_rows import blocked_block, stop_lines
from reconciler.render.labels import labelled
from reconciler.render.plan_text import conflicts_and_others, header_lines
from reconciler.render.screen import counted, number, printable
from reconciler.render.view import View

Told: TypeAlias = tuple[ResourceId, str]
"""An object, and why it is where it is."""
_WORDS: Final = {
    "created": "created",
    "updated": "updated",
    "deleted": "deleted",
    "unchanged": "done already",
    "stale": "stale",
    "failed": "failed",
    "skipped": "skipped",
}
"""In the order of the last line."""


def receipt_text(receipt: Receipt, view: View) -> str:
    """Failures and what they left undone; what went well is a number."""
    conflicts, others = conflicts_and_others(receipt.plan.blocked)
    blocks = [header_lines(receipt.plan.header, about_receipt(receipt), view.width)]
    for one in undone_of(receipt, full=view.full):
        lines = _outcome_lines(one.sign, one.told, view)
        blocks.append([f"{one.title.upper():<10}{one.about}", *lines])
    if conflicts:
        blocks.append(conflict_block(conflicts, receipt.plan, view))
    if others:
        blocks.append(blocked_block(others, view))
    if receipt.discrepancies:
        blocks.append(["DIFFERENT confirmed by the server, and read back differently"])
        blocks[-1] += _discrepancy_lines(receipt.discrepancies, view)
    if receipt.normalised:
        blocks.append(["REWRITTEN the server keeps another form; this is no drift"])
        blocks[-1] += _discrepancy_lines(receipt.normalised, view)
    blocks.append(list(_closing_lines(receipt, view.width)))
    return "\n\n".join("\n".join(block) for block in blocks)


@dataclass(frozen=True, slots=True)
class Undone:
    """Steps that did not come to their end for one sort of reason."""

    title: str
    """One word."""
    about: str
    sign: str
    told: Sequence[Told]


def undone_of(receipt: Receipt, *, full: bool) -> Iterator[Undone]:
    """What failed, what was stale and what was not tried, as far as there is any."""
    failed = [o for o in receipt.outcomes if isinstance(o, Failed) and o.why is not Why.STALE]
    stale = [o for o in receipt.outcomes if isinstance(o, Failed) and o.why is Why.STALE]
    skipped = [o for o in receipt.outcomes if isinstance(o, Skipped)]
    if failed:
        about = "the server refused these, or did not answer"
        yield Undone("failed", about, "x", _reasons(failed))
    if stale:
        about = "changed after the plan was made: left alone"
        yield Undone("stale", about, "x", _reasons(stale))
    if skipped:
        yield Undone("skipped", "not tried", "-", _waits(skipped, full=full))


def about_receipt(receipt: Receipt) -> tuple[str, ...]:
    """Which apply it was, and which part of its plan."""
    about = [f"apply #{number(receipt.number)}"] if receipt.number else []
    if receipt.wave is not None:
        about.append(f"wave {number(receipt.wave)} of {number(max(len(receipt.plan.waves), 1))}")
    return tuple(about)


def _reasons(failed: Sequence[Failed]) -> list[Told]:
    return [(outcome.id, outcome.reason) for outcome in failed]


def _waits(skipped: Sequence[Skipped], *, full: bool) -> list[Told]:
    """Why each was not tried; those of a kind that wait for another kind are told together."""
    needed: dict[tuple[str, str], dict[ResourceId, None]] = {}
    for one in skipped:
        if one.because is not None:
            needed.setdefault((one.id.kind, one.because.kind), {})[one.because] = None
    told: list[Told] = []
    for one in skipped:
        if one.because is None:
            told.append((one.id, one.reason or "interrupted before it"))
            continue
        ids = tuple(needed[one.id.kind, one.because.kind])
        alone = len(ids) == 1 or full
        several = f"each needs one of {objects_of(one.because.kind, len(ids))}: {examples(ids)}"
        told.append((one.id, f"needs {one.because}" if alone else several))
    return told


def _outcome_lines(sign: str, told: Sequence[Told], view: View) -> Iterator[str]:
    """Objects of a kind that have one reason share a row."""
    bundles = bundled(told, lambda one: (one[0].kind, one[1]))
    shown = bundles if view.full else bundles[:ROWS]
    counts = [(bundle[0][0].kind, len(bundle)) for bundle in shown]
    for label, bundle in zip(labels(sign, counts), shown, strict=True):
        yield from row(label, (examples([id_ for id_, _ in bundle], full=view.full),), view)
        yield from prose(bundle[0][1], view)
    yield from more(sum(map(len, bundles[len(shown) :])))


def _discrepancy_lines(found: Sequence[Discrepancy], view: View) -> Iterator[str]:
    """Objects that differ alike share a row."""
    bundles = bundled(found, lambda one: (one.id.kind, one.reason, fields_key(one.fields)))
    shown = bundles if view.full else bundles[:ROWS]
    counts = [(bundle[0].id.kind, len(bundle)) for bundle in shown]
    for label, bundle in zip(labels("!", counts), shown, strict=True):
        yield from row(label, (examples([one.id for one in bundle], full=view.full),), view)
        yield from prose(bundle[0].reason, view)
        yield from field_rows(bundle[0].fields, view, shown=room(len(shown)))
    yield from more(sum(map(len, bundles[len(shown) :])))


def _closing_lines(receipt: Receipt, width: int) -> Iterator[str]:
    yield from stop_lines(receipt.plan.stops, width)
    for label, text in receipt_notes(receipt):
        yield from labelled(label, text, width)
    seconds = (receipt.finished - receipt.started).total_seconds()
    yield from labelled("applied", f"{receipt_totals(receipt)} · {seconds:.1f} s", width)
    if receipt.undo_file:
        # Never broken: it is there to be copied.
        yield f"undo      pvm undo {printable(receipt.undo_file)}"
    following = next_step(receipt)
    if following:
        yield from labelled("next", following, width)


def receipt_notes(receipt: Receipt) -> Iterator[tuple[str, str]]:
    """What did not come to its end, each with its label."""
    if receipt.unverified:
        yield "read-back", f"not done: {receipt.unverified}"
    if receipt.unrecorded:
        yield "inventory", f"not complete: {receipt.unrecorded}"
    if receipt.unjournaled:
        yield "journal", f"not complete: {receipt.unjournaled}"
    if receipt.lease_lost:
        yield "lease", "another apply may write now: nothing new was started"
    if receipt.postponed:
        yield "waves", receipt.postponed


def receipt_totals(receipt: Receipt) -> str:
    """`2 created · 1 failed`; only what there is."""
    if receipt.plan.stops:
        return "nothing: a guard stopped the plan"
    counts: Counter[str] = Counter()
    for outcome in receipt.outcomes:
        match outcome:
            case Applied():
                counts[outcome.result] += 1
            case Failed(why=Why.STALE):
                counts["stale"] += 1
            case Failed():
                counts["failed"] += 1
            case Skipped():
                counts["skipped"] += 1
    parts = [f"{number(counts[word])} {shown}" for word, shown in _WORDS.items() if counts[word]]
    if receipt.number and not receipt.unrecorded and not receipt.interrupted:
        records = Counter(record.sort.value for record in receipt.plan.records)
        parts += [f"{number(count)} {sort}" for sort, count in records.items()]
    if receipt.plan.drifted:
        parts.append(f"{number(len(receipt.plan.drifted))} drift kept")
    if receipt.plan.blocked:
        parts.append(f"{number(len(receipt.plan.blocked))} blocked")
    return " · ".join(parts) or f"nothing to do · {counted(receipt.plan.unchanged, 'object')} equal"


def next_step(receipt: Receipt) -> str:
    """What to do now; empty when nothing is left."""
    if receipt.interrupted:
        return "interrupted; run `pvm apply` again to continue"
    if any(_is_broken(outcome) for outcome in receipt.outcomes) or receipt.lease_lost:
        return "run `pvm apply` again once the cause is gone; what is done stays done"
    if receipt.unrecorded:
        return "run `pvm apply` again to complete the inventory"
    if receipt.discrepancies:
        return "`pvm plan` shows how the server differs now"
    if any(isinstance(outcome, Skipped) for outcome in receipt.outcomes):
        return "run `pvm apply` again for the waves that are left"
    return ""


def _is_broken(outcome: Outcome) -> bool:
    """Whether it did not come to what it should have come to; a later wave will."""
    if isinstance(outcome, Skipped):
        return outcome.because is not None
    return isinstance(outcome, Failed)
