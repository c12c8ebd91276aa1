"""What an apply did, for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.outcome import Applied, Failed, Skipped
from reconciler.core.receipt import Receipt
from reconciler.render.labels import labelled
from reconciler.render.plan_text import blocked_lines, field_rows, header_lines
from reconciler.render.screen import counted, number, printable, wrap
from reconciler.render.view import View

_SHOWN: Final = 20


def receipt_text(receipt: Receipt, view: View) -> str:
    """Failures and what they left undone; what went well is a number."""
    failed = [o for o in receipt.outcomes if isinstance(o, Failed)]
    skipped = [o for o in receipt.outcomes if isinstance(o, Skipped)]
    blocks = [header_lines(receipt.plan.header, (), view.width)]
    if failed:
        blocks.append(["FAILED    the server refused these, or did not answer"])
        blocks[-1] += _failed_lines(failed, view)
    if skipped:
        blocks.append(["SKIPPED   not tried"])
        blocks[-1] += _skipped_lines(skipped, view)
    if receipt.plan.blocked:
        blocks.append(list(blocked_lines(receipt.plan.blocked, view)))
    if receipt.discrepancies:
        blocks.append(["DIFFERENT confirmed by the server, and read back differently"])
        for discrepancy in receipt.discrepancies:
            blocks[-1] += wrap(f"  ! {_text(discrepancy.id)}", view.width, hang=" " * 8)
            blocks[-1] += wrap(printable(discrepancy.reason), view.width, " " * 8)
            blocks[-1] += field_rows(discrepancy.fields, view)
    blocks.append(list(_closing_lines(receipt, view.width)))
    return "\n\n".join("\n".join(block) for block in blocks)


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
        why = f"needs {_text(outcome.because)}" if outcome.because else "interrupted before it"
        yield from wrap(f"  - {_text(outcome.id)}   {why}", view.width, hang=" " * 8)
    yield from _more(len(skipped) - len(shown))


def _more(count: int) -> Iterator[str]:
    if count:
        yield f"  … {number(count)} more (-v shows all)"


def _closing_lines(receipt: Receipt, width: int) -> Iterator[str]:
    for stop in receipt.plan.stops:
        yield from labelled("guards", f"{stop.reason} [{stop.guard}]", width)
        if stop.fix:
            yield from labelled("", stop.fix, width)
    if receipt.unverified:
        yield from labelled("read-back", f"not done: {receipt.unverified}", width)
    seconds = (receipt.finished - receipt.started).total_seconds()
    yield from labelled("applied", f"{_totals(receipt)} · {seconds:.1f} s", width)
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
            case Failed():
                counts["failed"] += 1
            case Skipped():
                counts["skipped"] += 1
    order = ("created", "updated", "deleted", "unchanged", "failed", "skipped")
    parts = [f"{number(counts[word])} {word}" for word in order if counts[word]]
    if receipt.plan.blocked:
        parts.append(f"{number(len(receipt.plan.blocked))} blocked")
    return " · ".join(parts) or f"nothing to do · {counted(receipt.plan.unchanged, 'object')} equal"


def _next(receipt: Receipt) -> str:
    if receipt.interrupted:
        return "interrupted; run `pvm apply` again to continue"
    if any(not isinstance(outcome, Applied) for outcome in receipt.outcomes):
        return "run `pvm apply` again once the cause is gone; what is done stays done"
    if receipt.discrepancies:
        return "`pvm plan` shows how the server differs now"
    return ""
