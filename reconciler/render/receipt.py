"""What an apply did, for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.outcome import Applied, Failed, Skipped, Why
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.render.drift_rows import conflict_block
from reconciler.render.field_rows import field_rows
from reconciler.render.guard_rows import blocked_block, stop_lines
from reconciler.render.labels import labelled
from reconciler.render.plan_text import conflicts_and_others, header_lines
from reconciler.render.screen import counted, number, printable, wrap
from reconciler.render.view import View

_SHOWN: Final = 10
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
    failed = [o for o in receipt.outcomes if isinstance(o, Failed) and o.why is not Why.STALE]
    stale = [o for o in receipt.outcomes if isinstance(o, Failed) and o.why is Why.STALE]
    skipped = [o for o in receipt.outcomes if isinstance(o, Skipped)]
    blocks = [header_lines(receipt.plan.header, _about(receipt), view.width)]
    if failed:
        blocks.append(["FAILED    the server refused these, or did not answer"])
        blocks[-1] += _failed_lines(failed, view)
    if stale:
        blocks.append(["STALE     changed after the plan was made: left alone"])
        blocks[-1] += _failed_lines(stale, view)
    if skipped:
        blocks.append(["SKIPPED   not tried"])
        blocks[-1] += _skipped_lines(skipped, view)
    conflicts, others = conflicts_and_others(receipt.plan.blocked)
    if conflicts:
        blocks.append(conflict_block(conflicts, receipt.plan, view))
    if others:
        blocks.append(blocked_block(others, view))
    if receipt.discrepancies:
        blocks.append(["DIFFERENT confirmed by the server, and read back differently"])
        blocks[-1] += _discrepancy_lines(receipt.discrepancies, view)
    blocks.append(list(_closing_lines(receipt, view.width)))
    return "\n\n".join("\n".join(block) for block in blocks)


def _about(receipt: Receipt) -> tuple[str, ...]:
    about = [f"apply #{number(receipt.number)}"] if receipt.number else []
    if receipt.wave is not None:
        about.append(f"wave {number(receipt.wave)} of {number(max(len(receipt.plan.waves), 1))}")
    return tuple(about)


def _text(value: object) -> str:
    return printable(str(value))


def _failed_lines(failed: Sequence[Failed], view: View) -> Iterator[str]:
    shown = failed if view.full else failed[:_SHOWN]
    for outcome in shown:
        yield from wrap(f"  x {_text(outcome.id)}", view.width, hang=" " * 8)
        yield from wrap(printable(outcome.reason), view.width, " " * 8)
    yield from _more(len(failed) - len(shown))


def _skipped_lines(skipped: Sequence[Skipped], view: View) -> Iterator[str]:
    shown = skipped if view.full else skipped[:_SHOWN]
    for outcome in shown:
        why = printable(outcome.reason) or "interrupted before it"
        why = f"needs {_text(outcome.because)}" if outcome.because else why
        yield from wrap(f"  - {_text(outcome.id)}   {why}", view.width, hang=" " * 8)
    yield from _more(len(skipped) - len(shown))


def _discrepancy_lines(found: Sequence[Discrepancy], view: View) -> Iterator[str]:
    shown = found if view.full else found[:_SHOWN]
    for discrepancy in shown:
        yield from wrap(f"  ! {_text(discrepancy.id)}", view.width, hang=" " * 8)
        yield from wrap(printable(discrepancy.reason), view.width, " " * 8)
        yield from field_rows(discrepancy.fields, view)
    yield from _more(len(found) - len(shown))


def _more(count: int) -> Iterator[str]:
    if count:
        yield f"  … and {number(count)} more (-v shows all)"


def _closing_lines(receipt: Receipt, width: int) -> Iterator[str]:
    yield from stop_lines(receipt.plan.stops, width)
    if receipt.unverified:
        yield from labelled("read-back", f"not done: {receipt.unverified}", width)
    if receipt.unrecorded:
        yield from labelled("inventory", f"not complete: {receipt.unrecorded}", width)
    if receipt.lease_lost:
        text = "another apply may write now: nothing new was started"
        yield from labelled("lease", text, width)
    seconds = (receipt.finished - receipt.started).total_seconds()
    yield from labelled("applied", f"{_totals(receipt)} · {seconds:.1f} s", width)
    if receipt.undo_file:
        yield from labelled("undo", f"pvm undo {receipt.undo_file}", width)
    following = _next(receipt)
    if following:
        yield from labelled("next", following, width)


def _totals(receipt: Receipt) -> str:
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


def _next(receipt: Receipt) -> str:
    if receipt.interrupted:
        return "interrupted; run `pvm apply` again to continue"
    if any(not isinstance(outcome, Applied) for outcome in receipt.outcomes):
        return "run `pvm apply` again once the cause is gone; what is done stays done"
    if receipt.unrecorded:
        return "run `pvm apply` again to complete the inventory"
    if receipt.discrepancies:
        return "`pvm plan` shows how the server differs now"
    return ""
