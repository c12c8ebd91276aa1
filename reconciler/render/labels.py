"""The closing lines of a result: a word, and what there is to say about it."""

from collections.abc import Iterator
from typing import Final

from reconciler.render.screen import columns_of, pad, printable, wrap

_LABEL: Final = 10
"""Columns of the word in front."""


def labelled(label: str, text: str, width: int) -> Iterator[str]:
    """`plan      3 create · 2 update`, continued below the text."""
    first, *rest = wrap(printable(text), width - _LABEL)
    yield pad(label, _LABEL) + first
    for line in rest:
        yield " " * _LABEL + line


def joined_notes(start: str, notes: tuple[str, ...], width: int) -> list[str]:
    """`start · note · note`, broken before a note that does not fit."""
    lines = wrap(start, width)
    for note in notes:
        joined = f"{lines[-1]} · {note}"
        if columns_of(joined) <= width:
            lines[-1] = joined
        else:
            lines += wrap(note, width, "  ")
    return lines
