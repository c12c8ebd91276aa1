"""Single cells of a list replaced; every other byte stays."""

import re
from collections.abc import Mapping
from typing import Final

from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.sources.csv_text import read_csv
from reconciler.sources.edit_nodes import CannotEdit
from reconciler.sources.edit_yaml import TextEdit, put
from reconciler.sources.source_text import SourceText

_NEEDS_QUOTES: Final = re.compile(r'[",;]|^\s|\s$')


def replace_cells(text: str, cells: Mapping[tuple[int, str], str]) -> str:
    """The text, without a byte order mark, with cells by line (from 1) and column replaced.

    Quotes stay where they were. Raises `CannotEdit`.
    """
    lines = read_csv(SourceText("", text, Masking()))
    if isinstance(lines, Problem):
        raise CannotEdit(lines.message)
    columns = [cell.text for cell in lines[0].cells]
    known = {line.number: line for line in lines}
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    edits = []
    for (number, column), new in cells.items():
        if column not in columns:
            message = f'the list has no column "{column}"'
            raise CannotEdit(message)
        span = known[number].cells[columns.index(column)].span
        start = starts[span.line]
        old = text[start + span.column : start + span.end]
        edits.append(TextEdit(start + span.column, start + span.end, _cell(old, new)))
    return put(text, edits)


def _cell(old: str, new: str) -> str:
    """The new text with the blanks and quotes of the old."""
    bare = old.strip()
    if bare.startswith('"') and (len(bare) == 1 or not bare.endswith('"')):
        message = "a cell of it has several lines"
        raise CannotEdit(message)
    quoted = bare.startswith('"') or _NEEDS_QUOTES.search(new)
    written = '"' + new.replace('"', '""') + '"' if quoted else new
    before = old[: len(old) - len(old.lstrip())] if bare else ""
    after = old[len(old.rstrip()) :] if bare else ""
    return f"{before}{written}{after}"
