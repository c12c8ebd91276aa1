"""Where each value of one object comes from, for a terminal."""

from collections.abc import Iterator

from reconciler.core.explanation import ExplainedValue, Explanation
from reconciler.core.origin import Place
from reconciler.core.values import ABSENT
from reconciler.render.labels import labelled
from reconciler.render.screen import fit, printable, value_text, wrap
from reconciler.render.view import View


def explanation_text(explanation: Explanation, view: View) -> str:
    """Pointer, value and position; below a value that differs, what the server has."""
    pointer = printable(explanation.pointer)
    title = f"{printable(str(explanation.id))}{pointer}"
    lines = [*wrap(f"{title}   {_state(explanation)}", view.width), ""]
    for row in explanation.rows:
        lines += _row_lines(row, view, asked=bool(explanation.on_server))
    if explanation.facts and not explanation.pointer:
        lines.append("")
        for name, value in sorted(explanation.facts.items()):
            lines += labelled("server", f"{name} {value_text(value)}", view.width)
    return "\n".join(lines).rstrip()


def _state(explanation: Explanation) -> str:
    parts = [_at(explanation.place) if explanation.declared else "not declared"]
    if explanation.on_server is not None:
        parts.append("on the server" if explanation.on_server else "not on the server")
    if not explanation.in_scope:
        parts.append("outside the project's scope")
    return " · ".join(filter(None, parts))


def _at(place: Place | None) -> str:
    return f"{printable(place.file)}:{place.line}:{place.column}" if place else ""


def _row_lines(row: ExplainedValue, view: View, *, asked: bool) -> Iterator[str]:
    where = _at(row.place) or ("" if row.declared is ABSENT else "by default")
    sign = "!" if row.equal is False else " "
    notes = "   (ignored)" if row.ignored else ""
    start = f"  {sign} {printable(row.pointer) or '(whole)'}"
    yield fit(f"{start}   {where}{notes}".rstrip(), view.width)
    yield _value("declared", value_text(row.declared), view)
    if asked and row.equal is False:
        secret = "  (secret, differs)" if row.hidden else ""
        yield _value("server", value_text(row.live) + secret, view)


def _value(label: str, text: str, view: View) -> str:
    line = f"        {label:<9} {text}"
    return line if view.full else fit(line, view.width)
