"""A CSV file as it comes from elsewhere: read with its places, and drafted as a fleet's list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconciler.authoring.store_list import Rules, column_rules, key_rules, odd_keys
from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Misuse, Problem
from reconciler.core.secrets import Masking
from reconciler.sources.csv_text import CsvCell, CsvLine, delimiter_of, read_csv, without_mark
from reconciler.sources.faults import in_words, merged, nearest
from reconciler.sources.format_csv import MARK, csv_lines, format_csv, line_end
from reconciler.sources.schema import UnknownKeywordError, full_pattern
from reconciler.sources.source_text import SourceText, Span, decode

_DELIMITERS: Final = ",;\t"
_READ_BY_FLEETS: Final = ",;"


@dataclass(frozen=True, slots=True)
class StoreList:
    """A list whose lines all have as many cells as its header."""

    source: SourceText
    headers: tuple[str, ...]
    rows: tuple[CsvLine, ...]
    delimiter: str
    marked: bool
    """It starts with a byte order mark."""

    def cells(self, number: int) -> list[str]:
        """A column from top to bottom."""
        return [row.cells[number].text for row in self.rows]

    def place(self, row: CsvLine, number: int) -> Place:
        """Where a cell stands."""
        return self.source.place(row.cells[number].span)


def read_store_list(file: str, data: bytes) -> StoreList:
    """Read a list; columns and lines without any text are left out.

    Raises:
        InvalidInput: It is no list, or has lines of another length than its header.
    """
    text = decode(file, without_mark(data))
    if isinstance(text, Problem):
        raise InvalidInput([text])
    source = SourceText(file, text, Masking())
    lines = read_csv(source, _DELIMITERS)
    if isinstance(lines, Problem):
        raise InvalidInput([lines])
    filled = [line for line in lines if any(cell.text for cell in line.cells)]
    if len(filled) < 2:  # noqa: PLR2004 -- a header and a line
        place = source.place(Span(0, 0, 0))
        fix = "give a file with a header line and a line for each store"
        raise InvalidInput([Problem("rows-header", "file has no lines of stores", place, help=fix)])
    header, *rows = filled
    _check_lengths(source, header, rows)
    kept = [
        number
        for number, cell in enumerate(header.cells)
        if cell.text or any(row.cells[number].text for row in rows)
    ]
    return StoreList(
        source,
        tuple(header.cells[number].text for number in kept),
        tuple(replace(row, cells=tuple(row.cells[number] for number in kept)) for row in rows),
        delimiter_of(source.lines(), _DELIMITERS),
        marked=data.startswith(MARK.encode()),
    )


def _check_lengths(source: SourceText, header: CsvLine, rows: Sequence[CsvLine]) -> None:
    wrong = [
        Problem(
            "rows-cells",
            f"line has {len(row.cells)} cells, the header {len(header.cells)}",
            source.place(_whole(row.cells)),
            help="quote cells that hold the delimiter, or complete the line",
        )
        for row in rows
        if len(row.cells) != len(header.cells)
    ]
    if wrong:
        raise InvalidInput(merged(wrong))


def _whole(cells: Sequence[CsvCell]) -> Span:
    first, last = cells[0].span, cells[-1].span
    return Span(first.line, first.column, last.end if last.line == first.line else first.end)


def column_of(wanted: str, stores: StoreList, names: Sequence[str]) -> int:
    """The number of a column by its header or its name. Raises `Misuse`."""
    if stores.headers.count(wanted) == 1:
        return stores.headers.index(wanted)
    if wanted in names:
        return names.index(wanted)
    folded = [header.casefold() for header in stores.headers]
    if folded.count(wanted.casefold()) == 1:
        return folded.index(wanted.casefold())
    known = [header or name for header, name in zip(stores.headers, names, strict=True)]
    alike = [n for h, n in zip(folded, names, strict=True) if h == wanted.casefold()]
    if alike:
        message = f"the list has several columns {wanted!r}"
        raise Misuse(message, f"say which one: {in_words(alike)}")
    message = f"the list has no column {wanted!r}"
    raise Misuse(message, nearest(wanted, known) or f"there is: {', '.join(known)}")


def rules_of(
    stores: StoreList, names: Sequence[str], key: int, pattern: str = ""
) -> dict[str, Rules]:
    """What a fleet declares of the columns that have a name.

    Raises:
        InvalidInput: Keys are missing, stand twice, or are not like the others; all of them.
        Misuse: `pattern` is none.
    """
    keys = stores.cells(key)
    problems = list(_key_problems(stores, key, _odd(keys, pattern)))
    if problems:
        raise InvalidInput(merged(problems))
    found = {name: column_rules(stores.cells(n)) for n, name in enumerate(names) if name}
    found[names[key]] = {"pattern": pattern} if pattern else key_rules(keys)
    return found


def _odd(keys: Sequence[str], pattern: str) -> Mapping[str, str]:
    """Keys that can't be right, and why."""
    if not pattern:
        return dict.fromkeys(odd_keys([key for key in keys if key]), "key is unlike the others")
    try:
        fits = full_pattern(pattern)
    except (UnknownKeywordError, ValueError) as error:
        message = f"{pattern!r} is no pattern"
        raise Misuse(message, "write it from ^ to $, as '^[0-9]{4}$'") from error
    return {key: f"key does not match {pattern}" for key in keys if not fits(key)}


def _key_problems(stores: StoreList, key: int, odd: Mapping[str, str]) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for row in stores.rows:
        text, place = row.cells[key].text, stores.place(row, key)
        if not text:
            fix = "give the store its key, or take the line out"
            yield Problem("cell-empty", "key is empty", place, help=fix)
        elif text in odd:
            fix = "correct it; or say with --key-pattern what keys may be"
            yield Problem("cell-value", odd[text], place, help=fix)
        elif text in seen:
            yield Problem(
                "row-twice",
                "two lines have the same key",
                place,
                help="take one of the two out",
                related=(seen[text],),
            )
        else:
            seen[text] = place


def list_text(stores: StoreList, names: Sequence[str], key: int) -> str:
    """The list as a fleet reads it, in its canonical form."""
    kept = [number for number, name in enumerate(names) if name]
    lines = [
        [names[number] for number in kept],
        *([row.cells[number].text for number in kept] for row in stores.rows),
    ]
    delimiter = stores.delimiter if stores.delimiter in _READ_BY_FLEETS else ","
    end = line_end(stores.source.text)
    text = (MARK if stores.marked else "") + csv_lines(lines, delimiter, end)
    formatted = format_csv(stores.source.file, text, names[key])
    if isinstance(formatted, Problem):
        raise InvalidInput([formatted])
    return formatted
