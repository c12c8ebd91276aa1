"""The record of what users did."""

from datetime import timedelta

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import EventType, Severity
from reconciler.server.domain.listing import ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.desk import Desk, Fact
from reconciler.server.usecases.events import (
    list_event_types,
    list_event_users,
    list_events,
    stream_events,
)
from tests.server.company import ACME, GLOBEX, Company
from tests.server.usecases.calls import bootstrap

_HOUR = timedelta(hours=1)


def _busy(company: Company) -> None:
    """An hour apart: b0 by the chief, b1 by the admin, b2 by the chief; one of a stranger's."""
    chief, admin, stranger = company.chief, company.of(Role.ADMIN), company.stranger
    for number, caller in enumerate((chief, admin, chief)):
        company.clock.advance(_HOUR)
        bootstrap(company.world, caller, f"b{number}")
        bootstrap(company.world, stranger, f"b{number}")


@pytest.mark.requirement("R-08", "R-09", "R-12", "R-13", "R-15")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN, Role.SUPER_ADMIN])
def test_every_role_reads_its_customers_events_newest_first(company: Company, role: Role) -> None:
    _busy(company)
    query = ListQuery(filters={"type": "BOOTSTRAP_ADD", "severity": "INFO"}, q="b", size=3)
    rows = list_events(company.world, company.of(role), query).rows
    assert [(e.target, e.user_login, e.severity) for e in rows] == [
        ("b2", "acme-super-admin", Severity.INFO),
        ("b1", "acme-admin", Severity.INFO),
        ("b0", "acme-super-admin", Severity.INFO),
    ]
    assert {e.customer for e in rows} == {ACME}
    assert rows[0].timestamp == company.clock().replace(microsecond=123_000)


@pytest.mark.requirement("R-10", "R-11", "R-12")
def test_filters_combine(company: Company) -> None:
    _busy(company)
    world, chief = company.world, company.chief
    both = ListQuery(filters={"user": chief.login_name, "type": "BOOTSTRAP_ADD"})
    assert [e.target for e in list_events(world, chief, both).rows] == ["b2", "b0"]
    until = company.clock() - _HOUR
    window = ListQuery(q="bootstrap b", since=until - _HOUR, until=until)
    assert [e.target for e in list_events(world, chief, window).rows] == ["b0"]
    oldest = ListQuery(q="bootstrap b", sort=(Sort("timestamp"),))
    assert [e.target for e in stream_events(world, chief, oldest)] == ["b0", "b1", "b2"]


@pytest.mark.requirement("R-10")
def test_the_vendor_sees_every_customers_users_and_others_their_own(company: Company) -> None:
    _busy(company)
    company.of(Role.USER, GLOBEX)
    world = company.world
    assert list_event_users(world, company.chief) == ("acme-admin", "acme-super-admin", "admin")
    everyone = list_event_users(world, company.vendor)
    assert {"acme-admin", "globex-super-admin", "globex-user", "admin"} <= set(everyone)
    assert "acme-admin" not in list_event_users(world, company.vendor, GLOBEX)
    targets = {e.customer for e in stream_events(world, company.vendor, ListQuery(q="b1"))}
    assert targets == {ACME, GLOBEX}


@pytest.mark.requirement("R-11")
def test_the_drop_down_has_every_type(company: Company) -> None:
    assert list_event_types(company.of(Role.USER)) == tuple(EventType)


def test_another_customers_events_are_not_for_us(company: Company) -> None:
    for action in (list_events, stream_events):
        with pytest.raises(DomainError) as refusal:
            action(company.world, company.chief, ListQuery(customer=GLOBEX))
        assert refusal.value.code is ErrorCode.FORBIDDEN
    with pytest.raises(DomainError):
        list_event_users(company.world, company.chief, GLOBEX)


def test_an_unknown_filter_is_refused(company: Company) -> None:
    with pytest.raises(DomainError) as refusal:
        list_events(company.world, company.chief, ListQuery(filters={"info": "x"}))
    assert refusal.value.code is ErrorCode.VALIDATION


@pytest.mark.requirement("R-14", "R-09")
def test_what_the_system_does_has_no_user(company: Company) -> None:
    customer = company.chief.customer
    assert customer is not None
    desk = Desk.open(company.world, customer, None)
    desk.note(Fact(EventType.LICENSE_SYNC_GET, "exm-1"))
    desk.note(Fact(EventType.LICENSE_OVERCOMMIT, "too many", severity=Severity.WARN))
    company.world.store.write(customer, desk.file)
    query = ListQuery(filters={"type": "LICENSE_SYNC_GET"})
    (found,) = list_events(company.world, company.of(Role.USER), query).rows
    assert (found.user_login, found.info, found.severity) == (None, "exm-1", Severity.INFO)
    users = list_event_users(company.world, company.chief)
    assert None not in users
    by_user = ListQuery(sort=(Sort("user"),))
    assert list_events(company.world, company.chief, by_user).rows[0].user_login is None
    loud = ListQuery(filters={"severity": "WARN"})
    assert [e.info for e in list_events(company.world, company.chief, loud).rows] == ["too many"]
