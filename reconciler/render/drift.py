"""How the server differs from what was applied last: for a terminal, and as Markdown."""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.core.drift import Drift
from reconciler.core.plan import Drifted, Mark
from reconciler.render.bundle import bundled, examples, objects_of
from reconciler.render.drift_rows import alike, drift_block, is_gone, written_by
from reconciler.render.field_rows import compared
from reconciler.render.guard_rows import stop_lines
from reconciler.render.labels import labelled
from reconciler.render.markdown import BUDGET, code, plain, table
from reconciler.render.plan_text import base_note, header_lines, listing, unmanaged_text
from reconciler.render.screen import number, value_text
from reconciler.render.view import View

_UNKNOWN: Final = "they differ; no record tells which side changed"
_LEVELS: Final = ((10_000, 20), (200, 3), (20, 1), (2, 1))
"""Rows, and fields of each, that Markdown shows while its budget lasts."""


def drift_text(drift: Drift, view: View) -> str:
    """Each object that differs, with both values and who wrote last."""
    notes = (*listing(drift.listed), *base_note(drift.base, drift.header))
    blocks = [header_lines(drift.header, notes, view.width)]
    after = drift.clean_after
    for heading, rows in (
        ("DRIFT     the server changed, Git did not", drift.drifted),
        ("CONFLICT  both changed the same field", drift.conflicts),
    ):
        if rows:
            blocks.append(drift_block(rows, view, heading=heading, after=after))
    if drift.undecided:
        heading, gone = f"UNKNOWN   {_UNKNOWN}", "not on the server"
        blocks.append(drift_block(drift.undecided, view, heading=heading, gone=gone))
    blocks.append(list(_closing_lines(drift, view)))
    return "\n\n".join("\n".join(block) for block in blocks)


def _closing_lines(drift: Drift, view: View) -> Iterator[str]:
    for warning in drift.warnings:
        yield from labelled("warning", warning, view.width)
    yield from stop_lines(drift.stops, view.width)
    if drift.unmanaged:
        text = unmanaged_text(drift.unmanaged, full=view.full)
        yield from labelled("unmanaged", text, view.width)
    yield from labelled("drift", drift_totals(drift), view.width)
    following = _next(drift)
    if following:
        yield from labelled("next", following, view.width)


def _next(drift: Drift) -> str:
    if drift.stops:
        return "this is no answer until the guards agree"
    if drift.conflicts:
        return "pvm plan shows how to decide the conflicts"
    if drift.drifted:
        return "pvm apply --revert-drift takes it back; or make the files say the same"
    return "the first pvm apply starts to record" if drift.undecided else ""


def drift_totals(drift: Drift) -> str:
    """`2 changed on the server · 1 in conflict · 3 pending · 243 in sync`."""
    counts = (
        (len(drift.drifted), "changed on the server"),
        (len(drift.conflicts), "in conflict"),
        (len(drift.undecided), "differ"),
    )
    parts = [f"{number(count)} {what}" for count, what in counts if count] or ["none"]
    if drift.pending:
        parts.append(f"{number(drift.pending)} pending")
    return " · ".join([*parts, f"{number(drift.in_sync)} in sync"])


def drift_markdown(drift: Drift, *, budget: int = BUDGET) -> str:
    """Fields and rows go first when the budget is short; the totals stay."""
    text = ""
    for rows, fields in _LEVELS:
        text = _document(drift, rows, fields)
        if len(text) <= budget:
            break
    return text


def _document(drift: Drift, rows: int, fields: int) -> str:
    header = drift.header
    seen = f"seen {header.created:%Y-%m-%d %H:%M}Z by pvm {plain(header.tool)}"
    base = map(plain, base_note(drift.base, header))
    blocks = [
        f"### Drift {plain(header.project)} → {plain(header.target)}: {drift_totals(drift)}",
        " · ".join((code(header.url), seen, *base)),
    ]
    if drift.stops:
        stops = [(code(s.guard), plain(s.reason), plain(s.fix)) for s in drift.stops]
        blocks.append(table(("Guard", "Reason", "What to do"), stops))
    after = drift.clean_after
    for title, found, since in (
        ("The server changed, Git did not", drift.drifted, after),
        ("Both changed the same field", drift.conflicts, after),
        (_UNKNOWN[0].upper() + _UNKNOWN[1:], drift.undecided, None),
    ):
        if found:
            blocks.append(f"**{title}**")
            blocks += _table(found, (rows, fields), since)
    shown = drift.warnings[:rows]
    blocks += [f"> {plain(warning)}" for warning in shown]
    if drift.unmanaged:
        blocks.append(plain(unmanaged_text(drift.unmanaged)))
    return "\n\n".join(blocks)


def _table(found: Sequence[Drifted], limits: tuple[int, int], after: Mark | None) -> Iterator[str]:
    limit, fields = limits
    bundles = bundled(found, alike)
    rows = [cells for bundle in bundles[:limit] for cells in _rows(bundle, fields, after)]
    titles: tuple[str, ...] = (
        *("Objects", "Examples", "Field", "Last apply", "Git", "Server", "Changed by"),
    )
    if not any(one.was for one in found):  # there is no such column then
        titles, *rows = ((*cells[:3], *cells[4:]) for cells in (titles, *rows))
    yield table(titles, rows)
    hidden = sum(map(len, bundles[limit:]))
    if hidden:
        yield f"… and {number(hidden)} more; `pvm drift -v` shows each."


def _rows(bundle: Sequence[Drifted], fields: int, after: Mark | None) -> Iterator[tuple[str, ...]]:
    first = bundle[0]
    what = objects_of(first.id.kind, len(bundle)), code(examples([one.id for one in bundle]))
    who = plain(written_by(bundle, after))
    if is_gone(first) or not first.fields:
        yield (*what, "not on the server" if is_gone(first) else "", "", "", "", who)
        return
    for at, side in enumerate(compared(first)[:fields]):
        was = code(value_text(side.was)) if side.known else ""
        git, server = code(value_text(side.git)), code(value_text(side.server))
        secret = " (secret, differs)" if side.hidden else ""
        head = what if not at else ("", "")
        yield (*head, code(side.pointer or "/"), was, git, server + secret, who)
    if len(first.fields) > fields:
        yield ("", "", f"… {number(len(first.fields) - fields)} more", "", "", "", "")
