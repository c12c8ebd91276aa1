"""Where each value of one object comes from, for a terminal."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.explanation import Author, By, ExplainedValue, Explanation, Told
from reconciler.core.origin import Place
from reconciler.core.values import ABSENT, json_equal
from reconciler.render.labels import labelled
from reconciler.render.screen import columns_of, fit, printable, value_text, wrap
from reconciler.render.view import View

_HANG: Final = " " * 18
_WORDS: Final = {
    By.LAYER: "layer",
    By.REMOVAL: "removed",
    By.DOCUMENT: "",
    By.TEMPLATE: "template",
    By.CELL: "cell",
    By.EXCEPTION: "exception",
    By.DEFAULT: "by default",
}


def explanation_text(explanation: Explanation, view: View) -> str:
    """Pointer, value and place; below it what was overridden, and what the server has instead."""
    pointer = printable(explanation.pointer)
    title = f"{printable(str(explanation.id))}{pointer}"
    lines = [*wrap(f"{title}   {_state(explanation)}", view.width), ""]
    for row in explanation.rows:
        lines += _row_lines(row, view, asked=bool(explanation.on_server))
    for note in explanation.notes:
        lines += ["", *labelled("note", printable(note), view.width)]
    if explanation.facts and not explanation.pointer:
        lines.append("")
        for name, value in sorted(explanation.facts.items()):
            lines += labelled("server", f"{name} {value_text(value)}", view.width)
    return "\n".join(lines).rstrip()


def _state(explanation: Explanation) -> str:
    parts = [_at(explanation.place) if explanation.declared else "not declared"]
    if explanation.on_server is not None:
        parts.append("on the server" if explanation.on_server else "not on the server")
    if explanation.recorded is False and explanation.declared:
        parts.append("never applied")
    if not explanation.in_scope:
        parts.append("outside the project's scope")
    return " · ".join(filter(None, parts))


def _at(place: Place | None) -> str:
    return f"{printable(place.file)}:{place.line}:{place.column}" if place else ""


def _row_lines(row: ExplainedValue, view: View, *, asked: bool) -> Iterator[str]:
    sign = "!" if row.equal is False else " "
    notes = "   (ignored)" if row.ignored else ""
    start = f"  {sign} {printable(row.pointer) or '(whole)'}"
    if row.told:
        yield from _signed(start, row.told[-1], notes, view)
    else:
        where = _at(row.place) or ("" if row.declared is ABSENT else "by default")
        yield from wrap(f"{start}   {where}{notes}".rstrip(), view.width, hang=_HANG)
    yield _value("declared", value_text(row.declared), view)
    for told in row.told[-1:]:
        yield from _about(told, view)
    for told in reversed(row.told[:-1]):
        yield from _overridden(told, view)
    if row.applied is not ABSENT and (view.full or not _as_applied(row)):
        yield _value("applied", value_text(row.applied), view)
    if asked and row.equal is False:
        secret = "  (secret, differs)" if row.hidden else ""
        yield _value("server", value_text(row.live) + secret, view)


def _as_applied(row: ExplainedValue) -> bool:
    return row.declared is not ABSENT and json_equal(row.declared, row.applied)


def _signed(start: str, told: Told, notes: str, view: View) -> Iterator[str]:
    """What says so, where, and who wrote that: in one line, or the author below."""
    what = f"{_WORDS[told.by]} {printable(told.name)}".strip()
    place = _at(told.place)
    line = f"{start}   {'   '.join(filter(None, (what, place)))}"
    author = _author(told.author)
    whole = f"{line} · {author}{notes}" if author else f"{line}{notes}"
    if not author or columns_of(whole) <= view.width:
        yield from wrap(whole, view.width, hang=_HANG)
        return
    yield from wrap(f"{line}{notes}", view.width, hang=_HANG)
    yield from wrap(f"{_HANG}{author}", view.width, hang=_HANG)


def _author(author: Author | None) -> str:
    if author is None:
        return ""
    if not author.commit:
        return "not committed"
    return f"{printable(author.name)}, {author.day} ({author.commit})"


def _about(told: Told, view: View) -> Iterator[str]:
    """What else there is to know of what says something."""
    if told.until is not None:
        yield from _more("", f"until {told.until}: {printable(told.reason)}", view)
    if told.template is not None:
        yield from _more("", f"filled into {_at(told.template)}", view)
    for variable in told.variables:
        where = f"   {_at(variable.place)}" if variable.place else ""
        text = f"{printable(variable.name)} is {value_text(variable.value)}{where}"
        yield from _more("variable", text, view)


def _overridden(told: Told, view: View) -> Iterator[str]:
    value = "" if told.by is By.REMOVAL else value_text(told.value)
    yield from _signed(f"        {'over':<9} {value}".rstrip(), told, "", view)
    yield from _about(told, view)


def _more(label: str, text: str, view: View) -> Iterator[str]:
    yield from wrap(f"        {label:<9} {text}", view.width, hang=_HANG)


def _value(label: str, text: str, view: View) -> str:
    line = f"        {label:<9} {text}"
    return line if view.full else fit(line, view.width)
