"""Lists are read as RFC 4180 has them, and each cell knows its place."""

import csv
import io
from typing import Literal, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.sources.csv_text import CsvLine, read_csv
from reconciler.sources.source_text import SourceText

Quoting: TypeAlias = Literal[0, 1]
HOW: tuple[Quoting, ...] = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
CELLS = st.text(st.sampled_from('ab0"\n,; é'), max_size=5).map(str.strip)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=4)
)


def read(text: str) -> tuple[CsvLine, ...]:
    found = read_csv(SourceText("x.csv", text, Masking()))
    assert not isinstance(found, Problem), found
    return found


def texts(text: str) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in read(text)]


@given(TABLES, st.sampled_from(",;"), st.sampled_from(["\n", "\r\n"]), st.sampled_from(HOW))
def test_what_a_spreadsheet_writes_is_read_back(
    table: list[list[str]], delimiter: str, ending: str, how: Quoting
) -> None:
    file = io.StringIO()
    header = [f"c{number}" for number in range(len(table[0]) if table else 2)]
    rows = [header, *([cell.replace("\n", ending) for cell in row] for row in table)]
    csv.writer(file, delimiter=delimiter, lineterminator=ending, quoting=how).writerows(rows)
    assert texts(file.getvalue()) == [header, *table]


@given(TABLES)
def test_every_cell_stands_where_it_says(table: list[list[str]]) -> None:
    rows = [["a", "b"], *table]
    plain = [[cell.replace("\n", "").replace('"', "") for cell in row] for row in rows]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(plain)
    lines = file.getvalue().split("\n")
    for line, row in zip(read(file.getvalue()), plain, strict=True):
        for cell, wanted in zip(line.cells, row, strict=True):
            assert cell.span.line == line.number - 1
            assert lines[cell.span.line][cell.span.column : cell.span.end] == f'"{wanted}"'


def test_blanks_around_cells_and_empty_lines_mean_nothing() -> None:
    assert texts(' a , "b" ,c\n\n \n1, "2 " ,\n') == [["a", "b", "c"], ["1", "2 ", ""]]


def test_the_header_tells_the_delimiter() -> None:
    assert texts("a;b\n1,5;2\n") == [["a", "b"], ["1,5", "2"]]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('a,b\n1,x"y\n', (2, 4)),
        ('a,b\n"1"x,2\n', (2, 4)),
        ('a,b\n1,"2\n3,4\n', (2, 3)),
        ('a,b\n"1""\n', (2, 1)),
    ],
)
def test_a_quote_in_the_wrong_place_is_told_with_its_place(
    text: str, where: tuple[int, int]
) -> None:
    found = read_csv(SourceText("x.csv", text, Masking()))
    assert isinstance(found, Problem)
    assert found.code == "csv-syntax"
    assert found.place is not None
    assert (found.place.line, found.place.column) == where
