"""Single differences, one line each."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from reconciler.core.change import FieldChange
from reconciler.render.screen import fit, number, printable, value_text
from reconciler.render.view import View

SHOWN: Final = 10
"""Fields of one row, unless everything was asked for."""
INDENT: Final = " " * 8


def field_line(change: FieldChange) -> str:
    """`/description    "a" → "b"`; a masked secret says that it differs."""
    before, after = value_text(change.before), value_text(change.after)
    return f"{_pointer(change)}    {before} → {after}{_secret(change)}"


def drift_line(change: FieldChange) -> str:
    """`/description    Git "a" · server "b"`, of a change from Git's value to the server's."""
    git, server = value_text(change.before), value_text(change.after)
    return f"{_pointer(change)}    Git {git} · server {server}{_secret(change)}"


def conflict_line(change: FieldChange) -> str:
    """As `drift_line`, of a change from the server's value to Git's."""
    server, git = value_text(change.before), value_text(change.after)
    return f"{_pointer(change)}    Git {git} · server {server}{_secret(change)}"


def _pointer(change: FieldChange) -> str:
    return printable(change.pointer) or "(whole)"


def _secret(change: FieldChange) -> str:
    return "  (secret, differs)" if change.hidden else ""


def field_rows(
    fields: Sequence[FieldChange],
    view: View,
    line: Callable[[FieldChange], str] = field_line,
    shown: int = SHOWN,
) -> Iterator[str]:
    """One line a field, cut to the width unless everything was asked for."""
    listed = fields if view.full or len(fields) == shown + 1 else fields[:shown]
    for change in listed:
        text = INDENT + line(change)
        yield text if view.full else fit(text, view.width)
    if len(listed) < len(fields):
        yield f"{INDENT}… and {number(len(fields) - len(listed))} more (-v shows all)"


def fields_key(fields: Sequence[FieldChange]) -> tuple[tuple[str, str, str, bool], ...]:
    """Equal for equal patches."""
    return tuple((f.pointer, value_text(f.before), value_text(f.after), f.hidden) for f in fields)
