"""What a rehearsal found, for a terminal."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed
from reconciler.core.rehearsal import Rehearsal
from reconciler.render.field_rows import field_rows
from reconciler.render.labels import labelled
from reconciler.render.screen import counted, number, printable, wrap
from reconciler.render.view import View

_SHOWN: Final = 10


def rehearsal_text(rehearsal: Rehearsal, view: View) -> str:
    """One line when all went as the plan says, else each thing that did not."""
    lines: list[str] = []
    problems = [] if rehearsal.as_predicted else list(_problems(rehearsal, view))
    if problems:
        lines.append("DIFFERENT what the plan does not say")
        shown = problems if view.full else problems[:_SHOWN]
        lines += [line for problem in shown for line in problem]
        if len(shown) < len(problems):
            lines.append(f"  … and {number(len(problems) - len(shown))} more (-v shows all)")
        lines.append("")
    text = f"{_result(rehearsal)} · on a copy of {counted(rehearsal.copied, 'object')}"
    lines += labelled("rehearsed", text, view.width)
    target = rehearsal.receipt.plan.header.target
    lines += labelled("written", f"nothing to {target}", view.width)
    return "\n".join(lines)


def _result(rehearsal: Rehearsal) -> str:
    receipt = rehearsal.receipt
    steps = len(receipt.plan.steps)
    if receipt.plan.stops:
        return "nothing: a guard stops this plan"
    if rehearsal.as_predicted:
        return f"{counted(steps, 'change')} went as the plan says, no token ever without bootstrap"
    done = sum(isinstance(outcome, Applied) for outcome in receipt.outcomes)
    return f"{number(done)} of {counted(steps, 'change')} done, and not all as the plan says"


def _problems(rehearsal: Rehearsal, view: View) -> Iterator[list[str]]:
    receipt = rehearsal.receipt
    for text in rehearsal.stranded:
        yield wrap(f"  ! {printable(text)}", view.width, hang=" " * 8)
    for outcome in receipt.outcomes:
        if isinstance(outcome, Failed):
            yield _entry(outcome.id, outcome.reason, view)
    for found in (*rehearsal.surprises, *receipt.discrepancies):
        yield [*_entry(found.id, found.reason, view), *field_rows(found.fields, view)]
    if receipt.unverified:
        yield wrap(f"  ! not read back: {printable(receipt.unverified)}", view.width)


def _entry(id_: ResourceId, reason: str, view: View) -> list[str]:
    head = wrap(f"  ! {printable(str(id_))}", view.width, hang=" " * 8)
    return head + wrap(printable(reason), view.width, " " * 8)
