"""Sites."""

from dataclasses import replace

import pytest

from reconciler.server.domain.change_set import SiteContent
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.write import Circumstances, Precondition, Result
from reconciler.server.usecases.customers import CustomerOrder, put_customer
from reconciler.server.usecases.sites import (
    delete_site,
    get_site,
    list_sites,
    put_site,
    stream_sites,
)
from tests.server.company import ACME, ONCE, Company, as_it_was, content
from tests.server.usecases.calls import site


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


def test_a_site_lives_from_create_to_delete(company: Company) -> None:
    world, caller = company.world, company.chief
    made = site(world, caller, "site 1094")
    assert (made.result, made.row.device_count) == (Result.CREATED, 0)
    assert get_site(world, caller, "site 1094") == made.row
    assert site(world, caller, "site 1094").result is Result.UNCHANGED
    moved = put_site(world, caller, "site 1094", SiteContent("pro-2"), ONCE)
    assert (moved.result, moved.row.version) == (Result.UPDATED, 2)
    assert delete_site(world, caller, "site 1094", ONCE).row.pro_server_name == "pro-2"
    assert _code(get_site, world, caller, "site 1094") is ErrorCode.NOT_FOUND
    assert _code(delete_site, world, caller, "site 1094", ONCE) is ErrorCode.NOT_FOUND


def test_sites_differ_in_case(company: Company) -> None:
    for name in ("store", "Store"):
        assert site(company.world, company.chief, name).result is Result.CREATED


def test_sites_are_listed(company: Company) -> None:
    world, caller = company.world, company.chief
    for name in ("b", "a"):
        site(world, caller, name)
    site(world, company.stranger, "c")
    query = ListQuery(sort=(Sort("name", descending=True),), filters={"proServerName": "pro-1"})
    assert [row.name for row in list_sites(world, caller, query).rows] == ["b", "a"]
    assert [row.name for row in stream_sites(world, caller, ListQuery(q="PRO"))] == ["a", "b"]


@pytest.mark.parametrize("name", ["", " ", "x" * 129, "a\nb"])
def test_a_server_needs_a_name(company: Company, name: str) -> None:
    with as_it_was(company):
        code = _code(put_site, company.world, company.chief, "s", SiteContent(name), ONCE)
    assert code is ErrorCode.VALIDATION


def test_a_stale_site_write_changes_nothing(company: Company) -> None:
    world, caller = company.world, company.chief
    site(world, caller, "s")
    stale = Circumstances(precondition=Precondition(frozenset({7})))
    with as_it_was(company):
        assert _code(site, world, caller, "s", stale) is ErrorCode.STALE_VERSION
        assert _code(delete_site, world, caller, "s", stale) is ErrorCode.STALE_VERSION


def test_a_customer_without_ptt_pro_has_no_sites(company: Company) -> None:
    order = CustomerOrder(replace(content(), ptt_pro=False))
    put_customer(company.world, company.vendor, ACME, order, ONCE)
    with as_it_was(company):
        assert _code(site, company.world, company.chief, "s") is ErrorCode.PTTPRO_DISABLED


@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_only_a_super_admin_sees_sites(company: Company, role: Role) -> None:
    world, caller = company.world, company.of(role)
    site(world, company.chief, "s")
    for action, arguments in (
        (get_site, ("s",)),
        (list_sites, (ListQuery(),)),
        (site, ("t",)),
        (delete_site, ("s", ONCE)),
    ):
        assert _code(action, world, caller, *arguments) is ErrorCode.FORBIDDEN
