"""Lists as tables for spreadsheets: RFC 4180, in UTF-8, a header first.

A spreadsheet takes a cell that begins like a formula for one, and what devices and strangers send
stands in these cells. Such a cell gets an apostrophe, which spreadsheets show as plain text.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

CSV = "text/csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK_CHARACTERS = 64 * 1024


def write_table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    """The table in pieces of about 64 KiB; nothing is an empty cell."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
        if buffer.tell() >= _CHUNK_CHARACTERS:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
