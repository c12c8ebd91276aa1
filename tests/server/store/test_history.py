"""Requests of devices in SQL: what is kept comes back, and pages come from an index."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.history import Action, HistoryRecord, Result
from reconciler.server.domain.listing import HISTORY, ListQuery, Page, Sort
from reconciler.server.usecases.ports import Reach, World
from tests.server.company import Company
from tests.server.request_records import NOON, ROUND, Said, keep, many, said_at

_ALL = 200
_NEWEST_FIRST: tuple[Sort, ...] = ()
_OLDEST_FIRST = (Sort("timestamp"),)


@dataclass(frozen=True, slots=True)
class Kept:
    """One customer's history."""

    world: World
    customer: CustomerRef

    def add(self, records: Sequence[HistoryRecord]) -> None:
        keep(self.world, self.customer, records)

    def page(self, query: ListQuery) -> Page[HistoryRecord]:
        with self.world.store.read(self.customer) as tx:
            return tx.history.page(query)

    def walk(self, query: ListQuery) -> Iterator[Page[HistoryRecord]]:
        """Every page, each by the cursor of the one before."""
        for _ in range(_ALL):
            page = self.page(query)
            yield page
            assert page.following is not None
            if page.following.cursor is None:
                return
            query = replace(query, after=page.following.cursor)
        pytest.fail("the pages have no end")


def details(page: Page[HistoryRecord]) -> list[str]:
    return [row.detail for row in page.rows]


@pytest.fixture
def kept(company: Company) -> Kept:
    """Nothing yet."""
    assert company.chief.customer is not None
    return Kept(company.world, company.chief.customer)


@pytest.fixture
def busy(kept: Kept) -> Kept:
    """A hundred requests."""
    kept.add(many(100))
    return kept


@pytest.mark.requirement("R-02", "R-05", "D-20")
def test_a_request_comes_back_as_it_was(kept: Kept) -> None:
    full = said_at(NOON, Said(Action.BOOTSTRAP, "WFC-dev", "WFC_PRO_ANDROID", "X_1", "APP", "no"))
    bare = replace(
        said_at(NOON, Said(device_id=None), 1), remote_address=None, result=Result.FAILED
    )
    kept.add([bare, full])
    kept.add([])
    assert list(kept.page(ListQuery(sort=_OLDEST_FIRST)).rows) == [full, bare]


def test_a_request_of_nobodys_is_the_vendors(kept: Kept) -> None:
    stray = said_at(NOON, Said(token="who-knows"), customer=None)
    keep(kept.world, Reach.VENDOR, [stray])
    assert kept.page(ListQuery()).rows == ()
    for reach in (Reach.VENDOR, Reach.EVERYONE):
        with kept.world.store.read(reach) as tx:
            assert list(tx.history.stream(ListQuery())) == [stray]


# Row by row this would take most of a minute.
_SIXTY_THOUSAND = """
WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < 60007)
INSERT INTO history (customer_id, id, customer_code, at, action, result, detail, search)
SELECT
    :customer,
    '019ca9450a00' || substr(CAST(100000000 + n AS TEXT), 2) || '000000000000',
    'acme', 1772366400000, 'LICENSE', 'OK', 'request ' || CAST(n AS TEXT), ''
FROM counted
"""


@pytest.mark.requirement("R-01", "R-06")
def test_sixty_thousand_requests_are_counted_and_paged(kept: Kept, company_url: str) -> None:
    engine = create_engine(company_url)
    with engine.begin() as connection:
        connection.execute(text(_SIXTY_THOUSAND), {"customer": kept.customer.id})
    engine.dispose()
    first = kept.page(ListQuery(size=10))
    assert (first.total, first.pages) == (60_008, 6001)
    assert details(first) == [f"request {60_007 - number}" for number in range(10)]
    last = kept.page(ListQuery(size=10, page=6000))
    assert details(last) == [f"request {7 - number}" for number in range(8)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"action": "LICENSE"}, 17),
        ({"token": "T1"}, 25),
        ({"deviceId": "TC52_0003"}, 20),
        ({"result": "FAILED"}, 10),
        ({"appId": "WFC_VOICE_ANDROID"}, 50),
        ({"token": "T1", "deviceId": "TC52_0001"}, 5),
        ({"token": "t1"}, 0),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else str(value),
)
def test_filters_are_exact_and_combine(busy: Kept, filters: dict[str, str], expected: int) -> None:
    page = busy.page(ListQuery(filters=filters, size=_ALL))
    assert (page.total, len(page.rows)) == (expected, expected)


def test_a_search_finds_every_visible_text(busy: Kept) -> None:
    for part in ("unknown_TOKEN", "Request 9", "tc52_0004", "voice", "obsolete", "failed", "t3"):
        assert busy.page(ListQuery(q=part)).total > 0, part
    assert busy.page(ListQuery(q="192.0.2.7")).total == 0


@pytest.mark.parametrize("milliseconds", [0, 7, 14, 200, 10_000])
def test_a_window_includes_its_start_and_not_its_end(busy: Kept, milliseconds: int) -> None:
    edge = NOON + timedelta(milliseconds=milliseconds)
    since = busy.page(ListQuery(since=edge, size=_ALL))
    until = busy.page(ListQuery(until=edge, size=_ALL))
    assert all(row.timestamp >= edge for row in since.rows)
    assert all(row.timestamp < edge for row in until.rows)
    assert since.total + until.total == 100


@pytest.mark.parametrize("size", [1, 3, 7, 99, 100, 101])
@pytest.mark.parametrize("sort", [_NEWEST_FIRST, _OLDEST_FIRST], ids=["newest", "oldest"])
def test_pages_by_cursor_are_the_whole_list_once(
    busy: Kept, sort: tuple[Sort, ...], size: int
) -> None:
    query = ListQuery(size=size, sort=sort)
    pages = list(busy.walk(query))
    numbers = range(100) if sort else range(99, -1, -1)
    assert [detail for page in pages for detail in details(page)] == [
        f"request {number}" for number in numbers
    ]
    assert [page.counted for page in pages] == [True] + [False] * (len(pages) - 1)
    assert all(page.rows for page in pages)


def test_requests_that_come_meanwhile_move_no_page_by_cursor(busy: Kept) -> None:
    first = busy.page(ListQuery(size=30))
    assert first.following is not None
    late = [said_at(NOON + timedelta(days=1), Said(detail="late"), number) for number in range(30)]
    busy.add(late)
    second = busy.page(ListQuery(size=30, after=first.following.cursor))
    assert details(second) == [f"request {69 - number}" for number in range(30)]
    assert details(busy.page(ListQuery(size=30, page=1))) == details(first)


def test_a_cursor_keeps_filters_search_and_window(busy: Kept) -> None:
    query = ListQuery(
        size=2, filters={"token": "T1"}, q="request", since=NOON + ROUND, until=NOON + ROUND * 20
    )
    found = [detail for page in busy.walk(query) for detail in details(page)]
    assert found == [f"request {number}" for number in range(57, 3, -4) if number >= 3]


def test_other_orders_have_no_cursor(busy: Kept) -> None:
    for field in HISTORY.sortable[1:]:
        assert busy.page(ListQuery(size=5, sort=(Sort(field),))).following is None
    both = (Sort("timestamp"), Sort("action"))
    assert busy.page(ListQuery(size=5, sort=both)).following is None


# Of the two indexes that have the order, PostgreSQL takes either when a table is small.
_BY_TIME = "pk_history|autoindex_history_1|ix_history_id"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ListQuery(), _BY_TIME),
        (ListQuery(sort=_OLDEST_FIRST), _BY_TIME),
        (ListQuery(after="d" + "7" * 32), _BY_TIME),
        (ListQuery(since=NOON, until=NOON + ROUND), _BY_TIME),
        (ListQuery(filters={"deviceId": "TC52_0001"}), "ix_history_customer_id_device_id_id"),
        (ListQuery(filters={"token": "T1"}), "ix_history_customer_id_token_id"),
        (ListQuery(filters={"action": "LICENSE"}), "ix_history_customer_id_action_id"),
    ],
    ids=["newest", "oldest", "cursor", "window", "device", "token", "action"],
)
def test_a_page_is_read_from_an_index_without_sorting(
    busy: Kept, query: ListQuery, index: str
) -> None:
    with explained() as plans:
        busy.page(replace(query, size=5))
    plan = plans[-1]
    assert any(name in plan for name in index.split("|")), plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan


# PostgreSQL knows how many rows there are, and reads the table when that is best.
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "query",
    [
        ListQuery(q="17"),
        ListQuery(filters={"result": "FAILED"}),
        ListQuery(filters={"appId": "WFC_VOICE_ANDROID"}),
    ],
    ids=["search", "result", "app"],
)
def test_what_no_index_has_is_counted_in_the_order_of_time(busy: Kept, query: ListQuery) -> None:
    with explained() as plans:
        busy.page(query)
    count, _ = plans
    assert any(name in count for name in _BY_TIME.split("|")), count


@contextmanager
def explained() -> Iterator[list[str]]:
    """The plan of every statement that reads history meanwhile."""
    plans: list[str] = []

    def executed(
        connection: Connection,
        _cursor: object,
        statement: str,
        parameters: tuple[object, ...] | dict[str, object],
        *_: object,
    ) -> None:
        reads = "FROM history" in statement or "JOIN history" in statement
        if not reads or statement.startswith("EXPLAIN"):
            return
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        else:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.append("\n".join(str(row[-1]) for row in rows))

    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield plans
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
