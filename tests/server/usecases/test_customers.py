"""Customers: what the vendor sets up."""

import json
import re
from dataclasses import replace

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import CustomerContent
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.user import UserStatus
from reconciler.server.domain.write import Circumstances, Precondition, Result
from reconciler.server.usecases.bootstraps import get_bootstrap, list_bootstraps, stream_bootstraps
from reconciler.server.usecases.customers import (
    CustomerOrder,
    FirstAdministrator,
    delete_customer,
    list_customers,
    put_customer,
    read_customer,
    stream_customers,
)
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.events import list_events
from reconciler.server.usecases.tokens import get_token, list_tokens
from reconciler.server.usecases.users import get_user
from tests.server.company import ACME, GLOBEX, ONCE, PASSWORD, Company, as_it_was, content
from tests.server.scanner import scan
from tests.server.usecases.calls import bootstrap, site, token

_FIRST = FirstAdministrator("ann", "Ann", "ann@example.com")
_VOICE = CustomerContent("Initech", voice=True, extension_manager=True)


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


def _keys(company: Company) -> list[str]:
    """The Extension Manager keys in the bootstraps of all customers."""
    rows = stream_bootstraps(company.world, company.vendor, ListQuery(q="api_key="))
    return [re.findall(r"api_key=([\w-]+)", row.text)[0] for row in rows]


@pytest.mark.requirement("A-18", "I-05", "I-01")
def test_a_customer_starts_with_its_super_admin_and_two_pairs(company: Company) -> None:
    world, vendor = company.world, company.vendor
    made = put_customer(world, vendor, "initech", CustomerOrder(_VOICE, _FIRST), ONCE)
    assert (made.result, made.row.version, made.row.content) == (Result.CREATED, 1, _VOICE)
    user = get_user(world, vendor, "ann")
    assert (user.customer, user.role, user.status) == (
        "initech",
        Role.SUPER_ADMIN,
        UserStatus.INVITED,
    )
    there = ListQuery(customer="initech")
    assert list_bootstraps(world, vendor, there).total == 2
    assert list_tokens(world, vendor, there).total == 2
    kinds = sorted(mail.kind for mail in company.mails_to("ann@example.com"))
    assert kinds == ["INVITE", "WELCOME"]
    events = list_events(world, vendor, replace(there, size=100)).rows
    assert EventType.CUSTOMER_ADD in {event.type for event in events}


@pytest.mark.requirement("I-02")
def test_the_direct_access_pair_is_the_guides(company: Company) -> None:
    world, chief = company.world, company.chief
    assert get_bootstrap(world, chief, "Direct-Access-Bootstrap").text == "{}"
    found = get_token(world, chief, "Direct-Access-Token")
    assert (found.app_id, found.bootstrap) == (AppId.VOICE, "Direct-Access-Bootstrap")


@pytest.mark.requirement("I-03", "B-17", "B-19")
def test_the_extension_manager_pair_holds_the_customers_own_key(company: Company) -> None:
    text = download_bootstrap(company.world, Contact("Extension-Manager-Token")).text
    address = json.loads(text)["var_location"]
    pattern = r"https://extension-manager\.com/profiles/stores/\?api_key=[\w-]{43}"
    assert re.fullmatch(pattern, address)
    first, second = _keys(company)
    assert first != second


def test_a_second_customers_starter_tokens_carry_its_code(company: Company) -> None:
    names = [row.name for row in list_tokens(company.world, company.stranger, ListQuery()).rows]
    assert names == ["Direct-Access-Token-globex", "Extension-Manager-Token-globex"]


@pytest.mark.requirement("I-01", "E-01")
@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        (CustomerContent("Initech"), 0),
        (CustomerContent("Initech", extension_manager=True), 0),
        (CustomerContent("Initech", voice=True), 1),
        (_VOICE, 2),
    ],
)
def test_pairs_follow_the_entitlements(
    company: Company, wanted: CustomerContent, pairs: int
) -> None:
    world, vendor = company.world, company.vendor
    put_customer(world, vendor, "initech", CustomerOrder(wanted, _FIRST), ONCE)
    assert list_tokens(world, vendor, ListQuery(customer="initech")).total == pairs
    welcomed = [mail for mail in company.mails_to("ann@example.com") if mail.kind == "WELCOME"]
    assert len(welcomed) == (1 if pairs else 0)


def test_an_entitlement_that_comes_later_brings_its_pair(company: Company) -> None:
    world, vendor = company.world, company.vendor
    first = CustomerOrder(CustomerContent("Initech"), _FIRST)
    put_customer(world, vendor, "initech", first, ONCE)
    for wanted, pairs in ((replace(_VOICE, extension_manager=False), 1), (_VOICE, 2), (_VOICE, 2)):
        put_customer(world, vendor, "initech", CustomerOrder(wanted), ONCE)
        assert list_tokens(world, vendor, ListQuery(customer="initech")).total == pairs
    assert len(_keys(company)) == 3


def test_an_entitlement_that_comes_back_changes_no_bootstrap(company: Company) -> None:
    world, vendor = company.world, company.vendor
    keys = _keys(company)
    for wanted in (replace(content(), extension_manager=False), content()):
        put_customer(world, vendor, ACME, CustomerOrder(wanted), ONCE)
    assert _keys(company) == keys


@pytest.mark.requirement("T-14", "I-04")
def test_the_welcome_mail_has_each_token_as_text_and_image(company: Company) -> None:
    put_customer(company.world, company.vendor, "initech", CustomerOrder(_VOICE, _FIRST), ONCE)
    mail = next(m for m in company.mails_to("ann@example.com") if m.kind == "WELCOME")
    names = ["Direct-Access-Token-initech", "Extension-Manager-Token-initech"]
    assert [file.name for file in mail.attachments] == [f"{name}.png" for name in names]
    for name, file in zip(names, mail.attachments, strict=True):
        assert f"  {name}\n" in mail.body
        assert file.media_type == "image/png"
        assert scan(file.content) == name
    assert "api_key" not in mail.body


def test_a_password_makes_the_super_admin_active_at_once(company: Company) -> None:
    first = replace(_FIRST, password=PASSWORD)
    put_customer(company.world, company.vendor, "initech", CustomerOrder(_VOICE, first), ONCE)
    assert company.caller("ann").role is Role.SUPER_ADMIN
    assert [mail.kind for mail in company.mails_to("ann@example.com")] == ["WELCOME"]


@pytest.mark.parametrize(
    ("code", "order", "wanted"),
    [
        ("Initech", CustomerOrder(_VOICE, _FIRST), ErrorCode.VALIDATION),
        ("initech\n", CustomerOrder(_VOICE, _FIRST), ErrorCode.VALIDATION),
        ("initech", CustomerOrder(_VOICE), ErrorCode.VALIDATION),
        ("initech", CustomerOrder(replace(_VOICE, name="")), ErrorCode.VALIDATION),
        ("initech", CustomerOrder(_VOICE, replace(_FIRST, email="x")), ErrorCode.VALIDATION),
        ("initech", CustomerOrder(_VOICE, replace(_FIRST, login_name=" ")), ErrorCode.VALIDATION),
        (
            "initech",
            CustomerOrder(_VOICE, replace(_FIRST, password="short")),
            ErrorCode.WEAK_PASSWORD,
        ),
        (
            "initech",
            CustomerOrder(_VOICE, replace(_FIRST, login_name="ACME-user")),
            ErrorCode.CONFLICT,
        ),
        (
            "initech",
            CustomerOrder(_VOICE, replace(_FIRST, email="Acme-User@example.com")),
            ErrorCode.CONFLICT,
        ),
        ("initech", CustomerOrder(replace(_VOICE, name="Acme Ltd"), _FIRST), ErrorCode.CONFLICT),
        ("acme", CustomerOrder(content(), _FIRST), ErrorCode.VALIDATION),
        (
            "acme",
            CustomerOrder(content(), replace(_FIRST, login_name="globex-user")),
            ErrorCode.VALIDATION,
        ),
        (
            "acme",
            CustomerOrder(content(), replace(_FIRST, login_name=" ")),
            ErrorCode.VALIDATION,
        ),
    ],
)
def test_an_order_that_does_not_fit_changes_nothing(
    company: Company, code: str, order: CustomerOrder, wanted: ErrorCode
) -> None:
    before = company.mails
    with as_it_was(company):
        assert _code(put_customer, company.world, company.vendor, code, order, ONCE) is wanted
    assert company.mails == before
    assert list_customers(company.world, company.vendor, ListQuery()).total == 2


def test_the_same_order_changes_nothing(company: Company) -> None:
    first = FirstAdministrator("acme-super-admin", "x", "y@example.com", PASSWORD)
    with as_it_was(company):
        again = put_customer(
            company.world, company.vendor, ACME, CustomerOrder(content(), first), ONCE
        )
    assert (again.result, again.row.version) == (Result.UNCHANGED, 1)


def test_settings_are_replaced_under_their_version(company: Company) -> None:
    world, vendor = company.world, company.vendor
    order = CustomerOrder(replace(content(), profile="3.0", overage_percent=5))
    how = Circumstances(precondition=Precondition(frozenset({1})), source="repo@1 acme.yaml:1")
    dry = put_customer(world, vendor, ACME, order, replace(how, dry_run=True))
    assert dry.result is Result.UPDATED
    assert read_customer(world, vendor, ACME).version == 1
    assert put_customer(world, vendor, ACME, order, how).row.version == 2
    found = read_customer(world, company.chief)
    assert (found.content, found.flags.brand) == (order.content, "WFC")
    assert _code(put_customer, world, vendor, ACME, order, how) is ErrorCode.STALE_VERSION
    new = CustomerOrder(_VOICE, _FIRST)
    assert _code(put_customer, world, vendor, "new", new, how) is ErrorCode.STALE_VERSION


def test_a_dry_run_creates_nothing(company: Company) -> None:
    order, dry = CustomerOrder(_VOICE, _FIRST), Circumstances(dry_run=True)
    with as_it_was(company):
        made = put_customer(company.world, company.vendor, "initech", order, dry)
    assert made.result is Result.CREATED
    assert _code(read_customer, company.world, company.vendor, "initech") is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN, Role.SUPER_ADMIN])
def test_users_see_their_own_customer_and_set_up_none(company: Company, role: Role) -> None:
    world, caller = company.world, company.of(role)
    assert read_customer(world, caller).code == ACME
    assert read_customer(world, caller, ACME).code == ACME
    order = CustomerOrder(content(), _FIRST)
    for action, arguments in (
        (read_customer, (GLOBEX,)),
        (list_customers, (ListQuery(),)),
        (stream_customers, (ListQuery(),)),
        (put_customer, (ACME, order, ONCE)),
        (delete_customer, (ACME, ONCE)),
    ):
        assert _code(action, world, caller, *arguments) is ErrorCode.FORBIDDEN


def test_the_vendor_lists_and_has_to_name(company: Company) -> None:
    world, vendor = company.world, company.vendor
    query = ListQuery(sort=(Sort("code", descending=True),), size=1)
    page = list_customers(world, vendor, query)
    assert (page.total, [row.code for row in page.rows]) == (2, [GLOBEX])
    assert [row.code for row in stream_customers(world, vendor, ListQuery(q="ACME"))] == [ACME]
    assert _code(read_customer, world, vendor) is ErrorCode.CUSTOMER_REQUIRED
    assert read_customer(world, vendor, GLOBEX).code == GLOBEX


def test_a_customer_deleted_meanwhile_is_gone(company: Company) -> None:
    chief = company.chief
    delete_customer(company.world, company.vendor, ACME, ONCE)
    assert _code(read_customer, company.world, chief) is ErrorCode.NOT_FOUND


def test_a_deleted_customer_is_gone_but_for_its_events(company: Company) -> None:
    world, vendor, chief = company.world, company.vendor, company.chief
    bootstrap(world, chief, "b")
    token(world, chief, "T", "b")
    site(world, chief, "s")
    with as_it_was(company):
        stale = Circumstances(precondition=Precondition(frozenset({7})))
        assert _code(delete_customer, world, vendor, ACME, stale) is ErrorCode.STALE_VERSION
        assert _code(delete_customer, world, vendor, "nowhere", ONCE) is ErrorCode.NOT_FOUND
        dry = delete_customer(world, vendor, ACME, Circumstances(dry_run=True))
        assert dry.result is Result.DELETED
    assert delete_customer(world, vendor, ACME, ONCE).row.code == ACME
    assert _code(read_customer, world, vendor, ACME) is ErrorCode.NOT_FOUND
    assert _code(download_bootstrap, world, Contact("T")) is ErrorCode.UNKNOWN_TOKEN
    assert _code(company.secret, chief.login_name) is ErrorCode.BAD_CREDENTIALS
    assert {row.customer for row in list_bootstraps(world, vendor, ListQuery()).rows} == {GLOBEX}
    events = list_events(world, vendor, ListQuery(q="token t created"))
    assert [event.customer for event in events.rows] == [ACME]
    assert token(world, company.stranger, "T", "Direct-Access-Bootstrap").result is Result.CREATED
