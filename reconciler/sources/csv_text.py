"""Comma- or semicolon-separated lines (RFC 4180), each cell with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.core.problem import Problem
from reconciler.sources.source_text import SourceText, Span

_DELIMITERS: Final = ",;"
_QUOTED: Final = re.compile('"[^"]*"')
_MARK: Final = "\ufeff"
_BEHIND: Final = "text behind a closing quote"
_OPEN: Final = "quote is never closed"


@dataclass(frozen=True, slots=True)
class CsvCell:
    """One cell; its span is the whole cell on the line where it starts, quotes included."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class CsvLine:
    """One record; `number` is 1-based, of the line where it starts."""

    cells: tuple[CsvCell, ...]
    number: int


class CsvSyntaxError(Exception):
    """A quote in the wrong place."""

    def __init__(self, message: str, span: Span) -> None:
        self.message = message
        self.span = span
        super().__init__(message)


def read_csv(source: SourceText, delimiters: str = _DELIMITERS) -> tuple[CsvLine, ...] | Problem:
    """All records, the header first; empty lines are left out."""
    try:
        return tuple(_records(source.lines(), delimiters))
    except CsvSyntaxError as error:
        return Problem("csv-syntax", error.message, source.place(error.span))


def without_mark(data: bytes) -> bytes:
    """The bytes without the byte order mark that spreadsheets put first."""
    return data.removeprefix(_MARK.encode())


def delimiter_of(lines: list[str], delimiters: str = _DELIMITERS) -> str:
    """The one that stands most often in the header."""
    header = next((line for line in lines if line.strip()), "")
    return max(delimiters, key=_QUOTED.sub("", header).count)


def _records(lines: list[str], delimiters: str) -> Iterator[CsvLine]:
    delimiter = delimiter_of(lines, delimiters)
    number = 0
    while number < len(lines):
        start, line = number, lines[number]
        if not line.strip():
            number += 1
        elif '"' in line:
            cells, number = _quoted(lines, number, delimiter)
            yield CsvLine(cells, start + 1)
        else:
            yield CsvLine(_plain(line, start, delimiter), start + 1)
            number += 1


def _plain(line: str, number: int, delimiter: str) -> tuple[CsvCell, ...]:
    cells, column = [], 0
    for text in line.split(delimiter):
        end = column + len(text)
        cells.append(CsvCell(text.strip(), Span(number, column, end)))
        column = end + 1
    return tuple(cells)


def _quoted(lines: list[str], number: int, delimiter: str) -> tuple[tuple[CsvCell, ...], int]:
    """The cells of a record with quotes, and the number of the line behind it."""
    cells: list[CsvCell] = []
    column = 0
    while True:
        line = lines[number]
        rest = line[column:]
        blanks = len(rest) - len(rest.lstrip(" \t"))
        if rest[blanks : blanks + 1] != '"':
            text = rest.partition(delimiter)[0]
            if '"' in text:
                at = column + text.index('"')
                message = (
                    "a quote in the middle of a cell: quote the whole cell, its quotes doubled"
                )
                raise CsvSyntaxError(message, Span(number, at, at + 1))
            end = column + len(text)
            cells.append(CsvCell(text.strip(), Span(number, column, end)))
        else:
            cell, number, end = _open_quote(lines, number, column + blanks)
            cells.append(cell)
            line = lines[number]
            end += len(line[end:]) - len(line[end:].lstrip(" \t"))
            if line[end : end + 1] not in ("", delimiter):
                raise CsvSyntaxError(_BEHIND, Span(number, end, end + 1))
        if end >= len(line):
            return tuple(cells), number + 1
        column = end + 1


def _open_quote(lines: list[str], number: int, column: int) -> tuple[CsvCell, int, int]:
    """A quoted cell that starts here, and where it ends: its line, the column behind its quote."""
    text, line, position = "", number, column + 1
    while True:
        closing = lines[line].find('"', position)
        if closing < 0:
            text += lines[line][position:] + "\n"
            line, position = line + 1, 0
            if line == len(lines):
                raise CsvSyntaxError(_OPEN, Span(number, column, column + 1))
            continue
        text += lines[line][position:closing]
        position = closing + 1
        if lines[line][position : position + 1] != '"':
            end = position if line == number else len(lines[number])
            return CsvCell(text, Span(number, column, end)), line, position
        text += '"'
        position += 1
