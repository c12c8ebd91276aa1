"""The demo: everything to look at, and nothing taken."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.server.domain.caller import Caller
from reconciler.server.domain.device import DeviceState
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotState
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.domain.simulation import PartnerName
from reconciler.server.partners.simulated import SimulatedLicensing, SimulatedPttPro, Temper
from reconciler.server.store.database import Database
from reconciler.server.usecases.auth import Attempt, authenticate, log_in
from reconciler.server.usecases.customers import read_customer
from reconciler.server.usecases.demo import CUSTOMER, fill_demo
from reconciler.server.usecases.demo_devices import HISTORY, OBSOLETE
from reconciler.server.usecases.devices import stream_devices
from reconciler.server.usecases.events import stream_events
from reconciler.server.usecases.first_start import NewUser
from reconciler.server.usecases.history import stream_history
from reconciler.server.usecases.licenses import stream_assigned, stream_licenses
from reconciler.server.usecases.partner_ports import Partners
from reconciler.server.usecases.ports import Reach, World
from reconciler.server.usecases.simulated_partners import LicensingBook, PttProBook
from tests.server.company import HOME, Company, world_over

ALL = ListQuery(customer=CUSTOMER)


def never() -> None:
    message = "nobody waits"
    raise AssertionError(message)


@pytest.fixture
def filled(database: Database) -> tuple[Company, tuple[NewUser, ...]]:
    company = world_over(database)
    ptt_pro = Temper(database, PartnerName.PTT_PRO, never)
    licensing = Temper(database, PartnerName.LICENSING, never)
    partners = Partners(
        SimulatedLicensing(licensing, LicensingBook(database), company.clock),
        SimulatedPttPro(ptt_pro, PttProBook(database)),
    )
    company = replace(company, world=replace(company.world, partners=partners))
    return company, fill_demo(company.world)


def caller(world: World, user: NewUser) -> Caller:
    return authenticate(world, log_in(world, Attempt(user.login_name, user.password, HOME)).secret)


def test_lots_of_both_types_have_free_seats_and_nobody_holds_one(
    filled: tuple[Company, tuple[NewUser, ...]],
) -> None:
    company, users = filled
    chief = caller(company.world, users[1])
    lots = list(stream_licenses(company.world, chief, ListQuery(), company.clock()))
    assert Counter(lot.type for lot in lots) == {LicenseType.STANDARD: 2, LicenseType.PREMIUM: 1}
    standard = [lot.expiration for lot in lots if lot.type is LicenseType.STANDARD]
    assert len(set(standard)) == 2
    assert {lot.state(company.clock()) for lot in lots} == {LotState.ACTIVE}
    assert all(lot.used == 0 and lot.available == lot.total > 0 for lot in lots)
    assert list(stream_assigned(company.world, chief, ListQuery())) == []


def test_devices_of_every_sort_called_and_none_is_at_an_extension_manager(
    filled: tuple[Company, tuple[NewUser, ...]],
) -> None:
    company, users = filled
    devices = list(stream_devices(company.world, caller(company.world, users[1]), ListQuery()))
    assert [d.device_id for d in devices if d.state is DeviceState.INACTIVE] == [OBSOLETE]
    active = [d for d in devices if d.state is DeviceState.ACTIVE]
    assert {d.platform for d in active} == {"ANDROID", "IOS"}
    assert {d.id_kind for d in active} == {"SERIAL", "IOS", "TAI", "ZAI"}
    assert {d.third_party for d in active} == {True, False}
    assert {d.site for d in active} == {"site-1094", "site-2001", None}
    assert {d.exm for d in devices} == {None}
    newest = max(d.last_contact_at for d in devices)
    assert timedelta() < company.clock() - newest < timedelta(hours=1)


def test_the_history_reaches_back_and_has_refusals(
    filled: tuple[Company, tuple[NewUser, ...]],
) -> None:
    company, users = filled
    records = list(stream_history(company.world, caller(company.world, users[3]), ListQuery()))
    oldest = min(record.timestamp for record in records)
    assert HISTORY - timedelta(days=2) < company.clock() - oldest < HISTORY
    assert {"BOOTSTRAP", "REGISTER", "CHECKIN", "OBSOLETE"} <= {r.action for r in records}
    assert {record.result for record in records} == {"OK", "FAILED"}
    events = list(stream_events(company.world, caller(company.world, users[0]), ALL))
    assert {"CUSTOMER_ADD", "PTTPRO_ADD", "DEVICE_OBSOLETE"} <= {event.type for event in events}


def test_every_day_of_the_past_has_its_seats_in_the_graph(
    filled: tuple[Company, tuple[NewUser, ...]],
) -> None:
    company, _ = filled
    today = company.clock().date()
    with company.world.store.read(Reach.EVERYONE) as tx:
        days = [snapshot.day for snapshot in tx.snapshots.days(today - HISTORY, today)]
    assert days == [today - timedelta(days=n) for n in range(HISTORY.days, -1, -1)]


def test_customers_may_obsolete_in_the_demo(
    filled: tuple[Company, tuple[NewUser, ...]],
) -> None:
    company, users = filled
    found = read_customer(company.world, caller(company.world, users[1]))
    assert (found.content.profile, found.flags.customer_obsolete) == ("3.1", True)
    assert users[1].role is Role.SUPER_ADMIN


def test_a_demo_without_partners_has_no_licenses(database: Database) -> None:
    company = world_over(database)
    users = fill_demo(company.world)
    chief = caller(company.world, users[1])
    assert list(stream_licenses(company.world, chief, ListQuery(), company.clock())) == []
