"""Devices and sites as their customer sees them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.change_set import ChangeSet, KindName, Operation
from reconciler.server.domain.device import Device, DeviceState, Hardware
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.listing import DEVICES, ListQuery, Sort
from reconciler.server.domain.roles import Role
from reconciler.server.domain.site import SiteOrigin
from reconciler.server.domain.write import Circumstances
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.devices import (
    get_device,
    list_devices,
    list_site_devices,
    stream_devices,
    stream_site_devices,
)
from reconciler.server.usecases.obsolete import obsolete_device
from reconciler.server.usecases.push_to_talk import retry_tasks
from reconciler.server.usecases.registration import Registration
from reconciler.server.usecases.sites import (
    Synced,
    delete_site,
    get_site,
    list_sites,
    stream_sites,
    sync_sites,
)
from tests.server.company import ACME, ONCE
from tests.server.fleet import DEVICE, ZEBRA, Fleet

GALAXY = "GalaxyA5_TAI9f"


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


@pytest.fixture
def seen(fleet: Fleet) -> Fleet:
    """Three devices of acme and one of globex, an hour apart."""
    samsung = Hardware("samsung", "Galaxy A5", "Android 12", "A505")
    check_in(fleet.world, replace(fleet.contact(device_id=GALAXY), hardware=samsung))
    fleet.advance(timedelta(hours=1))
    fleet.register()
    fleet.advance(timedelta(hours=1))
    fleet.register("PTT-b", "TC72_1")
    obsolete_device(fleet.world, fleet.company.vendor, "TC72_1", ACME)
    fleet.advance(timedelta(hours=1))
    check_in(fleet.world, fleet.contact("GLOBEX-a", "TC52_globex"))
    return fleet


def listed(fleet: Fleet, **filters: str) -> list[str]:
    query = ListQuery(filters=filters)
    page = list_devices(fleet.world, fleet.company.chief, query)
    assert page.total == len(page.rows)
    streamed = list(stream_devices(fleet.world, fleet.company.chief, query))
    assert streamed == list(page.rows)
    return [row.device_id for row in page.rows]


@pytest.mark.requirement("V-01", "V-08")
def test_the_latest_contact_is_listed_first(seen: Fleet) -> None:
    assert listed(seen) == ["TC72_1", DEVICE, GALAXY]
    seen.advance(timedelta(hours=1))
    check_in(seen.world, seen.contact(device_id="TC52_new"))
    assert listed(seen)[0] == "TC52_new"


@pytest.mark.requirement("V-03", "V-04")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"state": "INACTIVE"}, ["TC72_1"]),
        ({"state": "ACTIVE"}, [DEVICE, GALAXY]),
        ({"deviceId": "tC"}, ["TC72_1", DEVICE]),
        ({"deviceId": "TC_2"}, []),
        ({"deviceId": "%"}, []),
        ({"thirdParty": "true"}, [GALAXY]),
        ({"thirdParty": "false"}, ["TC72_1", DEVICE]),
        ({"model": "TC52"}, ["TC72_1", DEVICE]),
        ({"site": "a"}, [DEVICE]),
        ({"state": "ACTIVE", "deviceId": "TC"}, [DEVICE]),
    ],
)
def test_filters_narrow_and_combine(seen: Fleet, filters: dict[str, str], found: list[str]) -> None:
    assert listed(seen, **filters) == found


@pytest.mark.requirement("V-01")
def test_devices_are_searched_sorted_and_chosen_by_their_last_contact(seen: Fleet) -> None:
    world, chief, now = seen.world, seen.company.chief, seen.world.clock()
    by_text = list_devices(world, chief, ListQuery(q="a505"))
    assert [row.device_id for row in by_text.rows] == [GALAXY]
    by_id = list_devices(world, chief, ListQuery(sort=(Sort("deviceId"),)))
    assert [row.device_id for row in by_id.rows] == sorted([GALAXY, DEVICE, "TC72_1"])
    window = ListQuery(since=now - timedelta(hours=2.5), until=now - timedelta(hours=1.5))
    assert [row.device_id for row in list_devices(world, chief, window).rows] == [DEVICE]
    for field in DEVICES.sortable:
        for descending in (False, True):
            query = ListQuery(sort=(Sort(field, descending=descending),), size=2)
            assert list_devices(world, chief, query).total == 3


@pytest.mark.requirement("V-02", "V-05", "V-06", "V-07", "V-22")
def test_a_device_carries_everything_that_was_told(seen: Fleet) -> None:
    (device,) = [row for row in _all(seen) if row.device_id == DEVICE]
    assert device == seen.device()
    assert device.hardware == ZEBRA
    assert (device.site, device.state) == ("a", DeviceState.ACTIVE)
    assert device.apps[AppId.PTT_PRO_ANDROID].version == "3.3.10197"


@pytest.mark.requirement("M-01", "A-11")
def test_the_vendor_sees_everyones_devices_others_their_own(seen: Fleet) -> None:
    world, company = seen.world, seen.company
    everyone = list_devices(world, company.vendor, ListQuery())
    assert {row.customer for row in everyone.rows} == {"acme", "globex"}
    assert list_devices(world, company.vendor, ListQuery(customer="globex")).total == 1
    assert {row.customer for row in _all(seen)} == {"acme"}
    assert _code(get_device, world, company.stranger, DEVICE) is ErrorCode.NOT_FOUND
    check_in(world, seen.contact("GLOBEX-a"))
    code = _code(get_device, world, company.vendor, DEVICE)
    assert code is ErrorCode.CUSTOMER_REQUIRED
    assert get_device(world, company.vendor, DEVICE, ACME).device.state is DeviceState.INACTIVE


@pytest.mark.requirement("V-09")
def test_a_device_without_licenses_has_no_assignments(seen: Fleet) -> None:
    found = get_device(seen.world, seen.company.chief, DEVICE)
    assert (found.device, found.assignments) == (seen.device(), ())


@pytest.mark.parametrize("device_id", ["TC52_404", "no\nid", ""])
def test_an_unknown_device_is_not_found(seen: Fleet, device_id: str) -> None:
    assert _code(get_device, seen.world, seen.company.chief, device_id) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("V-23")
@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
def test_only_a_super_admin_sees_devices(seen: Fleet, role: Role) -> None:
    world, caller = seen.world, seen.company.of(role)
    assert _code(list_devices, world, caller, ListQuery()) is ErrorCode.FORBIDDEN
    assert _code(stream_devices, world, caller, ListQuery()) is ErrorCode.FORBIDDEN
    assert _code(get_device, world, caller, DEVICE) is ErrorCode.FORBIDDEN
    assert _code(list_site_devices, world, caller, "a", ListQuery()) is ErrorCode.FORBIDDEN


@pytest.mark.requirement("S-04", "S-09", "V-22")
def test_a_site_lists_the_devices_that_are_there_now(seen: Fleet) -> None:
    world, chief = seen.world, seen.company.chief
    query = ListQuery()
    assert [row.device_id for row in list_site_devices(world, chief, "a", query).rows] == [DEVICE]
    assert list_site_devices(world, chief, "b", query).total == 0
    seen.register("PTT-b")
    assert list_site_devices(world, chief, "a", query).total == 0
    assert [row.device_id for row in stream_site_devices(world, chief, "b", query)] == [DEVICE]
    for name in ("unknown", "no/name"):
        assert _code(list_site_devices, world, chief, name, query) is ErrorCode.NOT_FOUND


@pytest.mark.requirement("S-01", "S-02", "S-05")
def test_sites_count_their_devices(seen: Fleet) -> None:
    world, chief = seen.world, seen.company.chief
    seen.register("PTT-a", "TC52_2")
    rows = list_sites(world, chief, ListQuery()).rows
    assert [(row.name, row.device_count) for row in rows] == [("a", 2), ("b", 0)]
    assert list(stream_sites(world, chief, ListQuery())) == list(rows)
    assert get_site(world, chief, "a").device_count == 2
    assert get_site(world, seen.company.stranger, "a").device_count == 0


@pytest.mark.requirement("S-01")
def test_a_site_with_devices_is_deleted_only_when_it_is_insisted_on(seen: Fleet) -> None:
    world, chief = seen.world, seen.company.chief
    assert _code(delete_site, world, chief, "a", ONCE) is ErrorCode.SITE_HAS_DEVICES
    changes = ChangeSet((Operation(KindName.SITE, "b", None), Operation(KindName.SITE, "a", None)))
    with pytest.raises(DomainError) as refusal:
        apply_changes(world, chief, changes)
    assert refusal.value.code is ErrorCode.SITE_HAS_DEVICES
    assert [error.index for error in refusal.value.errors] == [1]
    assert get_site(world, chief, "b").device_count == 0
    dry = Circumstances(dry_run=True)
    assert delete_site(world, chief, "a", dry, force=True).row.device_count == 1
    assert seen.device().site == "a"
    delete_site(world, chief, "a", ONCE, force=True)
    device = seen.device()
    assert (device.state, device.site, seen.entry()) == (DeviceState.ACTIVE, None, None)
    retry_tasks(world)
    assert seen.ptt_pro.table == {}
    assert _code(_register_at_a, seen) is ErrorCode.UNKNOWN_SITE


@pytest.mark.requirement("S-01", "S-03")
def test_the_vendor_takes_over_what_ptt_pro_has(fleet: Fleet) -> None:
    world, vendor = fleet.world, fleet.company.vendor
    assert sync_sites(world, vendor, ACME) == Synced(created=2, unchanged=0, unusable=1)
    site = get_site(world, fleet.company.chief, "pro-1 one")
    assert (site.pro_server_name, site.origin, site.version) == ("pro-1", SiteOrigin.SYNC, 1)
    assert sync_sites(world, vendor, ACME) == Synced(created=0, unchanged=2, unusable=1)
    assert get_site(world, fleet.company.chief, "a").origin is SiteOrigin.API
    assert fleet.events("SITE_ADD")[-1].user_login == "admin"
    assert fleet.register(at="two").device.site == "two"


def test_sites_are_taken_over_by_the_vendor_from_a_server_that_answers(fleet: Fleet) -> None:
    world, company = fleet.world, fleet.company
    assert _code(sync_sites, world, company.chief) is ErrorCode.FORBIDDEN
    assert _code(sync_sites, world, company.vendor) is ErrorCode.CUSTOMER_REQUIRED
    fleet.ptt_pro.down = True
    assert _code(sync_sites, world, company.vendor, ACME) is ErrorCode.UPSTREAM
    fleet.set(ptt_pro_server_name="")
    assert _code(sync_sites, world, company.vendor, ACME) is ErrorCode.PTTPRO_DISABLED


def _all(fleet: Fleet) -> list[Device]:
    return list(list_devices(fleet.world, fleet.company.chief, ListQuery()).rows)


def _register_at_a(fleet: Fleet) -> Registration:
    return fleet.register()
