"""The record of what devices asked for."""

from datetime import timedelta

import pytest

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.history import Action
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.history import list_history, stream_history
from tests.server.company import ACME, GLOBEX, Company
from tests.server.request_records import NOON, Said, keep, said_at

_HOUR = timedelta(hours=1)


def _home(caller: Caller, company: Company, detail: str) -> None:
    """Three requests an hour apart at the caller's customer; one has a device id for a token."""
    customer = caller.customer
    assert customer is not None
    records = [
        said_at(NOON, Said(Action.BOOTSTRAP, "Activation_token", "WFC_VOICE_ANDROID")),
        said_at(NOON + _HOUR, Said(token="TC52_18304522512397", detail=detail)),
        said_at(NOON + _HOUR * 2, Said(Action.REGISTER, code="UNKNOWN_SITE")),
    ]
    keep(company.world, customer, records)


@pytest.fixture
def busy(company: Company) -> Company:
    _home(company.chief, company, "here")
    _home(company.stranger, company, "there")
    return company


@pytest.mark.requirement("R-01", "R-03", "R-04", "R-05", "R-06", "R-15")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN, Role.SUPER_ADMIN])
def test_every_role_reads_its_customers_history_newest_first(busy: Company, role: Role) -> None:
    page = list_history(busy.world, busy.of(role), ListQuery())
    assert [(row.action, row.token, row.app_id) for row in page.rows] == [
        (Action.REGISTER, None, None),
        (Action.LICENSE, "TC52_18304522512397", None),
        (Action.BOOTSTRAP, "Activation_token", "WFC_VOICE_ANDROID"),
    ]
    assert page.total == 3
    assert list(stream_history(busy.world, busy.of(role), ListQuery())) == list(page.rows)


@pytest.mark.requirement("M-01")
def test_the_vendor_reads_everyones_history_or_one_customers(busy: Company) -> None:
    search = ListQuery(q="here")
    found = list_history(busy.world, busy.vendor, search)
    assert {row.detail for row in found.rows} == {"here", "there"}
    of_globex = ListQuery(q="here", customer=GLOBEX)
    assert [row.detail for row in stream_history(busy.world, busy.vendor, of_globex)] == ["there"]
    assert list_history(busy.world, busy.vendor, ListQuery(customer=ACME)).total == 3


@pytest.mark.requirement("R-01")
def test_history_sorts_and_narrows(busy: Company) -> None:
    by_action = ListQuery(sort=(Sort("action"),))
    rows = list_history(busy.world, busy.chief, by_action).rows
    assert [row.action for row in rows] == ["BOOTSTRAP", "LICENSE", "REGISTER"]
    failed = ListQuery(filters={"result": "FAILED", "action": "REGISTER"})
    assert [row.code for row in list_history(busy.world, busy.chief, failed).rows] == [
        "UNKNOWN_SITE"
    ]
    window = ListQuery(since=NOON + _HOUR, until=NOON + _HOUR * 2)
    assert [row.detail for row in list_history(busy.world, busy.chief, window).rows] == ["here"]


@pytest.mark.parametrize("lister", [list_history, stream_history], ids=["page", "stream"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        (ListQuery(customer=GLOBEX), ErrorCode.FORBIDDEN),
        (ListQuery(filters={"detail": "x"}), ErrorCode.VALIDATION),
        (ListQuery(sort=(Sort("detail"),)), ErrorCode.VALIDATION),
        (ListQuery(after="nonsense"), ErrorCode.VALIDATION),
    ],
    ids=["other customer", "filter", "sort", "cursor"],
)
def test_what_history_does_not_offer_is_refused(
    company: Company, lister: object, query: ListQuery, code: ErrorCode
) -> None:
    assert callable(lister)
    with pytest.raises(DomainError) as refusal:
        lister(company.world, company.chief, query)
    assert refusal.value.code is code
