"""Registrations: devices get into PTT Pro's table, and out of it again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.change_set import (
    BootstrapContent,
    ChangeSet,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import FlagOverrides
from reconciler.server.domain.device import DeviceState, Hardware
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.history import Action, Result
from reconciler.server.domain.provisioning import Provisioning
from reconciler.server.domain.site import SiteOrigin
from reconciler.server.domain.token import TokenContent
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.ports import Reach
from reconciler.server.usecases.push_to_talk import remove_silent, retry_tasks
from reconciler.server.usecases.registration import register
from reconciler.server.usecases.sites import get_site
from tests.server.fleet import DAY, DEVICE, ZEBRA, Fleet

TABLE = ("pro-1", DEVICE)


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


@pytest.mark.requirement("D-09", "S-03", "S-06", "V-06", "B-16")
def test_a_registration_enters_the_device_at_once(fleet: Fleet) -> None:
    assert download_bootstrap(fleet.world, fleet.contact()).text == (
        '{"site":"a","zems":{"x":1},"log":[1]}'
    )
    done = fleet.register()
    assert (done.ptt_pro, done.device.site) == (Provisioning.PROVISIONED, "a")
    assert fleet.ptt_pro.table == {TABLE: "a"}
    device = fleet.device()
    assert (device.site, device.site_assigned_at) == ("a", device.last_contact_at)
    entry = fleet.entry()
    assert entry is not None
    assert (entry.server, entry.site, entry.adopted_from_manual) == ("pro-1", "a", False)
    row = fleet.history()[-1]
    assert (row.action, row.result, row.detail) == (Action.REGISTER, Result.OK, "a: PROVISIONED")
    assert [event.target for event in fleet.events("PTTPRO_ADD")] == [DEVICE]
    assert fleet.tasks() == []


@pytest.mark.requirement("D-18", "D-17")
def test_a_second_registration_changes_nothing(fleet: Fleet) -> None:
    since = fleet.register().device.site_assigned_at
    fleet.advance(timedelta(hours=1))
    done = fleet.register()
    assert (done.ptt_pro, done.device.site_assigned_at) == (Provisioning.UNCHANGED, since)
    assert len(fleet.events("PTTPRO_ADD")) == 1


@pytest.mark.requirement("D-10", "S-09")
def test_another_site_moves_the_device(fleet: Fleet) -> None:
    fleet.register()
    fleet.advance(timedelta(hours=1))
    moved = fleet.register("PTT-b")
    assert (moved.ptt_pro, moved.device.site) == (Provisioning.MOVED, "b")
    assert moved.device.site_assigned_at == moved.device.last_contact_at
    assert fleet.ptt_pro.table == {TABLE: "b"}
    assert fleet.register("PTT-b", at="a").ptt_pro is Provisioning.MOVED
    assert fleet.ptt_pro.table == {TABLE: "a"}
    assert [row.detail for row in fleet.history()] == ["a: PROVISIONED", "b: MOVED", "a: MOVED"]


@pytest.mark.requirement("D-10")
def test_a_move_to_another_server_leaves_the_first_one(fleet: Fleet) -> None:
    site = Operation(KindName.SITE, "c", SiteContent("pro-2"))
    apply_changes(fleet.world, fleet.company.chief, ChangeSet((site,)))
    fleet.register()
    assert fleet.register(at="c").ptt_pro is Provisioning.MOVED
    assert fleet.ptt_pro.table == {("pro-2", DEVICE): "c"}
    assert fleet.tasks() == []


@pytest.mark.requirement("S-08")
@pytest.mark.parametrize(
    ("device_id", "app", "version", "hardware"),
    [
        ("TC52_1", AppId.PTT_PRO_ANDROID, "3.3.10197", ZEBRA),
        ("GalaxyA5_TAI9f", AppId.PTT_PRO_ANDROID, "3.3.10197", Hardware("samsung", "A5", "8")),
        ("iPhone12,1_ABC", AppId.PTT_PRO_IOS, "1.0.11086", Hardware("Apple", "iPhone12,1", "17")),
    ],
    ids=["zebra", "third-party", "ios"],
)
def test_every_make_and_system_takes_part(
    fleet: Fleet, device_id: str, app: AppId, version: str, hardware: Hardware
) -> None:
    fleet.put_token("mine", '{"site":"a"}', app)
    contact = Contact("mine", device_id, None, version, hardware)
    assert register(fleet.world, contact).ptt_pro is Provisioning.PROVISIONED
    assert fleet.ptt_pro.table == {("pro-1", device_id): "a"}


@pytest.mark.requirement("S-10")
def test_an_entry_made_by_hand_at_the_same_site_is_adopted(fleet: Fleet) -> None:
    fleet.ptt_pro.table[TABLE] = "a"
    assert fleet.register().ptt_pro is Provisioning.ADOPTED
    assert fleet.ptt_pro.table == {TABLE: "a"}
    entry = fleet.entry()
    assert entry is not None
    assert entry.adopted_from_manual
    fleet.advance(30 * DAY)
    remove_silent(fleet.world, fleet.acme)
    retry_tasks(fleet.world)
    assert fleet.ptt_pro.table == {}


@pytest.mark.requirement("S-11")
def test_an_entry_made_by_hand_at_another_site_is_in_the_way(fleet: Fleet) -> None:
    fleet.ptt_pro.table[TABLE] = "b"
    assert _code(fleet.register) is ErrorCode.SITE_CONFLICT
    assert fleet.ptt_pro.table == {TABLE: "b"}
    assert (fleet.device().site, fleet.entry(), fleet.tasks()) == (None, None, [])
    (event,) = fleet.events("SITE_CONFLICT")
    assert (event.severity, event.target) == ("WARN", DEVICE)
    (row,) = fleet.history()
    assert (row.result, row.code) == (Result.FAILED, "SITE_CONFLICT")
    del fleet.ptt_pro.table[TABLE]
    assert fleet.register().ptt_pro is Provisioning.PROVISIONED


@pytest.mark.requirement("S-12", "S-07")
def test_an_entry_made_by_hand_under_another_id_stays_for_ever(fleet: Fleet) -> None:
    manual = ("pro-1", "TC52 by hand_1")
    fleet.ptt_pro.table[manual] = "a"
    fleet.register()
    assert set(fleet.ptt_pro.table) == {TABLE, manual}
    fleet.advance(400 * DAY)
    assert remove_silent(fleet.world, fleet.acme) == 1
    retry_tasks(fleet.world)
    assert fleet.ptt_pro.table == {manual: "a"}


@pytest.mark.requirement("S-07", "V-06")
@pytest.mark.parametrize("days", [30, 10])
def test_a_silent_device_leaves_the_table_after_the_customers_days(fleet: Fleet, days: int) -> None:
    fleet.set(ptt_pro_removal_days=days)
    fleet.register()
    fleet.advance(days * DAY - timedelta(milliseconds=1))
    assert remove_silent(fleet.world, fleet.acme) == 0
    fleet.advance(timedelta(milliseconds=1))
    assert remove_silent(fleet.world, fleet.acme) == 1
    assert retry_tasks(fleet.world).done == 1
    assert fleet.ptt_pro.table == {}
    device = fleet.device()
    assert (device.state, device.site, device.site_assigned_at) == (DeviceState.ACTIVE, None, None)
    assert [event.target for event in fleet.events("PTTPRO_REMOVE")] == [DEVICE]
    assert remove_silent(fleet.world, fleet.acme) == 0
    assert fleet.register().ptt_pro is Provisioning.PROVISIONED


@pytest.mark.requirement("S-16", "D-19", "C-04")
@pytest.mark.parametrize(
    ("version", "text", "outcome"),
    [
        ("3.3.10196", "{}", ErrorCode.VERSION_TOO_OLD),
        ("3.3.10196", '{"site":"a"}', ErrorCode.VERSION_TOO_OLD),
        ("3.3.10197", "{}", Provisioning.SKIPPED),
        ("3.3.10197", '{"site":"a"}', Provisioning.PROVISIONED),
    ],
    ids=["old-without", "old-with", "new-without", "new-with"],
)
def test_the_matrix_of_shared_devices(
    fleet: Fleet, version: str, text: str, outcome: ErrorCode | Provisioning
) -> None:
    fleet.put_token("shared", text)
    contact = replace(fleet.contact("shared"), app_version=version)
    assert download_bootstrap(fleet.world, contact).text == text
    if isinstance(outcome, ErrorCode):
        assert _code(register, fleet.world, contact) is outcome
    else:
        assert register(fleet.world, contact).ptt_pro is outcome
    entered = outcome is Provisioning.PROVISIONED
    assert fleet.ptt_pro.table == ({TABLE: "a"} if entered else {})
    assert fleet.device().site == ("a" if entered else None)


@pytest.mark.requirement("S-13", "S-19")
@pytest.mark.parametrize(
    "changes",
    [
        {"profile_manager": True},
        {"flag_overrides": FlagOverrides(auto_provisioning=False)},
        {"ptt_pro": False},
    ],
    ids=["profile-manager", "switched-off", "no-ptt-pro"],
)
def test_a_customer_may_look_after_the_table_in_other_ways(
    fleet: Fleet, changes: dict[str, Any]
) -> None:
    fleet.set(**changes)
    assert download_bootstrap(fleet.world, fleet.contact()).text.startswith('{"site":"a"')
    assert fleet.register().ptt_pro is Provisioning.SKIPPED
    assert (fleet.device().site, fleet.ptt_pro.told) == (None, 0)


@pytest.mark.requirement("S-14", "S-15")
def test_without_a_site_the_table_stays_untouched(fleet: Fleet) -> None:
    fleet.put_token("code", '{"activation":"code"}')
    fleet.register()
    told = fleet.ptt_pro.told
    assert fleet.register("code").ptt_pro is Provisioning.SKIPPED
    assert fleet.ptt_pro.told == told
    assert fleet.device().site == "a"


@pytest.mark.parametrize("site", ["A", "unknown", "", "no/name", "x" * 65])
def test_an_unknown_site_is_refused(fleet: Fleet, site: str) -> None:
    assert _code(register, fleet.world, fleet.contact(), site) is ErrorCode.UNKNOWN_SITE
    assert fleet.ptt_pro.table == {}
    assert fleet.history()[-1].code == "UNKNOWN_SITE"


def test_a_customer_may_let_registrations_make_sites(fleet: Fleet) -> None:
    fleet.set(flag_overrides=FlagOverrides(auto_create_sites=True))
    assert fleet.register(at="new one").ptt_pro is Provisioning.PROVISIONED
    site = get_site(fleet.world, fleet.company.chief, "new one")
    assert (site.origin, site.pro_server_name, site.device_count) == (SiteOrigin.SYNC, "pro-1", 1)
    assert _code(register, fleet.world, fleet.contact(), "no/name") is ErrorCode.UNKNOWN_SITE
    fleet.set(ptt_pro_server_name="")
    assert _code(register, fleet.world, fleet.contact(), "newer") is ErrorCode.UNKNOWN_SITE


@pytest.mark.requirement("D-09")
def test_only_ptt_pro_is_entered(fleet: Fleet) -> None:
    fleet.put_token("voice", '{"site":"a"}', AppId.VOICE)
    assert fleet.register("voice").ptt_pro is Provisioning.SKIPPED


@pytest.mark.requirement("S-18")
def test_many_sites_are_set_up_by_script(fleet: Fleet) -> None:
    operations: list[Operation] = []
    for number in range(500):
        name = f"store-{number}"
        document = BootstrapContent(f'{{"site":"{name}"}}')
        token = TokenContent(AppId.PTT_PRO_ANDROID, name, "")
        operations += [
            Operation(KindName.SITE, name, SiteContent("pro-1")),
            Operation(KindName.BOOTSTRAP, name, document),
            Operation(KindName.TOKEN, name, token),
        ]
    changes = ChangeSet(tuple(operations))
    chief = fleet.company.chief
    assert {row.result for row in apply_changes(fleet.world, chief, changes)} == {"created"}
    assert {row.result for row in apply_changes(fleet.world, chief, changes)} == {"unchanged"}
    assert fleet.register("store-499").device.site == "store-499"


@pytest.mark.requirement("D-20")
def test_a_registration_by_a_stranger_is_recorded_once(fleet: Fleet) -> None:
    assert _code(register, fleet.world, fleet.contact("gone")) is ErrorCode.UNKNOWN_TOKEN
    (row,) = fleet.history(Reach.VENDOR)
    assert (row.action, row.token, row.code) == (Action.REGISTER, "gone", "UNKNOWN_TOKEN")
    assert fleet.history() == []
