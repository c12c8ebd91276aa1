from collections.abc import Iterator
from dataclasses import replace

import pytest

from bench.measure import DOCUMENT, WrongAnswerError
from bench.reports import BEGIN, END, Bench, cases, check, measured, opened

ROWS = 300


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with opened(ROWS) as found:
        yield found


def test_call_and_bare_query_find_the_same(bench: Bench) -> None:
    found = cases(ROWS)
    assert len({case.title for case in found}) == len(found) == 6
    for case in found:
        check(bench, case)


@pytest.mark.parametrize(
    "query", ["&page=1", "&action=LICENSE", "&q=000007", "&sort=timestamp,asc"]
)
def test_a_wrong_answer_ends_the_measurement(bench: Bench, query: str) -> None:
    newest = cases(ROWS)[0]
    with pytest.raises(WrongAnswerError, match="the page newest is not what the query finds"):
        check(bench, replace(newest, query=query))


def test_a_measurement_is_a_line_of_the_table(bench: Bench) -> None:
    line = measured(bench, cases(ROWS)[0], ROWS, 1)
    assert line.startswith("| newest | 300 | ")
    assert " ms |" in line
    assert "| ≤ 3 |" in line


def test_the_document_has_a_place_for_these_figures() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)
