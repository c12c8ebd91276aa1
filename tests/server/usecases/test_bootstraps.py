"""Bootstraps."""

import json
from datetime import timedelta

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.write import Circumstances, Precondition, Result
from reconciler.server.usecases.bootstraps import (
    delete_bootstrap,
    get_bootstrap,
    list_bootstraps,
    put_bootstrap,
    stream_bootstraps,
)
from reconciler.server.usecases.events import list_events
from tests.server.company import ACME, GLOBEX, ONCE, Company, as_it_was
from tests.server.usecases.calls import bootstrap, token

_STARTERS = 2


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


@pytest.mark.requirement("B-01", "B-12", "B-14", "B-16")
def test_the_same_call_creates_and_replaces(company: Company) -> None:
    world, caller = company.world, company.of(Role.ADMIN)
    made = bootstrap(world, caller, "myBootstrap", '{"site": "site-1094"}')
    assert (made.result, made.row.version) == (Result.CREATED, 1)
    assert get_bootstrap(world, caller, "myBootstrap") == made.row
    company.clock.advance(timedelta(seconds=1))
    text = '{"site": "site-2", "zems": {"a": 1}, "task_tracker": true}'
    replaced = bootstrap(world, company.chief, "myBootstrap", text)
    assert (replaced.result, replaced.row.version) == (Result.UPDATED, 2)
    assert get_bootstrap(world, caller, "myBootstrap").text == text
    assert replaced.row.created_at == made.row.created_at
    assert replaced.row.updated_at == made.row.updated_at + timedelta(seconds=1)
    assert (made.row.updated_by, replaced.row.updated_by) == ("acme-admin", "acme-super-admin")


@pytest.mark.requirement("B-05", "B-21")
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        '{ "b":1.10, "a":12345678901234567890123,\n\t"z":1e2, "n":"\\u0000", "é":"\\u00e9" }',
        json.dumps({"wide": ["x" * 64] * 1000}),
        '{"a":' * 63 + "{}" + "}" * 63,
        " \r\n{}\n",
    ],
    ids=["empty", "numbers", "64 KiB", "64 levels", "white space"],
)
def test_a_document_is_returned_as_it_was_sent(company: Company, text: str) -> None:
    bootstrap(company.world, company.chief, "b", text)
    assert get_bootstrap(company.world, company.chief, "b").text == text
    again = bootstrap(company.world, company.chief, "b", text)
    assert (again.result, again.row.version) == (Result.UNCHANGED, 1)


@pytest.mark.requirement("B-04")
def test_an_empty_object_is_a_bootstrap(company: Company) -> None:
    assert bootstrap(company.world, company.chief, "b").result is Result.CREATED


@pytest.mark.requirement("B-03")
def test_parameters_are_not_judged(company: Company) -> None:
    text = '{"no_such_param": [1, {"x": null}]}'
    assert bootstrap(company.world, company.chief, "b", text).row.text == text


@pytest.mark.requirement("B-02", "B-06")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a":1,}', ErrorCode.MALFORMED_JSON),
        (b"<config/>", ErrorCode.MALFORMED_JSON),
        (b"[]", ErrorCode.NOT_AN_OBJECT),
        (b"", ErrorCode.MALFORMED_JSON),
        (b'{"a":"' + b"x" * (256 * 1024) + b'"}', ErrorCode.TOO_LARGE),
    ],
)
def test_a_body_that_is_no_object_stores_nothing(
    company: Company, body: bytes, code: ErrorCode
) -> None:
    with as_it_was(company):
        assert _code(put_bootstrap, company.world, company.chief, "b", body, ONCE) is code


@pytest.mark.parametrize("name", ["", " b", "b ", "b/c", "b\n", "b\0", "\ud800", "x" * 65])
def test_a_bad_name_is_refused_on_writing_and_unknown_on_reading(
    company: Company, name: str
) -> None:
    world, caller = company.world, company.chief
    with as_it_was(company):
        assert _code(put_bootstrap, world, caller, name, b"{}", ONCE) is ErrorCode.VALIDATION
        assert _code(get_bootstrap, world, caller, name) is ErrorCode.NOT_FOUND
        assert _code(delete_bootstrap, world, caller, name, ONCE) is ErrorCode.NOT_FOUND
    vendor = company.vendor
    assert _code(get_bootstrap, world, vendor, name) is ErrorCode.NOT_FOUND
    assert _code(put_bootstrap, world, vendor, name, b"{}", ONCE) is ErrorCode.CUSTOMER_REQUIRED


@pytest.mark.requirement("B-13")
def test_a_deleted_bootstrap_is_gone(company: Company) -> None:
    world, caller = company.world, company.chief
    made = bootstrap(world, caller, "b")
    deleted = delete_bootstrap(world, caller, "b", ONCE)
    assert (deleted.result, deleted.row) == (Result.DELETED, made.row)
    assert _code(get_bootstrap, world, caller, "b") is ErrorCode.NOT_FOUND
    assert _code(delete_bootstrap, world, caller, "b", ONCE) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("B-23")
def test_a_bootstrap_that_tokens_deliver_stays(company: Company) -> None:
    world, caller = company.world, company.chief
    bootstrap(world, caller, "b")
    for name in ("T2", "T1"):
        token(world, caller, name, "b")
    assert get_bootstrap(world, caller, "b").tokens == ("T1", "T2")
    with as_it_was(company), pytest.raises(DomainError) as refusal:
        delete_bootstrap(world, caller, "b", ONCE)
    assert refusal.value.code is ErrorCode.IN_USE
    assert [(e.field, e.message) for e in refusal.value.errors] == [
        ("token", "T1"),
        ("token", "T2"),
    ]


@pytest.mark.requirement("B-10", "B-15")
def test_the_list_sorts_searches_and_counts(company: Company) -> None:
    world, caller = company.world, company.chief
    for number in range(3):
        bootstrap(world, caller, f"store-{number}", f'{{"site": "Site-{number}"}}')
    page = list_bootstraps(world, caller, ListQuery(sort=(Sort("name", descending=True),), size=2))
    assert page.total == 3 + _STARTERS
    assert [row.name for row in page.rows] == ["store-2", "store-1"]
    found = list_bootstraps(world, caller, ListQuery(q="sITE-1"))
    assert [row.name for row in found.rows] == ["store-1"]
    named = list_bootstraps(world, caller, ListQuery(filters={"name": "store-2"}))
    assert [row.name for row in named.rows] == ["store-2"]
    assert list(stream_bootstraps(world, caller, ListQuery(q="store-"))) == [
        get_bootstrap(world, caller, f"store-{number}") for number in range(3)
    ]


def test_a_list_refuses_before_it_streams(company: Company) -> None:
    bad = ListQuery(sort=(Sort("text"),))
    assert _code(stream_bootstraps, company.world, company.chief, bad) is ErrorCode.VALIDATION


@pytest.mark.requirement("U-15", "P-11")
def test_a_stale_write_changes_nothing(company: Company) -> None:
    world, caller = company.world, company.chief
    bootstrap(world, caller, "b")
    bootstrap(world, caller, "b", '{"a":1}')
    stale = Circumstances(precondition=Precondition(frozenset({1})))
    absent = Circumstances(precondition=Precondition(absent=True))
    with as_it_was(company):
        for how in (stale, absent):
            assert _code(bootstrap, world, caller, "b", "{}", how) is ErrorCode.STALE_VERSION
        assert _code(delete_bootstrap, world, caller, "b", stale) is ErrorCode.STALE_VERSION
        new = Circumstances(precondition=Precondition(frozenset()))
        assert _code(bootstrap, world, caller, "new", "{}", new) is ErrorCode.STALE_VERSION
    fresh = Circumstances(precondition=Precondition(frozenset({2})))
    assert bootstrap(world, caller, "b", "{}", fresh).row.version == 3


def test_an_unchanged_write_leaves_version_time_source_and_events_alone(company: Company) -> None:
    world, caller = company.world, company.chief
    first = bootstrap(world, caller, "b", "{}", Circumstances(source="repo@1 a.yaml:1"))
    company.clock.advance(timedelta(hours=1))
    caller = company.chief
    with as_it_was(company):
        again = bootstrap(world, caller, "b", "{}", Circumstances(source="repo@2 a.yaml:9"))
    assert again.row == first.row


def test_a_dry_run_answers_and_stores_nothing(company: Company) -> None:
    world, caller = company.world, company.chief
    bootstrap(world, caller, "b")
    dry = Circumstances(dry_run=True)
    with as_it_was(company):
        assert bootstrap(world, caller, "new", "{}", dry).result is Result.CREATED
        assert bootstrap(world, caller, "b", '{"a":1}', dry).row.version == 2
        assert bootstrap(world, caller, "b", "{}", dry).result is Result.UNCHANGED
        assert delete_bootstrap(world, caller, "b", dry).result is Result.DELETED


def test_a_source_is_kept_with_the_object_and_its_event_until_the_next_write(
    company: Company,
) -> None:
    world, caller = company.world, company.chief
    source = "git@example.com:stores.git@0a1b2c stores/a.yaml:12"
    bootstrap(world, caller, "b", "{}", Circumstances(source=source))
    assert get_bootstrap(world, caller, "b").source == source
    (event,) = list_events(
        world, caller, ListQuery(filters={"type": "BOOTSTRAP_ADD"}, q="b created", size=1)
    ).rows
    assert (event.type, event.target, event.source) == (EventType.BOOTSTRAP_ADD, "b", source)
    bootstrap(world, caller, "b", '{"a":1}')
    assert get_bootstrap(world, caller, "b").source is None


@pytest.mark.requirement("R-08")
def test_each_write_leaves_one_event(company: Company) -> None:
    world, caller = company.world, company.chief
    for text in ("{}", '{"a":1}'):
        bootstrap(world, caller, "b", text)
        company.clock.advance(timedelta(milliseconds=1))
    delete_bootstrap(world, caller, "b", ONCE)
    events = list_events(world, caller, ListQuery(q="bootstrap b "))
    assert [(e.type, e.user_login, e.customer, e.info) for e in events.rows] == [
        (EventType.BOOTSTRAP_DELETE, caller.login_name, ACME, "Bootstrap b deleted"),
        (EventType.BOOTSTRAP_UPDATE, caller.login_name, ACME, "Bootstrap b updated"),
        (EventType.BOOTSTRAP_ADD, caller.login_name, ACME, "Bootstrap b created"),
    ]


def test_a_created_again_bootstrap_starts_with_a_new_version_only_after_the_old_is_gone(
    company: Company,
) -> None:
    world, caller = company.world, company.chief
    bootstrap(world, caller, "b")
    delete_bootstrap(world, caller, "b", ONCE)
    assert bootstrap(world, caller, "b").result is Result.CREATED


@pytest.mark.requirement("A-09", "A-10")
def test_users_read_and_do_not_write(company: Company) -> None:
    world, caller = company.world, company.of(Role.USER)
    assert list_bootstraps(world, caller, ListQuery()).total == _STARTERS
    with as_it_was(company):
        assert _code(bootstrap, world, caller, "b") is ErrorCode.FORBIDDEN
        gone = _code(delete_bootstrap, world, caller, "Direct-Access-Bootstrap", ONCE)
        assert gone is ErrorCode.FORBIDDEN


@pytest.mark.requirement("M-01")
def test_another_customers_bootstrap_does_not_exist(company: Company) -> None:
    world, ours, theirs = company.world, company.chief, company.stranger
    bootstrap(world, theirs, "b", '{"secret": 1}')
    with as_it_was(company):
        assert _code(get_bootstrap, world, ours, "b") is ErrorCode.NOT_FOUND
        assert _code(delete_bootstrap, world, ours, "b", ONCE) is ErrorCode.NOT_FOUND
        assert _code(get_bootstrap, world, ours, "b", GLOBEX) is ErrorCode.FORBIDDEN
        there = Circumstances(customer=GLOBEX)
        assert _code(bootstrap, world, ours, "b", "{}", there) is ErrorCode.FORBIDDEN
        nowhere = ListQuery(customer="nowhere")
        assert _code(list_bootstraps, world, ours, nowhere) is ErrorCode.FORBIDDEN
    assert bootstrap(world, ours, "b", "{}", Circumstances(customer=ACME)).result is Result.CREATED
    assert get_bootstrap(world, theirs, "b").text == '{"secret": 1}'


@pytest.mark.requirement("A-11")
def test_the_vendor_names_a_customer_or_is_asked_to(company: Company) -> None:
    world, vendor = company.world, company.vendor
    everywhere = list_bootstraps(world, vendor, ListQuery())
    assert everywhere.total == 2 * _STARTERS
    assert {row.customer for row in everywhere.rows} == {ACME, GLOBEX}
    assert list_bootstraps(world, vendor, ListQuery(customer=GLOBEX)).total == _STARTERS
    assert _code(bootstrap, world, vendor, "b") is ErrorCode.CUSTOMER_REQUIRED
    made = bootstrap(world, vendor, "b", "{}", Circumstances(customer=GLOBEX))
    assert made.row.customer == GLOBEX
    assert get_bootstrap(world, vendor, "b") == made.row
    assert bootstrap(world, vendor, "b", '{"a":1}').row.customer == GLOBEX
    bootstrap(world, vendor, "b", "{}", Circumstances(customer=ACME))
    for action in (get_bootstrap, bootstrap):
        assert _code(action, world, vendor, "b") is ErrorCode.CUSTOMER_REQUIRED
    assert _code(delete_bootstrap, world, vendor, "b", ONCE) is ErrorCode.CUSTOMER_REQUIRED
    delete_bootstrap(world, vendor, "b", Circumstances(customer=ACME))
    delete_bootstrap(world, vendor, "b", ONCE)
    assert _code(get_bootstrap, world, vendor, "b") is ErrorCode.NOT_FOUND
    assert _code(delete_bootstrap, world, vendor, "b", ONCE) is ErrorCode.NOT_FOUND
    assert _code(get_bootstrap, world, vendor, "b", "nowhere") is ErrorCode.NOT_FOUND
