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
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.customers import delete_customer
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.partner_ports import PartnerError, Partners
from reconciler.server.usecases.push_to_talk import remove_silent, retry_tasks, settle
from reconciler.server.usecases.registration import register
from reconciler.server.usecases.sites import get_site
from tests.server.company import ACME, ONCE
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


def test_while_ptt_pro_is_down_the_entry_waits(fleet: Fleet) -> None:
    fleet.ptt_pro.down = True
    done = fleet.register()
    assert (done.ptt_pro, done.device.site) == (Provisioning.QUEUED, "a")
    assert [event.severity for event in fleet.events("PTTPRO_ERROR")] == ["WARN"]
    assert retry_tasks(fleet.world).waiting == 1
    fleet.advance(timedelta(hours=1))
    assert retry_tasks(fleet.world).waiting == 1
    assert len(fleet.events("PTTPRO_ERROR")) == 1
    fleet.ptt_pro.down = False
    fleet.advance(timedelta(hours=1))
    assert retry_tasks(fleet.world).done == 1
    assert fleet.ptt_pro.table == {TABLE: "a"}
    assert fleet.entry() is not None
    assert (fleet.tasks(), fleet.register().ptt_pro) == ([], Provisioning.UNCHANGED)


def test_without_a_partner_the_entry_waits_for_one(fleet: Fleet) -> None:
    alone = replace(fleet.world, partners=Partners())
    assert register(alone, fleet.contact()).ptt_pro is Provisioning.QUEUED
    retry_tasks(fleet.world)
    assert fleet.ptt_pro.table == {TABLE: "a"}


def test_a_conflict_that_was_seen_late_takes_the_site_back(fleet: Fleet) -> None:
    fleet.ptt_pro.down = True
    fleet.register()
    fleet.ptt_pro.down = False
    fleet.ptt_pro.table[TABLE] = "by hand"
    retry_tasks(fleet.world)
    assert fleet.ptt_pro.table == {TABLE: "by hand"}
    assert (fleet.device().site, fleet.entry(), fleet.tasks()) == (None, None, [])
    assert [event.severity for event in fleet.events("SITE_CONFLICT")] == ["WARN"]


def test_a_device_that_moves_while_ptt_pro_is_down_ends_where_it_is(fleet: Fleet) -> None:
    fleet.register()
    fleet.ptt_pro.down = True
    assert fleet.register("PTT-b").ptt_pro is Provisioning.QUEUED
    assert fleet.register("PTT-a").ptt_pro is Provisioning.QUEUED
    assert fleet.register("PTT-b").ptt_pro is Provisioning.QUEUED
    fleet.ptt_pro.down = False
    retry_tasks(fleet.world)
    assert (fleet.device().site, fleet.ptt_pro.table) == ("b", {TABLE: "b"})
    entry = fleet.entry()
    assert entry is not None
    assert entry.site == "b"
    assert fleet.tasks() == []


def test_a_device_that_comes_back_while_ptt_pro_is_down_brings_no_conflict(fleet: Fleet) -> None:
    """What the table still has is our own entry, which was only to be deleted."""
    fleet.register("PTT-a")
    fleet.ptt_pro.down = True
    obsolete_from_exm(fleet.world, fleet.acme, "Ext1", DEVICE)
    assert fleet.register("PTT-b").ptt_pro is Provisioning.QUEUED
    fleet.ptt_pro.down = False
    fleet.advance(timedelta(hours=1))
    retry_tasks(fleet.world)
    assert (fleet.device().site, fleet.ptt_pro.table) == ("b", {TABLE: "b"})
    assert (fleet.tasks(), fleet.events("SITE_CONFLICT")) == ([], [])


def test_what_was_asked_for_while_down_is_dropped_once_the_device_left(fleet: Fleet) -> None:
    fleet.ptt_pro.down = True
    fleet.register()
    fleet.advance(30 * DAY)
    assert remove_silent(fleet.world, fleet.acme) == 1
    fleet.ptt_pro.down = False
    retry_tasks(fleet.world)
    assert (fleet.ptt_pro.table, fleet.tasks()) == ({}, [])


def test_a_teller_that_was_overtaken_tells_what_is_true(fleet: Fleet) -> None:
    """While the first one is about to enter the device at a, another one moves it to b."""
    fleet.ptt_pro.meanwhile = lambda: fleet.register("PTT-b")
    fleet.register("PTT-a")
    assert (fleet.device().site, fleet.ptt_pro.table) == ("b", {TABLE: "b"})
    assert fleet.tasks() == []


def test_a_teller_that_was_overtaken_by_a_removal_removes(fleet: Fleet) -> None:
    def silence() -> None:
        fleet.advance(30 * DAY)
        remove_silent(fleet.world, fleet.acme)
        assert settle(fleet.world, fleet.acme, DEVICE)

    fleet.ptt_pro.meanwhile = silence
    fleet.register()
    assert (fleet.device().site, fleet.ptt_pro.table) == (None, {})
    assert fleet.tasks() == []


def test_one_server_that_is_down_keeps_no_other_waiting(fleet: Fleet) -> None:
    site = Operation(KindName.SITE, "c", SiteContent("pro-2"))
    apply_changes(fleet.world, fleet.company.chief, ChangeSet((site,)))
    fleet.ptt_pro.down = True
    for number in range(3):
        fleet.register(device_id=f"TC52_{number}")
    fleet.register(device_id="TC52_9", at="c")
    before = fleet.ptt_pro.told
    fleet.ptt_pro.down_servers = {"pro-1"}
    fleet.ptt_pro.down = False
    done = retry_tasks(fleet.world)
    assert (done.done, done.waiting) == (1, 3)
    assert fleet.ptt_pro.table == {("pro-2", "TC52_9"): "c"}
    assert fleet.ptt_pro.told == before + 1


@pytest.mark.requirement("D-10")
def test_a_device_of_another_customer_brings_no_conflict_along(fleet: Fleet) -> None:
    """Both customers use the same PTT Pro server; the old entry goes, the new one stays."""
    fleet.register("PTT-b")
    done = fleet.register("GLOBEX-a")
    assert done.ptt_pro is Provisioning.PROVISIONED
    fleet.advance(timedelta(hours=2))
    retry_tasks(fleet.world)
    assert fleet.ptt_pro.table == {TABLE: "a"}
    assert (fleet.entry(), fleet.tasks()) == (None, [])


def test_an_entry_that_another_customer_left_behind_is_no_conflict(fleet: Fleet) -> None:
    fleet.register("PTT-b")
    check_in(fleet.world, fleet.contact("GLOBEX-a"))
    assert fleet.register("GLOBEX-a").ptt_pro is Provisioning.PROVISIONED
    retry_tasks(fleet.world)
    assert fleet.ptt_pro.table == {TABLE: "a"}


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


def test_an_answer_that_is_out_of_date_refuses_nobody(fleet: Fleet) -> None:
    """Between the answer and its use the device leaves the site that the answer names."""
    fleet.register()
    fleet.ptt_pro.when_asked = lambda: obsolete_from_exm(fleet.world, fleet.acme, "Ext1", DEVICE)
    assert fleet.register("PTT-b").ptt_pro is Provisioning.QUEUED
    assert (fleet.device().site, fleet.ptt_pro.table) == ("b", {TABLE: "b"})
    assert (fleet.tasks(), fleet.events("SITE_CONFLICT")) == ([], [])


def test_a_device_that_left_while_its_entry_was_retried_is_not_entered(fleet: Fleet) -> None:
    fleet.ptt_pro.down = True
    fleet.register()
    fleet.ptt_pro.down = False

    def silence() -> None:
        fleet.advance(30 * DAY)
        remove_silent(fleet.world, fleet.acme)

    fleet.ptt_pro.when_asked = silence
    retry_tasks(fleet.world)
    assert (fleet.ptt_pro.table, fleet.tasks(), fleet.entry()) == ({}, [], None)


def test_a_failure_about_something_replaced_meanwhile_postpones_nothing(fleet: Fleet) -> None:
    fleet.ptt_pro.down = True
    fleet.register()
    fleet.ptt_pro.down = False

    def fail() -> None:
        obsolete_from_exm(fleet.world, fleet.acme, "Ext1", DEVICE)
        message = "PTT Pro gave up"
        raise PartnerError(message)

    fleet.ptt_pro.when_asked = fail
    assert retry_tasks(fleet.world).waiting == 1
    assert fleet.tasks() == []


def test_a_server_that_is_told_something_new_each_time_is_left_for_later(fleet: Fleet) -> None:
    def decide_anew() -> None:
        fleet.ptt_pro.meanwhile = decide_anew
        (task,) = fleet.tasks()
        anew = replace(task, id=fleet.world.chance(16).hex())
        fleet.world.store.write(fleet.acme, lambda tx: tx.ptt_pro.queue(anew))

    fleet.ptt_pro.meanwhile = decide_anew
    assert fleet.register().ptt_pro is Provisioning.QUEUED
    fleet.ptt_pro.meanwhile = None
    retry_tasks(fleet.world)
    assert (fleet.ptt_pro.table, fleet.tasks()) == ({TABLE: "a"}, [])


def test_a_customer_that_is_gone_has_no_silent_devices(fleet: Fleet) -> None:
    delete_customer(fleet.world, fleet.company.vendor, ACME, ONCE)
    assert _code(remove_silent, fleet.world, fleet.acme) is ErrorCode.NOT_FOUND
