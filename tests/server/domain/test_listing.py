"""What a list may be asked for."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import TOKENS, ListQuery, Page, Sort, check_query


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
