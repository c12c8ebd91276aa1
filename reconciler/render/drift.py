"""How the server differs from the files: for a terminal, and as Markdown."""

from collections.abc import Callable, Iterator
from typing import Final

from reconciler.core.drift import Drift, DriftedObject
from reconciler.render.field_rows import field_rows
from reconciler.render.labels import labelled
from reconciler.render.markdown import BUDGET, code, plain, table
from reconciler.render.plan_text import header_lines, listing, unmanaged_text
from reconciler.render.screen import number, printable, value_text, wrap
from reconciler.render.view import View

_SHOWN: Final = 50


def drift_text(drift: Drift, view: View) -> str:
    """Each object that differs, with both values and who wrote last."""
    blocks = [header_lines(drift.header, listing(drift.listed), view.width)]
    if drift.objects:
        blocks.append(["DRIFT     on the server it is not as declared"])
        shown = drift.objects if view.full else drift.objects[:_SHOWN]
        for drifted in shown:
            blocks[-1] += _drifted_lines(drifted, view)
        blocks[-1] += _more(len(drift.objects) - len(shown))
    if drift.missing:
        blocks.append(["MISSING   declared, and not on the server"])
        gone = drift.missing if view.full else drift.missing[:_SHOWN]
        for missing in gone:
            line = f"  + {printable(str(missing.id))}   {printable(missing.cause)}"
            blocks[-1] += wrap(line, view.width, hang=" " * 8)
        blocks[-1] += _more(len(drift.missing) - len(gone))
    blocks.append(list(_closing_lines(drift, view)))
    return "\n\n".join("\n".join(block) for block in blocks)


def _drifted_lines(drifted: DriftedObject, view: View) -> Iterator[str]:
    start = f"  ! {printable(str(drifted.id))}   {printable(drifted.cause)}{_writer(drifted)}"
    yield from wrap(start, view.width, hang=" " * 8)
    yield from field_rows(drifted.fields, view)


def _writer(drifted: DriftedObject) -> str:
    told = ", ".join(filter(None, (drifted.changed_by, drifted.changed_at)))
    return f"   last written by {printable(told)}" if told else ""


def _more(count: int) -> Iterator[str]:
    if count:
        yield f"  … {number(count)} more (-v shows all)"


def _closing_lines(drift: Drift, view: View) -> Iterator[str]:
    for warning in drift.warnings:
        yield from labelled("warning", warning, view.width)
    if drift.unmanaged:
        text = unmanaged_text(drift.unmanaged, full=view.full)
        yield from labelled("unmanaged", text, view.width)
    yield from labelled("drift", drift_totals(drift), view.width)
    if drift.objects or drift.missing:
        yield from labelled("next", "declared → server; `pvm apply` restores it", view.width)


def drift_totals(drift: Drift) -> str:
    """`2 differ · 1 missing · 243 in sync`."""
    parts = []
    if drift.objects:
        parts.append(f"{number(len(drift.objects))} differ")
    if drift.missing:
        parts.append(f"{number(len(drift.missing))} missing")
    return " · ".join([*(parts or ["none"]), f"{number(drift.in_sync)} in sync"])


def drift_markdown(drift: Drift, *, budget: int = BUDGET) -> str:
    """The fields go first when the budget is short, then the objects; the totals stay."""
    text = ""
    for objects in (_with_fields, _bare, _nothing):
        text = _document(drift, objects)
        if len(text) <= budget:
            break
    return text


def _document(drift: Drift, objects: Callable[[Drift], list[str]]) -> str:
    header = drift.header
    blocks = [
        f"### Drift {plain(header.project)} → {plain(header.target)}: {drift_totals(drift)}",
        f"{code(header.url)} · seen {header.created:%Y-%m-%d %H:%M}Z by pvm {plain(header.tool)}",
        *objects(drift),
    ]
    blocks += [f"> {plain(warning)}" for warning in drift.warnings]
    if drift.unmanaged:
        blocks.append(plain(unmanaged_text(drift.unmanaged)))
    return "\n\n".join(blocks)


def _with_fields(drift: Drift) -> list[str]:
    rows = [
        (
            code(str(drifted.id)),
            code(change.pointer or "/"),
            code(value_text(change.before)),
            code(value_text(change.after)),
            plain(_writer(drifted).removeprefix("   last written by ")),
        )
        for drifted in drift.objects
        for change in drifted.fields
    ]
    head = ("Object", "Field", "Declared", "Server", "Last written by")
    return ([table(head, rows)] if rows else []) + _missing(drift)


def _bare(drift: Drift) -> list[str]:
    rows = [(code(str(drifted.id)), code(drifted.cause)) for drifted in drift.objects]
    return ([table(("Object", "Declared in"), rows)] if rows else []) + _missing(drift)


def _missing(drift: Drift) -> list[str]:
    rows = [(code(str(missing.id)), code(missing.cause)) for missing in drift.missing]
    return [table(("Not on the server", "Declared in"), rows)] if rows else []


def _nothing(_: Drift) -> list[str]:
    return ["Too many for a comment; `pvm drift` shows each."]
