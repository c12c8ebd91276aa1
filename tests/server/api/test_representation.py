import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.api.representation import (
    Document,
    chunks,
    time_text,
    write_line,
    write_page,
    write_row,
)
from reconciler.server.domain.listing import Page

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["\u2028", "\x00", '"', "\\", "\r\n", "\U0001f4e6"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)
rows = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), values)
documents = st.builds(
    lambda value, indent: Document(json.dumps(value, indent=indent)),
    rows,
    st.sampled_from([None, 0, 2, "\t"]),
)


@given(rows)
def test_a_written_row_reads_back_equal(row: dict[str, object]) -> None:
    assert json.loads(write_row(row)) == row


@given(rows, documents)
def test_a_document_stands_in_the_row_exactly_as_it_is_stored(
    row: dict[str, object], document: Document
) -> None:
    text = write_row({**row, "parameters": document})
    assert str(document) in text
    assert json.loads(text)["parameters"] == json.loads(document)


@given(rows, documents)
def test_a_line_is_one_line_with_the_same_content(
    row: dict[str, object], document: Document
) -> None:
    line = write_line({**row, "parameters": document})
    assert line.encode().splitlines(keepends=True) == [line.encode()]
    assert json.loads(line)["parameters"] == json.loads(document)


@given(st.lists(st.integers(0, 40_000), max_size=12))
def test_pieces_join_to_all_lines_in_order(sizes: list[int]) -> None:
    found = b"".join(chunks({"n": n, "x": "x" * size} for n, size in enumerate(sizes)))
    assert [json.loads(line)["n"] for line in found.splitlines()] == list(range(len(sizes)))


def test_a_page_counts_its_pages_upwards() -> None:
    def pages(total: int, size: int) -> int:
        return int(json.loads(write_page([], Page((), 0, size, total)))["totalPages"])

    assert [pages(0, 20), pages(1, 20), pages(20, 20), pages(21, 20)] == [0, 1, 1, 2]


def test_number_spelling_and_key_order_of_a_document_survive() -> None:
    text = '{ "b":1.10, "a":1e2, "n":12345678901234567890123 }'
    assert write_row({"parameters": Document(text)}) == f'{{"parameters":{text}}}'


def test_times_are_utc_with_milliseconds() -> None:
    moment = datetime(2026, 3, 1, 1, 30, 0, 500, timezone(timedelta(hours=2)))
    assert time_text(moment) == "2026-02-28T23:30:00.000Z"
    assert time_text(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000Z"
