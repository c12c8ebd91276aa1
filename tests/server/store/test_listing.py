"""Lists: the same order and the same search on both databases, from one snapshot."""

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.change_set import BootstrapContent, ChangeSet, KindName, Operation
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.token import TokenContent
from reconciler.server.usecases.bootstraps import list_bootstraps, stream_bootstraps
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.ports import Reach
from reconciler.server.usecases.tokens import list_tokens, stream_tokens
from reconciler.server.usecases.users import list_users
from tests.server.company import Company
from tests.server.usecases.calls import bootstrap

_DESCRIPTIONS = ["", "100%", "100_", "a\\b", "Ärger", "straße", "Zebra", "zebra", "100% sure"]


@pytest.fixture
def described(company: Company) -> Company:
    """A token for each description."""
    operations = [Operation(KindName.BOOTSTRAP, "b", BootstrapContent("{}"))]
    operations += [
        Operation(KindName.TOKEN, f"T{number}", TokenContent(AppId.VOICE, "b", text))
        for number, text in enumerate(_DESCRIPTIONS)
    ]
    apply_changes(company.world, company.chief, ChangeSet(tuple(operations)))
    return company


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("%", ["100%", "100% sure"]),
        ("_", ["100_"]),
        ("\\", ["a\\b"]),
        ("ÄRGER", ["Ärger"]),
        ("STRASSE", []),
        ("straße", ["straße"]),
        ("zEBRA", ["Zebra", "zebra"]),
        ("100% S", ["100% sure"]),
        ("'; DROP TABLE token; --", []),
    ],
)
def test_a_search_takes_every_sign_as_it_is(described: Company, q: str, found: list[str]) -> None:
    query = ListQuery(q=q, filters={"bootstrap": "b"}, sort=(Sort("description"),))
    rows = list_tokens(described.world, described.chief, query).rows
    texts = [row.description for row in rows if row.description]
    wanted = [text for text in texts if q.lower() in text.lower()]
    assert [text for text in texts if text in found] == found == wanted


def test_texts_sort_by_code_points(described: Company) -> None:
    for descending in (False, True):
        query = ListQuery(
            sort=(Sort("description", descending=descending),), filters={"bootstrap": "b"}
        )
        rows = list_tokens(described.world, described.chief, query).rows
        texts = [row.description for row in rows]
        assert texts == sorted(_DESCRIPTIONS, reverse=descending)


def test_nothing_sorts_before_something(company: Company) -> None:
    company.of(Role.USER)
    for descending in (False, True):
        query = ListQuery(sort=(Sort("lastLoginAt", descending=descending),))
        times = [row.last_login_at for row in list_users(company.world, company.vendor, query).rows]
        known = [time for time in times if time is not None]
        missing = [None] * (len(times) - len(known))
        assert missing
        assert times == (known + missing if descending else missing + known)
        assert known == sorted(known, reverse=descending)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.sampled_from([1, 2, 3, 8, 9, 10]),
    field=st.sampled_from(["appId", "bootstrap", "useCount", "version", "description"]),
    descending=st.booleans(),
)
def test_pages_together_are_the_whole_list_once(
    described: Company, size: int, field: str, *, descending: bool
) -> None:
    sort = (Sort(field, descending=descending),)
    whole = list(stream_tokens(described.world, described.chief, ListQuery(sort=sort)))
    pages = [
        list_tokens(described.world, described.chief, ListQuery(page=number, size=size, sort=sort))
        for number in range(len(whole) // size + 2)
    ]
    assert [row for page in pages for row in page.rows] == whole
    assert {page.total for page in pages} == {len(whole)}


def test_a_stream_is_one_snapshot_while_others_write(company: Company) -> None:
    world, chief = company.world, company.chief
    many = [
        Operation(KindName.BOOTSTRAP, f"stock-{number:04}", BootstrapContent("{}"))
        for number in range(1200)
    ]
    apply_changes(world, chief, ChangeSet(tuple(many)))
    stream = stream_bootstraps(world, chief, ListQuery(q="stock-0"))
    first = next(stream)
    bootstrap(world, chief, "stock-0999", '{"late":1}')
    bootstrap(world, chief, "stock-0999z")
    rows = [first, *stream]
    assert [row.name for row in rows] == [f"stock-{number:04}" for number in range(1000)]
    assert {row.text for row in rows} == {"{}"}
    assert list_bootstraps(world, chief, ListQuery(q="stock-0")).total == 1001


def test_a_stream_that_is_left_lets_its_connection_go(company: Company) -> None:
    world, chief = company.world, company.chief
    for _ in range(200):
        stream = stream_bootstraps(world, chief, ListQuery())
        next(stream)
        assert isinstance(stream, Generator)  # as its callers rely on
        stream.close()
    with world.store.read(Reach.EVERYONE) as tx:
        assert tx.users.any_exists()
