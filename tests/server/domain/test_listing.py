"""What a list may be asked for."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import (
    HISTORY,
    TOKENS,
    ListQuery,
    Page,
    Sort,
    check_query,
    read_cursor,
    write_cursor,
)


@pytest.mark.parametrize(
    "query",
    [
        ListQuery(),
        ListQuery(page=10**6, size=1000),
        ListQuery(size=1),
        ListQuery(q="x" * 256),
        ListQuery(sort=tuple(Sort(name) for name in TOKENS.sortable[:5])),
        ListQuery(filters=dict.fromkeys(TOKENS.filters, "x")),
    ],
)
def test_what_the_list_offers_passes(query: ListQuery) -> None:
    check_query(query, TOKENS)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (ListQuery(page=-1), "page"),
        (ListQuery(size=0), "size"),
        (ListQuery(size=1001), "size"),
        (ListQuery(q="x" * 257), "q"),
        (ListQuery(q="a\0"), "q"),
        (ListQuery(q="\ud800"), "q"),
        (ListQuery(sort=(Sort("name"),) * 6), "sort"),
        (ListQuery(sort=(Sort("search"),)), "sort"),
        (ListQuery(filters={"text": "x"}), "filter"),
        (ListQuery(filters={"name": "a\0"}), "name"),
        (ListQuery(filters={"name": "\udfff"}), "name"),
    ],
)
def test_anything_else_is_refused_by_name(query: ListQuery, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_query(query, TOKENS)
    assert refusal.value.code is ErrorCode.VALIDATION
    assert refusal.value.errors[0].field == field


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (20, 1), (21, 2), (60_008, 3001)])
def test_a_page_knows_how_many_there_are(total: int, pages: int) -> None:
    assert Page((), 0, 20, total).pages == pages


_CURSOR = "d" + "0123456789abcdef" * 2


def test_a_cursor_is_taken_in_its_own_order_only() -> None:
    oldest = (Sort("timestamp"),)
    newest = (Sort("timestamp", descending=True),)
    for query in (
        ListQuery(after=_CURSOR),
        ListQuery(after=_CURSOR, sort=newest, size=7, q="x"),
        ListQuery(after="a" + _CURSOR[1:], sort=oldest),
    ):
        check_query(query, HISTORY)


@pytest.mark.parametrize(
    "query",
    [
        ListQuery(after=_CURSOR, page=1),
        ListQuery(after="a" + _CURSOR[1:]),
        ListQuery(after=_CURSOR, sort=(Sort("timestamp"),)),
        ListQuery(after=_CURSOR, sort=(Sort("action"),)),
        ListQuery(after=_CURSOR, sort=(Sort("timestamp", descending=True), Sort("action"))),
        ListQuery(after=""),
        ListQuery(after=_CURSOR[:-1]),
        ListQuery(after=_CURSOR.upper()),
        ListQuery(after=_CURSOR + "\n"),
        ListQuery(after="x" + _CURSOR[1:]),
    ],
    ids=["page", "wrong way", "wrong sort", "field", "two", "empty", "short", "case", "end", "x"],
)
def test_any_other_cursor_is_refused(query: ListQuery) -> None:
    with pytest.raises(DomainError) as refusal:
        check_query(query, HISTORY)
    assert refusal.value.errors[0].field == "after"


def test_a_list_without_cursors_refuses_them() -> None:
    with pytest.raises(DomainError) as refusal:
        check_query(ListQuery(after=_CURSOR), TOKENS)
    assert refusal.value.detail == "after: pages follow by cursor not in this list"
    assert TOKENS.cursor_order(ListQuery()) is None


@pytest.mark.parametrize("descending", [False, True])
def test_a_cursor_names_the_row_that_it_stands_behind(*, descending: bool) -> None:
    row = _CURSOR[1:]
    assert read_cursor(write_cursor(row, descending=descending)) == row
