"""Obsoleting devices: every scenario of the guides, by every way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.assignments import Asker, Holder
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import FlagOverrides
from reconciler.server.domain.device import DeviceState, Hardware, Obsoleter
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.history import Action
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.obsolete import PttProLeft
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.devices import get_device
from reconciler.server.usecases.license_grants import request_licenses
from reconciler.server.usecases.license_release import release_silent
from reconciler.server.usecases.license_seats import grant_from_exm
from reconciler.server.usecases.license_sync import sync
from reconciler.server.usecases.obsolete import (
    MOST_DEVICES,
    Obsoleted,
    obsolete_device,
    obsolete_devices,
    obsolete_from_exm,
)
from reconciler.server.usecases.partner_ports import Entitlement
from reconciler.server.usecases.ports import Transaction
from reconciler.server.usecases.push_to_talk import retry_tasks
from reconciler.server.usecases.scope import present
from tests.server.company import ACME, GLOBEX
from tests.server.fleet import DAY, DEVICE, ZEBRA, Fleet

STANDARD, PREMIUM = "CUCM_STANDARD", "AURA_PREMIUM"
TABLE = ("pro-1", DEVICE)
EXM = "Ext1"


@dataclass(frozen=True)
class _Seller:
    def entitlements(self, _customer: str) -> Sequence[Entitlement]:
        return [
            Entitlement(f"aid-{kind}-1-2", LotSource.LEGACY, kind, "Perpetual", 5, None)
            for kind in LicenseType
        ]


@pytest.fixture
def stocked(fleet: Fleet) -> Fleet:
    """A fleet with five licenses of each type, and a token for Voice."""
    partners = replace(fleet.world.partners, licensing=_Seller())
    fleet.world = replace(fleet.world, partners=partners)
    for customer in (fleet.acme, fleet.globex):
        sync(fleet.world, customer)
    fleet.put_token("voice", "{}", AppId.VOICE)
    return fleet


def license_here(fleet: Fleet, device_id: str = DEVICE) -> None:
    contact = Contact("voice", device_id, None, "9.0.22405", ZEBRA)
    request_licenses(fleet.world, contact, (STANDARD, PREMIUM))


def license_at_exm(fleet: Fleet, device_id: str = DEVICE) -> None:
    """The device signs in at an Extension Manager."""
    check_in(fleet.world, fleet.contact(device_id=device_id))
    asker = Asker(device_id, "9.0.22405", Holder.EXM, EXM)

    def work(tx: Transaction) -> None:
        now = present(fleet.world)
        grant_from_exm(tx, asker, (Feature(STANDARD), Feature(PREMIUM)), now)
        device = tx.devices.find([device_id])[device_id]
        tx.devices.put([replace(device, exm=EXM)])

    fleet.world.store.write(fleet.acme, work)


def used(fleet: Fleet) -> list[int]:
    """The seats in use of both lots; what is counted is what is stored."""
    with fleet.world.store.read(fleet.acme) as tx:
        lots = tx.lots.all()
        counted = tx.assignments.counted()
    assert {lot.id: lot.used for lot in lots if lot.used} == counted
    return sorted(lot.used for lot in lots)


def by_vendor(fleet: Fleet, device_id: str = DEVICE, *, force: bool = False) -> Obsoleted:
    return obsolete_device(fleet.world, fleet.company.vendor, device_id, ACME, force=force)


def _code(action: object, *arguments: object, **named: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments, **named)
    return refusal.value.code


def _features(rows: Sequence[object]) -> set[str]:
    return {str(getattr(row, "feature", "")) for row in rows}


@pytest.mark.requirement("O-02", "O-09", "L-41")
def test_scenario_1_voice_only_without_an_extension_manager(stocked: Fleet) -> None:
    license_here(stocked)
    assert used(stocked) == [1, 1]
    done = by_vendor(stocked)
    assert _features(done.released) == {STANDARD, PREMIUM}
    assert (done.retained, done.ptt_pro) == ((), PttProLeft.NONE)
    assert used(stocked) == [0, 0]
    assert stocked.device().state is DeviceState.INACTIVE


@pytest.mark.requirement("O-03", "E-10")
def test_scenario_2_voice_only_with_an_extension_manager(stocked: Fleet) -> None:
    license_at_exm(stocked)
    done = obsolete_from_exm(stocked.world, stocked.acme, EXM, DEVICE)
    assert _features(done.released) == {STANDARD, PREMIUM}
    assert (done.ptt_pro, stocked.ptt_pro.told, used(stocked)) == (PttProLeft.NONE, 0, [0, 0])
    device = stocked.device()
    assert (device.state, device.exm, device.obsoleted_by) == (
        DeviceState.INACTIVE,
        None,
        Obsoleter.EXM,
    )


@pytest.mark.requirement("O-04", "V-06")
def test_scenario_3_push_to_talk_only(stocked: Fleet) -> None:
    stocked.register()
    done = by_vendor(stocked)
    assert (done.released, done.ptt_pro) == ((), PttProLeft.REMOVED)
    assert (stocked.ptt_pro.table, stocked.entry(), stocked.tasks()) == ({}, None, [])
    device = stocked.device()
    assert (device.state, device.site, device.site_assigned_at) == (
        DeviceState.INACTIVE,
        None,
        None,
    )


@pytest.mark.requirement("O-01", "O-05")
def test_scenario_4_voice_and_push_to_talk(stocked: Fleet) -> None:
    stocked.register()
    license_here(stocked)
    done = by_vendor(stocked)
    assert _features(done.released) == {STANDARD, PREMIUM}
    assert (done.ptt_pro, stocked.ptt_pro.table, used(stocked)) == (PttProLeft.REMOVED, {}, [0, 0])
    device = stocked.device()
    assert (device.state, device.obsoleted_by) == (DeviceState.INACTIVE, Obsoleter.PVM)
    (event,) = stocked.events("DEVICE_OBSOLETE")
    assert (event.severity, event.user_login, event.target) == ("INFO", "admin", DEVICE)
    assert [row.action for row in stocked.history()].count(Action.OBSOLETE) == 1


@pytest.mark.requirement("O-06", "E-10")
def test_scenario_5_everything_with_an_extension_manager(stocked: Fleet) -> None:
    stocked.register()
    license_at_exm(stocked)
    done = obsolete_from_exm(stocked.world, stocked.acme, EXM, DEVICE)
    assert _features(done.released) == {STANDARD, PREMIUM}
    assert (done.ptt_pro, stocked.ptt_pro.table, used(stocked)) == (PttProLeft.REMOVED, {}, [0, 0])
    assert stocked.device().state is DeviceState.INACTIVE


@pytest.mark.requirement("O-07", "E-11")
def test_scenario_5_done_wrongly_leaves_what_the_extension_manager_gave(stocked: Fleet) -> None:
    stocked.register()
    license_at_exm(stocked)
    done = by_vendor(stocked, force=True)
    assert done.released == ()
    assert _features(done.retained) == {STANDARD, PREMIUM}
    assert (stocked.ptt_pro.table, used(stocked)) == ({}, [1, 1])
    device = stocked.device()
    assert (device.state, device.exm) == (DeviceState.INACTIVE, EXM)
    assert [event.severity for event in stocked.events("DEVICE_OBSOLETE")] == ["WARN"]
    late = obsolete_from_exm(stocked.world, stocked.acme, EXM, DEVICE)
    assert _features(late.released) == {STANDARD, PREMIUM}
    assert used(stocked) == [0, 0]


@pytest.mark.requirement("O-11")
def test_what_is_signed_in_elsewhere_is_refused_or_warned_about(stocked: Fleet) -> None:
    license_at_exm(stocked)
    assert _code(by_vendor, stocked) is ErrorCode.ACTIVE_IN_EXM
    assert stocked.device().state is DeviceState.ACTIVE
    stocked.set(flag_overrides=FlagOverrides(obsolete_exm_guard="warn"))
    by_vendor(stocked)
    (event,) = stocked.events("DEVICE_OBSOLETE")
    assert (event.severity, "Extension Manager" in event.info) == ("WARN", True)


@pytest.mark.requirement("O-10")
@pytest.mark.parametrize("by_exm", [False, True])
def test_a_second_time_changes_nothing(stocked: Fleet, *, by_exm: bool) -> None:
    stocked.register()
    license_here(stocked)

    def again() -> Obsoleted:
        if by_exm:
            return obsolete_from_exm(stocked.world, stocked.acme, EXM, DEVICE)
        return by_vendor(stocked)

    again()
    events, rows = stocked.events("DEVICE_OBSOLETE"), stocked.history()
    second = again()
    assert (second.released, second.retained, second.ptt_pro) == ((), (), PttProLeft.NONE)
    assert stocked.events("DEVICE_OBSOLETE") == events
    assert stocked.history() == rows


@pytest.mark.requirement("O-12", "V-23")
def test_the_profile_and_the_role_decide_who_may(stocked: Fleet) -> None:
    world, company = stocked.world, stocked.company
    stocked.register()
    for role in (Role.USER, Role.ADMIN):
        caller = company.of(role)
        assert _code(obsolete_device, world, caller, DEVICE) is ErrorCode.FORBIDDEN
        assert _code(obsolete_devices, world, caller, [DEVICE]) is ErrorCode.FORBIDDEN
    chief = company.chief
    assert _code(obsolete_device, world, chief, DEVICE) is ErrorCode.OBSOLETE_DISABLED
    assert _code(obsolete_devices, world, chief, [DEVICE]) is ErrorCode.OBSOLETE_DISABLED
    assert stocked.device().state is DeviceState.ACTIVE
    stocked.set(profile="3.0")
    assert obsolete_device(world, chief, DEVICE).ptt_pro is PttProLeft.REMOVED


def test_a_service_account_may_under_any_profile(stocked: Fleet) -> None:
    stocked.register()
    machine: Caller = replace(stocked.company.chief, service_account=True)
    obsolete_device(stocked.world, machine, DEVICE)
    assert stocked.device().obsoleted_by is Obsoleter.PFM


@pytest.mark.parametrize("device_id", ["TC52_404", "no\nid", ""])
def test_an_unknown_device_is_not_found(stocked: Fleet, device_id: str) -> None:
    world, vendor = stocked.world, stocked.company.vendor
    assert _code(obsolete_device, world, vendor, device_id, ACME) is ErrorCode.NOT_FOUND
    assert _code(obsolete_from_exm, world, stocked.acme, EXM, device_id) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("M-01")
def test_another_customers_device_is_not_found(stocked: Fleet) -> None:
    stocked.register()
    stocked.set(GLOBEX, profile="3.0")
    stranger = stocked.company.stranger
    assert _code(obsolete_device, stocked.world, stranger, DEVICE) is ErrorCode.NOT_FOUND
    (one,) = obsolete_devices(stocked.world, stranger, [DEVICE])
    assert isinstance(one.outcome, DomainError)
    assert stocked.device().state is DeviceState.ACTIVE


@pytest.mark.requirement("O-10")
def test_a_script_obsoletes_many_each_for_itself(stocked: Fleet) -> None:
    ids = [f"TC52_{number}" for number in range(20)]
    for device_id in ids:
        stocked.register(device_id=device_id)
    license_at_exm(stocked, "TC52_3")
    world, vendor = stocked.world, stocked.company.vendor
    asked = [*ids, "TC52_404", "TC52_0"]
    first = obsolete_devices(world, vendor, asked, ACME)
    assert [row.device_id for row in first] == asked
    codes = {
        row.device_id: row.outcome.code for row in first if isinstance(row.outcome, DomainError)
    }
    assert codes == {"TC52_3": ErrorCode.ACTIVE_IN_EXM, "TC52_404": ErrorCode.NOT_FOUND}
    assert set(stocked.ptt_pro.table) == {("pro-1", "TC52_3")}
    events = len(stocked.events("DEVICE_OBSOLETE"))
    again = obsolete_devices(world, vendor, asked, ACME)
    left = {row.outcome.ptt_pro for row in again if isinstance(row.outcome, Obsoleted)}
    assert (left, len(stocked.events("DEVICE_OBSOLETE"))) == ({PttProLeft.NONE}, events)


@pytest.mark.parametrize("count", [0, MOST_DEVICES + 1])
def test_a_script_names_some_devices_but_not_too_many(stocked: Fleet, count: int) -> None:
    ids = ["TC52_1"] * count
    vendor = stocked.company.vendor
    assert _code(obsolete_devices, stocked.world, vendor, ids, ACME) is ErrorCode.VALIDATION


def test_the_vendor_names_the_customer_of_many_devices(stocked: Fleet) -> None:
    vendor = stocked.company.vendor
    assert _code(obsolete_devices, stocked.world, vendor, [DEVICE]) is ErrorCode.CUSTOMER_REQUIRED


def test_while_ptt_pro_is_down_the_removal_waits_and_the_rest_is_done(stocked: Fleet) -> None:
    for number in range(3):
        stocked.register(device_id=f"TC52_{number}")
        license_here(stocked, f"TC52_{number}")
    stocked.ptt_pro.down = True
    vendor = stocked.company.vendor
    done = obsolete_devices(stocked.world, vendor, [f"TC52_{number}" for number in range(3)], ACME)
    left = {row.outcome.ptt_pro for row in done if isinstance(row.outcome, Obsoleted)}
    assert (left, used(stocked)) == ({PttProLeft.QUEUED}, [0, 0])
    assert [event.severity for event in stocked.events("PTTPRO_ERROR")] == ["WARN"]
    assert len(stocked.ptt_pro.table) == 3
    stocked.ptt_pro.down = False
    stocked.advance(stocked.tasks("TC52_0")[0].next_at - stocked.world.clock())
    assert retry_tasks(stocked.world).waiting == 0
    assert stocked.ptt_pro.table == {}


def test_a_device_that_came_back_before_it_was_removed_stays_entered(stocked: Fleet) -> None:
    stocked.register()
    stocked.ptt_pro.down = True
    by_vendor(stocked)
    stocked.ptt_pro.down = False
    assert stocked.register("PTT-b").device.site == "b"
    retry_tasks(stocked.world)
    assert (stocked.ptt_pro.table, stocked.tasks()) == ({TABLE: "b"}, [])


@pytest.mark.requirement("O-14")
def test_a_device_that_comes_back_has_to_ask_for_licenses_again(stocked: Fleet) -> None:
    license_here(stocked)
    by_vendor(stocked)
    check_in(stocked.world, stocked.contact())
    assert stocked.device().state is DeviceState.ACTIVE
    assert used(stocked) == [0, 0]
    license_here(stocked)
    assert used(stocked) == [1, 1]


def test_a_device_that_goes_to_another_customer_gives_every_seat_back(stocked: Fleet) -> None:
    license_here(stocked)
    license_at_exm(stocked, "TC52_2")
    for device_id in (DEVICE, "TC52_2"):
        check_in(stocked.world, stocked.contact("GLOBEX-a", device_id))
    assert used(stocked) == [0, 0]
    assert stocked.device("TC52_2").exm is None


@pytest.mark.requirement("V-09")
def test_a_device_is_read_with_its_own_licenses_only(stocked: Fleet) -> None:
    license_here(stocked)
    license_at_exm(stocked, "TC52_2")
    by_vendor(stocked)
    chief = stocked.company.chief
    found = get_device(stocked.world, chief, DEVICE).assignments
    assert {(held.assignment.device_id, held.assignment.use.assigned) for held in found} == {
        (DEVICE, False)
    }
    assert {held.assignment.feature for held in found} == {STANDARD, PREMIUM}
    assert all(held.lot.id == held.assignment.lot_id for held in found)


@pytest.mark.requirement("V-18", "L-40", "M-04")
def test_a_factory_reset_orphans_the_old_seat_until_it_was_silent_for_long(stocked: Fleet) -> None:
    before, after = "GalaxyA5_TAI9f", "GalaxyA5_TAIa0"
    contact = Contact("voice", before, None, "9.0.22405", Hardware("samsung", "A5", "12"))
    request_licenses(stocked.world, contact, (STANDARD,))
    stocked.advance(15 * DAY)
    request_licenses(stocked.world, replace(contact, device_id=after), (STANDARD,))
    assert used(stocked) == [0, 2]
    stocked.advance(15 * DAY)
    assert release_silent(stocked.world, stocked.acme) == 1
    assert used(stocked) == [0, 1]
    (held,) = get_device(stocked.world, stocked.company.chief, after).assignments
    assert held.assignment.use.assigned
    assert stocked.device(before).state is DeviceState.ACTIVE
