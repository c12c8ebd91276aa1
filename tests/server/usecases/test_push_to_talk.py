"""What PTT Pro is told: while it is down, after it was overtaken, and when its word is old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.server.domain.change_set import (
    ChangeSet,
    KindName,
    Operation,
    SiteContent,
)
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.provisioning import Provisioning
from reconciler.server.usecases.changes import apply_changes
from reconciler.server.usecases.checkins import check_in
from reconciler.server.usecases.customers import delete_customer
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.partner_ports import PartnerError, Partners
from reconciler.server.usecases.push_to_talk import remove_silent, retry_tasks, settle
from reconciler.server.usecases.registration import register
from tests.server.company import ACME, ONCE
from tests.server.fleet import DAY, DEVICE, Fleet

TABLE = ("pro-1", DEVICE)


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


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
