"""Tokens."""

from datetime import timedelta

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.write import Circumstances, Precondition, Result
from reconciler.server.usecases.bootstraps import put_bootstrap
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.tokens import (
    delete_token,
    get_token,
    list_tokens,
    put_token,
    stream_tokens,
)
from tests.server.company import ACME, GLOBEX, ONCE, Company, as_it_was
from tests.server.usecases.calls import bootstrap, token

_CONTENT = TokenContent(AppId.PTT_PRO_ANDROID, "b", "first")


@pytest.fixture(autouse=True)
def _bootstrap(company: Company) -> None:
    for caller in (company.chief, company.stranger):
        bootstrap(company.world, caller, "b", '{"n": 1.10}')


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


@pytest.mark.requirement("T-01", "T-12", "T-15")
def test_the_same_call_creates_and_replaces(company: Company) -> None:
    world, caller = company.world, company.of(Role.ADMIN)
    made = put_token(world, caller, "myToken", _CONTENT, ONCE)
    assert made.result is Result.CREATED
    assert made.row == get_token(world, caller, "myToken")
    assert (made.row.app_id, made.row.bootstrap, made.row.description, made.row.text) == (
        AppId.PTT_PRO_ANDROID,
        "b",
        "first",
        '{"n": 1.10}',
    )
    bootstrap(world, caller, "other", '{"o":1}')
    content = TokenContent(AppId.VOICE, "other", "")
    replaced = put_token(world, caller, "myToken", content, ONCE)
    assert (replaced.result, replaced.row.version) == (Result.UPDATED, 2)
    found = get_token(world, caller, "myToken")
    assert (found.app_id, found.bootstrap, found.text) == (AppId.VOICE, "other", '{"o":1}')
    assert put_token(world, caller, "myToken", content, ONCE).result is Result.UNCHANGED


@pytest.mark.requirement("T-02", "T-17")
def test_a_tokens_case_is_irrelevant_and_its_first_spelling_stays(company: Company) -> None:
    world, caller = company.world, company.chief
    put_token(world, caller, "ABC-1", _CONTENT, ONCE)
    content = TokenContent(AppId.PTT_PRO_ANDROID, "b", "second")
    replaced = put_token(world, caller, "abc-1", content, ONCE)
    assert (replaced.result, replaced.row.name) == (Result.UPDATED, "ABC-1")
    found = get_token(world, caller, "aBc-1")
    assert (found.name, found.description, found.version) == ("ABC-1", "second", 2)
    delete_token(world, caller, "abc-1", ONCE)
    assert _code(get_token, world, caller, "ABC-1") is ErrorCode.NOT_FOUND


@pytest.mark.requirement("T-06")
def test_a_bootstrap_has_to_exist_first(company: Company) -> None:
    with as_it_was(company), pytest.raises(DomainError) as refusal:
        token(company.world, company.chief, "T", "nowhere")
    assert refusal.value.code is ErrorCode.UNKNOWN_BOOTSTRAP
    assert refusal.value.errors[0].field == "bootstrap"


def test_another_customers_bootstrap_does_not_count(company: Company) -> None:
    bootstrap(company.world, company.stranger, "theirs")
    with as_it_was(company):
        code = _code(token, company.world, company.chief, "T", "theirs")
    assert code is ErrorCode.UNKNOWN_BOOTSTRAP


@pytest.mark.requirement("T-03")
@pytest.mark.parametrize(
    "name", ["a b", "a/b", "a?b", "a&b", "a%b", "a:b", "\u212a", "a\n", "x" * 65]
)
def test_a_name_that_does_not_travel_in_addresses_is_refused(company: Company, name: str) -> None:
    world, caller = company.world, company.chief
    token(world, caller, "k", "b")
    with as_it_was(company):
        assert _code(put_token, world, caller, name, _CONTENT, ONCE) is ErrorCode.VALIDATION
        assert _code(get_token, world, caller, name) is ErrorCode.NOT_FOUND
        assert _code(delete_token, world, caller, name, ONCE) is ErrorCode.NOT_FOUND


@pytest.mark.parametrize(
    "content",
    [
        TokenContent(AppId.VOICE, " b", ""),
        TokenContent(AppId.VOICE, "b\0", ""),
        TokenContent(AppId.VOICE, "b", "x" * 256),
        TokenContent(AppId.VOICE, "b", "a\nb"),
    ],
)
def test_bad_content_is_refused(company: Company, content: TokenContent) -> None:
    with as_it_was(company):
        code = _code(put_token, company.world, company.chief, "T", content, ONCE)
    assert code is ErrorCode.VALIDATION


@pytest.mark.requirement("T-16")
def test_a_second_delete_finds_nothing(company: Company) -> None:
    world, caller = company.world, company.chief
    made = token(world, caller, "T", "b")
    assert delete_token(world, caller, "t", ONCE).row == made.row
    assert _code(delete_token, world, caller, "T", ONCE) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("T-19")
def test_a_tokens_name_is_one_customers_on_the_whole_server(company: Company) -> None:
    world = company.world
    token(world, company.stranger, "Shared", "b")
    with as_it_was(company), pytest.raises(DomainError) as refusal:
        token(world, company.chief, "SHARED", "b")
    assert refusal.value.code is ErrorCode.TOKEN_TAKEN
    assert "globex" not in refusal.value.detail.lower()
    delete_token(world, company.stranger, "shared", ONCE)
    assert token(world, company.chief, "SHARED", "b").result is Result.CREATED


@pytest.mark.requirement("T-11")
@pytest.mark.parametrize(
    ("query", "names"),
    [
        (ListQuery(sort=(Sort("name", descending=True),), q="tt-"), ["tt-3", "TT-2", "TT-1"]),
        (ListQuery(sort=(Sort("appId"), Sort("name")), q="tt-"), ["TT-2", "TT-1", "tt-3"]),
        (ListQuery(q="TT-2"), ["TT-2"]),
        (ListQuery(q="wfc_pc"), ["TT-2"]),
        (ListQuery(q="REGISTER"), ["TT-1"]),
        (ListQuery(q="wide"), ["tt-3"]),
        (ListQuery(filters={"name": "TT-3"}), ["tt-3"]),
        (ListQuery(filters={"appId": "WFC_PC_ANDROID"}), ["TT-2"]),
        (ListQuery(filters={"bootstrap": "wide"}), ["tt-3"]),
        (ListQuery(filters={"description": "cash register"}), ["TT-1"]),
        (ListQuery(filters={"bootstrap": "wide", "appId": "WFC_PC_ANDROID"}), []),
    ],
)
def test_the_list_sorts_filters_and_searches(
    company: Company, query: ListQuery, names: list[str]
) -> None:
    world, caller = company.world, company.chief
    bootstrap(world, caller, "wide")
    for name, content in {
        "TT-1": TokenContent(AppId.PTT_PRO_ANDROID, "b", "cash register"),
        "TT-2": TokenContent(AppId.PROFILE_CLIENT, "b", ""),
        "tt-3": TokenContent(AppId.VOICE, "wide", "100%_sure"),
    }.items():
        put_token(world, caller, name, content, ONCE)
    assert [row.name for row in list_tokens(world, caller, query).rows] == names
    assert [row.name for row in stream_tokens(world, caller, query)] == names


@pytest.mark.requirement("T-18")
def test_the_total_is_the_customers_own(company: Company) -> None:
    world = company.world
    before = list_tokens(world, company.chief, ListQuery()).total
    for number in range(3):
        token(world, company.chief, f"ours-{number}", "b")
        token(world, company.stranger, f"theirs-{number}", "b")
    page = list_tokens(world, company.chief, ListQuery(size=1000))
    assert page.total == before + 3
    assert not any("theirs" in row.name for row in page.rows)


@pytest.mark.requirement("M-01")
def test_another_customers_token_does_not_exist(company: Company) -> None:
    world, ours = company.world, company.chief
    token(world, company.stranger, "T", "b")
    with as_it_was(company):
        assert _code(get_token, world, ours, "T") is ErrorCode.NOT_FOUND
        assert _code(delete_token, world, ours, "T", ONCE) is ErrorCode.NOT_FOUND
        assert _code(get_token, world, ours, "T", GLOBEX) is ErrorCode.FORBIDDEN


def test_the_vendor_finds_a_token_wherever_it_is(company: Company) -> None:
    world, vendor = company.world, company.vendor
    token(world, company.stranger, "T", "b")
    assert get_token(world, vendor, "t").customer == GLOBEX
    assert _code(get_token, world, vendor, "t", ACME) is ErrorCode.NOT_FOUND
    assert delete_token(world, vendor, "T", ONCE).row.customer == GLOBEX


def test_a_stale_token_write_changes_nothing(company: Company) -> None:
    world, caller = company.world, company.chief
    token(world, caller, "T", "b")
    stale = Circumstances(precondition=Precondition(frozenset({2})))
    with as_it_was(company):
        assert _code(put_token, world, caller, "T", _CONTENT, stale) is ErrorCode.STALE_VERSION
        assert _code(delete_token, world, caller, "T", stale) is ErrorCode.STALE_VERSION


def test_a_use_moves_no_version_and_survives_an_update(company: Company) -> None:
    world, caller = company.world, company.chief
    token(world, caller, "T", "b")
    download_bootstrap(world, Contact("T"))
    put_token(world, caller, "T", _CONTENT, ONCE)
    found = get_token(world, caller, "T")
    assert (found.version, found.use_count) == (2, 1)
    assert found.last_used_at == company.clock().replace(microsecond=123_000)


@pytest.mark.requirement("B-23", "D-07", "T-19")
def test_a_download_is_exactly_the_document_and_counts(company: Company) -> None:
    world, caller = company.world, company.chief
    for name in ("One", "Two"):
        token(world, caller, name, "b")
    first = download_bootstrap(world, Contact("oNE", app_id="WFC_PRO_ANDROID"))
    assert (first.text, first.token) == ('{"n": 1.10}', "One")
    assert download_bootstrap(world, Contact("two")).text == first.text
    put_bootstrap(world, caller, "b", b'{"n": 2}', ONCE)
    company.clock.advance(timedelta(minutes=1))
    later = download_bootstrap(world, Contact("one"))
    assert later.text == '{"n": 2}'
    assert later.sha256 != first.sha256
    assert get_token(world, caller, "One").use_count == 2
    assert get_token(world, caller, "Two").use_count == 1


@pytest.mark.requirement("T-10", "T-20")
@pytest.mark.parametrize(
    ("name", "app", "code"),
    [
        ("T", "WFC_PRO_IOS", ErrorCode.APP_MISMATCH),
        ("T", "", ErrorCode.APP_MISMATCH),
        ("gone", None, ErrorCode.UNKNOWN_TOKEN),
        ("", None, ErrorCode.UNKNOWN_TOKEN),
        ("T\0", None, ErrorCode.UNKNOWN_TOKEN),
        ("\ud800", None, ErrorCode.UNKNOWN_TOKEN),
    ],
)
def test_a_refused_download_counts_nothing(
    company: Company, name: str, app: str | None, code: ErrorCode
) -> None:
    world, chief = company.world, company.chief
    stored = token(world, chief, "T", "b").row
    assert _code(download_bootstrap, world, Contact(name, app_id=app)) is code
    assert get_token(world, chief, "T") == stored


@pytest.mark.requirement("B-18", "B-19", "E-08")
def test_the_extension_manager_bootstrap_may_be_tailored(company: Company) -> None:
    world, caller = company.world, company.chief
    tailored = b'{"var_location":"https://extension-manager.com/profiles/stores/7?api_key=k&dep=1"}'
    put_bootstrap(world, caller, "Extension-Manager-Bootstrap", tailored, ONCE)
    delivered = download_bootstrap(
        world, Contact("Extension-Manager-Token", app_id="WFC_VOICE_ANDROID")
    )
    assert delivered.text.encode() == tailored
