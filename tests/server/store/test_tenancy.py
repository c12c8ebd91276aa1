"""No statement for a customer leaves the customer's id out."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.assignments import Holder
from reconciler.server.domain.change_set import BootstrapContent, ChangeSet, KindName, Operation
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.listing import (
    BOOTSTRAPS,
    DEVICES,
    EVENTS,
    HISTORY,
    SITES,
    TOKENS,
    USERS,
    ListFields,
    ListQuery,
    Sort,
)
from reconciler.server.domain.roles import Role
from reconciler.server.domain.series import AskedRange
from reconciler.server.domain.token import TokenContent
from reconciler.server.domain.user import UserContent
from reconciler.server.domain.write import Circumstances
from reconciler.server.store.schema import TENANT_TABLES
from reconciler.server.usecases import (
    bootstraps,
    dashboard,
    devices,
    events,
    history,
    licenses,
    sites,
    tokens,
    users,
)
from reconciler.server.usecases.account import read_account
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.license_migration import migrate_licenses
from reconciler.server.usecases.license_ports import Snapshot
from reconciler.server.usecases.license_release import release_silent
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.ports import Reach, StaleWriteError, Transaction
from reconciler.server.usecases.push_to_talk import remove_silent, settle
from reconciler.server.usecases.snapshots import take_snapshot
from tests.server.company import ONCE, Company, login_of
from tests.server.fleet import DEVICE, Fleet
from tests.server.request_records import NOON, Said, said_at
from tests.server.usecases.calls import bootstrap, site, token
from tests.server.usecases.pool import DEVICE as LICENSED
from tests.server.usecases.pool import pool_of

_TABLES = {table.name for table in TENANT_TABLES}
# Names that are unique on the whole server are looked up on the whole server: these alone, and
# only whether they are taken, or whose they are. Of devices also on which PTT Pro servers
# anybody's entries are, because customers may share a server.
_GLOBAL = re.compile(
    r"SELECT portal_user\.(login_key|email_key, portal_user\.id)\s+FROM portal_user\s+"
    r"WHERE portal_user\.(login_key|email_key) IN"
    r"|SELECT token_owner\.name_key\s+FROM token_owner\s+WHERE token_owner\.name_key IN"
    r"|SELECT (device_owner\.device_id, )?customer\.id, customer\.code, customer\.name\s+"
    r"FROM device_owner JOIN customer"
    r"|SELECT (token_owner\.name_key, )?customer\.id, .*FROM token_owner JOIN token"
    r"|SELECT ptt_pro_(entry|task)\.server\s+FROM ptt_pro_(entry|task)\s+"
    r"WHERE ptt_pro_(entry|task)\.device_id =",
    re.DOTALL,
)


class _Seen(list[tuple[str, object]]):
    """Statements with their parameters."""

    def touching_tenants(self) -> list[tuple[str, object]]:
        return [
            (statement, parameters)
            for statement, parameters in self
            if _TABLES & set(re.findall(r"(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)", statement))
        ]


@contextmanager
def _watched() -> Iterator[_Seen]:
    """Every statement that any database runs meanwhile."""
    seen = _Seen()

    def executed(
        _connection: object,
        _cursor: DBAPICursor,
        statement: str,
        parameters: object,
        _context: ExecutionContext | None,
        _many: object,
    ) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", executed)


def _binds(parameters: object, customer_id: str) -> bool:
    """Whether a statement, in each of its executions, binds the customer's id."""
    if isinstance(parameters, list):
        return all(_binds(row, customer_id) for row in parameters)
    if isinstance(parameters, dict):
        return customer_id in parameters.values()
    assert isinstance(parameters, tuple)
    return customer_id in parameters


def _unbound(touching: Sequence[tuple[str, object]], customer_id: str) -> list[str]:
    return [
        statement
        for statement, parameters in touching
        if not _binds(parameters, customer_id) and not _GLOBAL.match(statement)
    ]


@pytest.mark.requirement("M-01")
def test_every_statement_of_reports_binds_the_customers_id(company: Company) -> None:
    world, chief = company.world, company.chief
    assert chief.customer is not None

    def counted(tx: Transaction) -> None:
        """Something in each table that the reports read."""
        tx.token_requests.count(NOON.date(), "WFC_PRO_IOS")
        tx.snapshots.put(Snapshot(NOON.date(), 1, 2, 3, 4))
        tx.history.add([said_at(NOON, Said())])

    with _watched() as seen:
        world.store.write(chief.customer, counted)
        history.list_history(world, chief, ListQuery(q="a", size=5))
        list(history.stream_history(world, chief, ListQuery(q="a")))
        dashboard.chart_tokens(world, chief, AskedRange())
        dashboard.chart_licenses(world, chief, AskedRange())
    touching = seen.touching_tenants()
    assert len(touching) >= 9
    assert _unbound(touching, chief.customer.id) == []


@pytest.mark.requirement("M-01")
def test_every_statement_for_a_customer_binds_its_id(company: Company) -> None:
    world, chief = company.world, company.chief
    assert chief.customer is not None
    query = ListQuery(q="a", size=5)
    with _watched() as seen:
        for name in ("a", "b"):
            bootstrap(world, chief, name)
            bootstrap(world, chief, name, '{"x":1}')
            token(world, chief, f"T{name}", name)
            site(world, chief, name)
        content = UserContent(Role.USER, "Ann", "ann@example.com")
        users.put_user(world, chief, "ann", content, ONCE)
        users.put_user(world, chief, "ann", UserContent(Role.ADMIN, "A", "a@example.com"), ONCE)
        bootstraps.list_bootstraps(world, chief, query)
        tokens.list_tokens(world, chief, query)
        sites.list_sites(world, chief, query)
        users.list_users(world, chief, query)
        events.list_events(world, chief, query)
        events.list_event_users(world, chief)
        list(tokens.stream_tokens(world, chief, ListQuery()))
        tokens.get_token(world, chief, "Ta")
        read_account(world, chief)
        tokens.delete_token(world, chief, "Ta", ONCE)
        bootstraps.delete_bootstrap(world, chief, "a", ONCE)
        sites.delete_site(world, chief, "a", ONCE)
        users.delete_user(world, chief, "ann", ONCE)
        operations = (
            Operation(KindName.BOOTSTRAP, "c", BootstrapContent("{}")),
            Operation(KindName.TOKEN, "Tb", TokenContent(AppId.VOICE, "c", "")),
            Operation(KindName.BOOTSTRAP, "b", None),
        )
        apply_changes(world, chief, ChangeSet(operations))
    touching = seen.touching_tenants()
    assert len(touching) > 60
    assert _unbound(touching, chief.customer.id) == []


@pytest.mark.requirement("M-01")
def test_every_statement_for_a_customers_devices_binds_its_id(fleet: Fleet) -> None:
    world, chief = fleet.world, fleet.company.chief
    with _watched() as seen:
        download_bootstrap(world, fleet.contact())
        download_bootstrap(world, Contact("PTT-a"))
        for token_name in ("PTT-a", "PTT-b"):
            fleet.register(token_name)
            fleet.register(token_name, "TC52_2")
        check_in(world, Contact(DEVICE))
        query = ListQuery(q="t", filters={"deviceId": "TC", "state": "ACTIVE"})
        assert devices.list_devices(world, chief, query).total == 2
        assert len(list(devices.stream_site_devices(world, chief, "b", ListQuery()))) == 2
        devices.get_device(world, chief, DEVICE)
        obsolete_from_exm(world, fleet.acme, "Ext1", DEVICE)
        fleet.advance(timedelta(days=30))
        assert remove_silent(world, fleet.acme) == 1
        assert settle(world, fleet.acme, "TC52_2")
        fleet.register("PTT-b")
        sites.delete_site(world, chief, "b", ONCE, force=True)
    touching = seen.touching_tenants()
    assert len(touching) > 80
    assert _unbound(touching, fleet.acme.id) == []


@pytest.mark.requirement("M-01")
def test_every_statement_for_a_customers_licenses_binds_its_id(company: Company) -> None:
    pool, chief, vendor = pool_of(company), company.chief, company.vendor
    with _watched() as seen:
        pool.stock("A", 3)
        pool.stock("B", 3, 200, source=LotSource.NEW)
        pool.ask(LICENSED, "MITEL", "LOCAL")
        pool.ask("TC52_2")
        pool.give_back()
        pool.advance(timedelta(days=40))
        assert release_silent(pool.world, pool.customer) == 1
        migrate_licenses(pool.world, vendor, {"A": "pkid"}, "acme")
        take_snapshot(pool.world, pool.customer, pool.now.date())
        query = ListQuery(q="t", filters={"state": "ACTIVE"})
        assert licenses.list_licenses(pool.world, chief, query, pool.now).total == 2
        query = ListQuery(q="t", filters={"deviceId": "TC", "aid": "pkid"})
        licenses.list_assigned(pool.world, chief, query)
        assert len(list(licenses.stream_assigned(pool.world, chief, ListQuery()))) == 3
        pool.assert_counted()
    assert chief.customer is not None
    touching = seen.touching_tenants()
    assert len(touching) > 60
    assert _unbound(touching, chief.customer.id) == []


def test_a_customers_transaction_sees_no_other_customers_license(company: Company) -> None:
    """Straight at the ports, below every permission check."""
    pool, stranger = pool_of(company), company.stranger.customer
    assert stranger is not None
    pool.stock("A", 3)
    pool.ask()
    theirs = pool.lots()["A"]

    def meddle(tx: Transaction) -> None:
        assert not tx.lots.take_seat(theirs.id)
        tx.lots.add_used(theirs.id, 1)
        with pytest.raises(StaleWriteError):
            tx.lots.update(theirs)

    with pool.world.store.read(stranger) as tx:
        assert list(tx.lots.all()) == []
        assert tx.assignments.of_device(LICENSED) == ()
        assert tx.assignments.counted() == {}
        assert tx.assignments.silent(Holder.PVM, pool.now, 9) == []
        assert tx.assignments.page(ListQuery(filters={"aid": "A"})).total == 0
    pool.world.store.write(stranger, meddle)
    assert pool.lots()["A"] == theirs


def test_a_customers_transaction_sees_no_other_customers_device(fleet: Fleet) -> None:
    """Straight at the ports, below every permission check."""
    fleet.register("GLOBEX-a")
    with fleet.world.store.read(fleet.acme) as tx:
        assert tx.devices.find([DEVICE]) == {}
        assert tx.devices.holders(DEVICE) == []
        assert tx.devices.home(DEVICE) == fleet.globex
        assert list(tx.devices.stream(ListQuery())) == []
        assert tx.devices.counts_of_sites(["a"]) == {"a": 0}
        assert tx.devices.at_site("a") == []
        assert tx.devices.silent(fleet.world.clock(), 9) == []
        assert tx.ptt_pro.find([DEVICE]) == {}
        assert tx.ptt_pro.servers(DEVICE) == []
        assert tx.ptt_pro.leaving(DEVICE) == []
        assert list(tx.history.stream(ListQuery())) == []
    assert fleet.world.store.write(fleet.acme, lambda tx: tx.devices.leave_site("a")) == 0
    fleet.world.store.write(fleet.acme, lambda tx: tx.ptt_pro.remove(DEVICE))
    assert fleet.device(of=fleet.globex).site == "a"
    assert fleet.entry(of=fleet.globex) is not None


def test_a_customers_transaction_sees_no_other_customers_row(company: Company) -> None:
    """Straight at the ports, below every permission check."""
    world, chief, stranger = company.world, company.chief, company.stranger
    for caller in (chief, stranger):
        bootstrap(world, caller, "b", f'{{"of":"{caller.login_name}"}}')
        site(world, caller, "s")
    token(world, stranger, "T", "b")
    assert chief.customer is not None
    theirs = login_of(Role.USER, "globex")
    with world.store.read(Reach.EVERYONE) as tx:
        user = tx.users.find([theirs])[theirs]
    with world.store.read(chief.customer) as tx:
        assert tx.tokens.find(["t"]) == {}
        assert tx.tokens.of_bootstraps(["b"]) == []
        assert tx.tokens.holders("t") == []
        assert tx.users.find([theirs]) == {}
        assert tx.users.by_id(user.id) is None
        assert tx.users.by_email(user.email) is None
        assert tx.users.password_hash(user.id) is None
        assert tx.users.home(user.id) is None
        assert [row.text for row in tx.bootstraps.stream(ListQuery(q='"of"'))] == [
            '{"of":"acme-super-admin"}'
        ]
        assert {row.customer for row in tx.sites.stream(ListQuery())} == {"acme"}
        assert {row.customer for row in tx.events.stream(ListQuery())} == {"acme"}
        assert "globex-super-admin" not in tx.events.users()


def test_the_vendors_own_rows_are_no_customers(company: Company) -> None:
    with company.world.store.read(Reach.VENDOR) as tx:
        assert [row.login_name for row in tx.users.stream(ListQuery())] == ["admin"]
        assert list(tx.bootstraps.stream(ListQuery())) == []
        assert {row.customer for row in tx.events.stream(ListQuery())} <= {None}


@pytest.mark.parametrize(
    ("lister", "fields"),
    [
        (bootstraps.list_bootstraps, BOOTSTRAPS),
        (tokens.list_tokens, TOKENS),
        (sites.list_sites, SITES),
        (devices.list_devices, DEVICES),
        (users.list_users, USERS),
        (events.list_events, EVENTS),
        (history.list_history, HISTORY),
    ],
)
def test_every_field_that_a_list_offers_works(
    company: Company, lister: object, fields: ListFields
) -> None:
    assert callable(lister)
    for name in fields.sortable:
        for descending in (False, True):
            query = ListQuery(sort=(Sort(name, descending=descending),))
            assert lister(company.world, company.vendor, query).total >= 0
    for name in fields.filters:
        query = ListQuery(filters={name: "x'; --"}, customer="acme")
        assert lister(company.world, company.vendor, query).total == 0


def test_a_reading_transaction_cannot_write(company: Company) -> None:
    assert company.chief.customer is not None
    rows = bootstraps.list_bootstraps(company.world, company.chief, ListQuery()).rows
    with (
        pytest.raises(Exception, match=r"read-?only"),
        company.world.store.read(company.chief.customer) as tx,
    ):
        tx.bootstraps.delete(rows)
    how = Circumstances()
    assert bootstrap(company.world, company.chief, "still-works", "{}", how).row.version == 1
