"""A fleet's list in its canonical form: rows by key, quotes only where they are needed."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.sources.csv_text import CsvLine, delimiter_of, read_csv
from reconciler.sources.row_order import row_key
from reconciler.sources.source_text import SourceText

MARK: Final = "\ufeff"
"""The byte order mark, which spreadsheets want; it is kept."""
_NO_SECRETS: Final = Masking()
_NEEDS_QUOTES: Final = re.compile(r'["\n]|^\s|\s$')


def format_csv(file: str, text: str, key: str, masking: Masking = _NO_SECRETS) -> str | Problem:
    """The same lines, the header first, the others sorted by the column `key`.

    Delimiter, byte order mark and line ends are kept; empty lines and blanks around cells go.
    """
    source = SourceText(file, text.removeprefix(MARK), masking)
    lines = read_csv(source)
    if isinstance(lines, Problem):
        return lines
    if not lines:
        return _problem(source, "rows-header", "file has no header line", 1)
    header, *rows = lines
    names = [cell.text for cell in header.cells]
    if key not in names:
        message = f'column "{key}" is missing'
        return _problem(source, "column-missing", message, header.number)
    for row in rows:
        if len(row.cells) != len(names):
            message = f"line has {len(row.cells)} cells, the header {len(names)}"
            return _problem(source, "rows-cells", message, row.number)
    at = names.index(key)
    rows.sort(key=lambda row: row_key(row.cells[at].text))
    mark = MARK if text.startswith(MARK) else ""
    cells = [cells_of(line) for line in (header, *rows)]
    return mark + csv_lines(cells, delimiter_of(source.lines()), line_end(text))


def csv_lines(lines: Iterable[Sequence[str]], delimiter: str, end: str) -> str:
    """Write lines of cells."""
    return "".join(
        delimiter.join(_cell(cell, delimiter, end) for cell in line) + end for line in lines
    )


def cells_of(line: CsvLine) -> list[str]:
    """What the cells of a line say."""
    return [cell.text for cell in line.cells]


def line_end(text: str) -> str:
    """How the lines of a text end: as its first one does."""
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"


def _cell(text: str, delimiter: str, end: str) -> str:
    if delimiter in text or _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""').replace("\n", end) + '"'
    return text


def _problem(source: SourceText, code: str, message: str, line: int) -> Problem:
    shown = source.shown(line - 1)
    return Problem(code, message, Place(source.file, line, 1, line, len(shown) + 1, shown))
