"""Contacts: what every call of a device leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import cast

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.customer import FlagOverrides
from reconciler.server.domain.device import Device, DeviceState, Hardware
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.history import Action, Result
from reconciler.server.usecases.checkins import NEXT_CHECKIN_SECONDS, check_in
from reconciler.server.usecases.contacts import find_visit, receive
from reconciler.server.usecases.customers import delete_customer
from reconciler.server.usecases.device_bootstrap import decide_download, download_bootstrap
from reconciler.server.usecases.device_ports import Devices
from reconciler.server.usecases.obsolete import obsolete_from_exm
from reconciler.server.usecases.ports import (
    Delivery,
    Reach,
    StaleWriteError,
    Store,
    Transaction,
    World,
)
from reconciler.server.usecases.push_to_talk import remove_silent
from reconciler.server.usecases.registration import register
from reconciler.server.usecases.tokens import delete_token, get_token
from tests.server.company import ACME, ONCE
from tests.server.fleet import DAY, DEVICE, ZEBRA, Fleet


def _code(action: object, *arguments: object) -> ErrorCode:
    assert callable(action)
    with pytest.raises(DomainError) as refusal:
        action(*arguments)
    return refusal.value.code


@pytest.mark.requirement("V-20", "D-11", "D-20", "T-19")
def test_the_first_valid_contact_creates_the_device(fleet: Fleet) -> None:
    done = check_in(fleet.world, fleet.contact())
    assert (done.next_checkin_seconds, done.licenses) == (NEXT_CHECKIN_SECONDS, ())
    device = fleet.device()
    assert (device.customer, device.state) == ("acme", DeviceState.ACTIVE)
    assert device.hardware == ZEBRA
    assert fleet.home() == fleet.acme
    (row,) = fleet.history()
    assert (row.action, row.token, row.app_id, row.device_id) == (
        Action.CHECKIN,
        "PTT-a",
        "WFC_PRO_ANDROID",
        DEVICE,
    )
    assert (row.customer, row.result, row.code, row.remote_address) == (
        "acme",
        Result.OK,
        None,
        "192.0.2.9",
    )


@pytest.mark.requirement("D-11", "V-07")
def test_each_contact_moves_the_last_and_never_the_first(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact())
    first = fleet.device()
    fleet.advance(timedelta(hours=3))
    check_in(fleet.world, fleet.contact())
    later = fleet.device()
    assert later.last_contact_at - first.last_contact_at == timedelta(hours=3)
    assert later.created_at == first.created_at


@pytest.mark.requirement("D-11", "S-07")
def test_a_check_in_starts_the_days_of_silence_anew(fleet: Fleet) -> None:
    fleet.register()
    fleet.advance(29 * DAY)
    check_in(fleet.world, fleet.contact())
    fleet.advance(29 * DAY)
    assert remove_silent(fleet.world, fleet.acme) == 0
    assert fleet.device().site == "a"


@pytest.mark.requirement("V-21")
def test_silence_alone_changes_no_state(fleet: Fleet) -> None:
    fleet.register()
    fleet.advance(400 * DAY)
    remove_silent(fleet.world, fleet.acme)
    assert fleet.device().state is DeviceState.ACTIVE


@pytest.mark.requirement("V-18", "M-04")
def test_a_factory_reset_makes_a_second_device(fleet: Fleet) -> None:
    for device_id in ("GalaxyA5_TAI9f", "GalaxyA5_TAIa0"):
        check_in(fleet.world, fleet.contact(device_id=device_id))
    assert fleet.device("GalaxyA5_TAI9f").state is DeviceState.ACTIVE
    assert fleet.device("GalaxyA5_TAIa0").third_party


@pytest.mark.requirement("R-04", "D-20")
@pytest.mark.parametrize(
    "contact",
    [Contact(DEVICE), Contact(DEVICE, DEVICE), Contact(None, DEVICE), Contact("", DEVICE)],
    ids=["in-the-tokens-place", "both", "device-id-only", "empty-token"],
)
def test_a_known_devices_id_may_stand_in_the_tokens_place(fleet: Fleet, contact: Contact) -> None:
    check_in(fleet.world, fleet.contact())
    check_in(fleet.world, contact)
    row = fleet.history()[-1]
    assert (row.token, row.device_id, row.app_id, row.result) == (DEVICE, DEVICE, None, Result.OK)
    assert fleet.device().last_token == "PTT-a"


def test_a_token_that_looks_like_a_device_id_is_a_token(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact(device_id="TC52_7"))
    fleet.put_token("TC52_7", "{}", AppId.VOICE)
    check_in(fleet.world, Contact("tc52_7", "TC52_8"))
    assert fleet.device("TC52_8").last_token == "TC52_7"


@pytest.mark.parametrize(
    ("contact", "code"),
    [
        (Contact("gone", DEVICE), ErrorCode.UNKNOWN_TOKEN),
        (Contact("gone"), ErrorCode.UNKNOWN_TOKEN),
        (Contact(None, "TC52_404"), ErrorCode.UNKNOWN_DEVICE),
        (Contact(None), ErrorCode.UNKNOWN_TOKEN),
        (Contact("TC52_404", DEVICE), ErrorCode.UNKNOWN_TOKEN),
        (Contact(DEVICE, "TC52_8"), ErrorCode.UNKNOWN_TOKEN),
        (Contact("PTT-a\0", DEVICE), ErrorCode.UNKNOWN_TOKEN),
    ],
    ids=["token", "token-only", "device", "nothing", "id-for-another", "another-for-id", "nul"],
)
def test_strangers_are_refused_and_belong_to_nobody(
    fleet: Fleet, contact: Contact, code: ErrorCode
) -> None:
    check_in(fleet.world, fleet.contact())
    assert _code(check_in, fleet.world, contact) is code
    assert len(fleet.history()) == 1
    (row,) = fleet.history(Reach.VENDOR)
    assert (row.customer, row.result, row.code) == (None, Result.FAILED, code)


@pytest.mark.requirement("T-20", "D-20")
def test_another_application_is_refused_and_logged(fleet: Fleet) -> None:
    contact = replace(fleet.contact(), app_id="WFC_VOICE_ANDROID")
    assert _code(check_in, fleet.world, contact) is ErrorCode.APP_MISMATCH
    (row,) = fleet.history()
    assert (row.code, row.app_id, row.token) == ("APP_MISMATCH", "WFC_VOICE_ANDROID", "PTT-a")
    (event,) = fleet.events("APP_MISMATCH")
    assert (event.severity, event.target, event.user_login) == ("WARN", DEVICE, None)
    with pytest.raises(KeyError):
        fleet.device()


@pytest.mark.parametrize(
    "contact",
    [Contact("PTT-a"), Contact("PTT-a", "bad\nid"), Contact("PTT-a", DEVICE, app_version="x" * 65)],
    ids=["no-device", "bad-device", "long-version"],
)
def test_a_malformed_contact_leaves_one_row_and_no_device(fleet: Fleet, contact: Contact) -> None:
    assert _code(check_in, fleet.world, contact) is ErrorCode.VALIDATION
    rows = [*fleet.history(), *fleet.history(Reach.VENDOR)]
    assert [(row.result, row.code) for row in rows] == [(Result.FAILED, "VALIDATION")]
    with fleet.world.store.read(Reach.EVERYONE) as tx:
        assert tx.devices.find([DEVICE]) == {}


@pytest.mark.requirement("D-11", "D-20")
def test_a_refused_request_is_a_contact_all_the_same(fleet: Fleet) -> None:
    old = replace(fleet.contact(), app_version="3.3.10196")
    assert _code(register, fleet.world, old) is ErrorCode.VERSION_TOO_OLD
    assert fleet.device().apps[AppId.PTT_PRO_ANDROID].version == "3.3.10196"
    assert [(row.action, row.code) for row in fleet.history()] == [
        (Action.REGISTER, "VERSION_TOO_OLD")
    ]
    assert [event.target for event in fleet.events("VERSION_TOO_OLD")] == [DEVICE]


@pytest.mark.requirement("O-14")
def test_an_obsoleted_device_comes_back_by_token_but_not_by_its_id(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact())
    obsolete_from_exm(fleet.world, fleet.acme, "Ext1", DEVICE)
    assert fleet.home() is None
    assert _code(check_in, fleet.world, Contact(DEVICE)) is ErrorCode.UNKNOWN_TOKEN
    assert fleet.device().state is DeviceState.INACTIVE
    check_in(fleet.world, fleet.contact())
    device = fleet.device()
    assert (device.state, device.obsoleted_by) == (DeviceState.ACTIVE, None)
    assert [row.action for row in fleet.history()][-2:] == [Action.OBSOLETE, Action.CHECKIN]


@pytest.mark.requirement("T-19", "V-10")
def test_another_customers_token_takes_the_device_there(fleet: Fleet) -> None:
    fleet.register()
    check_in(fleet.world, fleet.contact("GLOBEX-a"))
    old, new = fleet.device(), fleet.device(of=fleet.globex)
    assert (old.state, old.site, old.obsoleted_by) == (DeviceState.INACTIVE, None, None)
    assert (new.state, fleet.home()) == (DeviceState.ACTIVE, fleet.globex)
    for customer in (fleet.acme, fleet.globex):
        (event,) = fleet.events("DEVICE_REHOMED", customer)
        assert (event.customer, event.target) == (customer.code, DEVICE)
        other = fleet.globex if customer == fleet.acme else fleet.acme
        assert other.code not in event.info
    assert fleet.entry() is None
    check_in(fleet.world, fleet.contact("PTT-a"))
    assert (fleet.home(), fleet.device(of=fleet.globex).state) == (
        fleet.acme,
        DeviceState.INACTIVE,
    )


def test_history_never_keeps_what_has_no_form(fleet: Fleet) -> None:
    contact = Contact("api_key=s3cret&x", "also s3cret\n", "s3cret!", "s3cret\0")
    with pytest.raises(DomainError):
        check_in(fleet.world, contact)
    assert "s3cret" not in repr(fleet.history(Reach.VENDOR))


def test_a_deleted_customers_devices_are_gone_and_their_tokens_strange(fleet: Fleet) -> None:
    fleet.register()
    fleet.register("PTT-b", "TC52_2")
    delete_customer(fleet.world, fleet.company.vendor, ACME, ONCE)
    with fleet.world.store.read(Reach.EVERYONE) as tx:
        assert tx.devices.home(DEVICE) is None
        assert tx.devices.find([DEVICE, "TC52_2"]) == {}
    assert _code(check_in, fleet.world, fleet.contact()) is ErrorCode.UNKNOWN_TOKEN
    check_in(fleet.world, fleet.contact("GLOBEX-a"))
    assert fleet.home() == fleet.globex


@pytest.mark.requirement("D-07", "D-20", "D-21", "V-20")
def test_a_download_leaves_device_count_and_row(fleet: Fleet) -> None:
    fleet.put_token("Voice-1", "{}", AppId.VOICE)
    day = fleet.world.clock().date()
    for contact in (fleet.contact(), fleet.contact("ptt-A", None), fleet.contact("voice-1")):
        download_bootstrap(fleet.world, contact)
    rows = fleet.history()
    assert [(row.token, row.device_id) for row in rows] == [
        ("PTT-a", DEVICE),
        ("PTT-a", None),
        ("Voice-1", DEVICE),
    ]
    assert {row.action for row in rows} == {Action.BOOTSTRAP}
    with fleet.world.store.read(fleet.acme) as tx:
        counts = tx.token_requests.series(day, day)
    assert counts == [(day, "WFC_PRO_ANDROID", 2), (day, "WFC_VOICE_ANDROID", 1)]
    used = get_token(fleet.world, fleet.company.chief, "PTT-a")
    assert (used.use_count, used.version) == (2, 1)
    assert set(fleet.device().apps) == {AppId.PTT_PRO_ANDROID, AppId.VOICE}


@pytest.mark.requirement("T-10", "T-20", "D-20")
def test_a_refused_download_is_recorded_once_and_counts_nothing(fleet: Fleet) -> None:
    world, day = fleet.world, fleet.world.clock().date()
    other = replace(fleet.contact(), app_id="WFC_PRO_IOS")
    assert _code(download_bootstrap, world, other) is ErrorCode.APP_MISMATCH
    assert _code(download_bootstrap, world, Contact(DEVICE, DEVICE)) is ErrorCode.UNKNOWN_TOKEN
    delete_token(world, fleet.company.chief, "PTT-a", ONCE)
    assert _code(download_bootstrap, world, fleet.contact()) is ErrorCode.UNKNOWN_TOKEN
    assert [row.code for row in fleet.history()] == ["APP_MISMATCH"]
    assert [row.code for row in fleet.history(Reach.VENDOR)] == ["UNKNOWN_TOKEN"] * 2
    with world.store.read(fleet.acme) as tx:
        assert tx.token_requests.series(day, day) == []
    assert len(fleet.events("APP_MISMATCH")) == 1


def test_a_known_devices_id_downloads_nothing(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact())
    for contact in (Contact(DEVICE), Contact(None, DEVICE)):
        assert _code(download_bootstrap, fleet.world, contact) is ErrorCode.UNKNOWN_TOKEN


@pytest.mark.requirement("C-01")
def test_an_old_client_is_warned_about_or_refused_as_the_customer_wants(fleet: Fleet) -> None:
    old = replace(fleet.contact(), app_version="3.3.10106")
    assert download_bootstrap(fleet.world, old).text.startswith('{"site"')
    (row,) = fleet.history()
    assert (row.result, "3.3.10107" in row.detail) == (Result.OK, True)
    (event,) = fleet.events("VERSION_TOO_OLD")
    assert event.severity == "WARN"
    fleet.set(flag_overrides=FlagOverrides(version_check="enforce"))
    assert _code(download_bootstrap, fleet.world, old) is ErrorCode.VERSION_TOO_OLD
    assert [row.result for row in fleet.history()] == [Result.OK, Result.FAILED]
    assert len(fleet.events("VERSION_TOO_OLD")) == 2
    download_bootstrap(fleet.world, replace(old, app_version="3.3.10107"))
    download_bootstrap(fleet.world, replace(old, app_version=""))


@pytest.mark.requirement("C-06")
def test_an_older_client_of_another_make_downloads_without_a_minimum(fleet: Fleet) -> None:
    samsung = Hardware("samsung", "SM-A5", "Android 9")
    contact = replace(
        fleet.contact(device_id="SM-A5_R1"), app_version="3.3.10107", hardware=samsung
    )
    download_bootstrap(fleet.world, contact)
    assert fleet.device("SM-A5_R1").third_party
    assert fleet.events("VERSION_TOO_OLD") == []


@dataclass(frozen=True)
class Lookups:
    """A store where something happens once a token has been looked up."""

    store: Store
    happening: Callable[[], object]

    def deliver(self, token_key: str) -> Delivery | None:
        found = self.store.deliver(token_key)
        self.happening()
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.mark.requirement("D-20")
@pytest.mark.parametrize("device_id", [DEVICE, None])
@pytest.mark.parametrize("call", [check_in, download_bootstrap, register])
def test_a_customer_that_is_deleted_meanwhile_is_nobody(
    fleet: Fleet, call: Callable[[World, Contact], object], device_id: str | None
) -> None:
    def vanish() -> None:
        with fleet.world.store.read(Reach.VENDOR) as tx:
            known = tx.customers.find(ACME)
        if known is not None:
            delete_customer(fleet.world, fleet.company.vendor, ACME, ONCE)

    world = replace(fleet.world, store=cast("Store", Lookups(fleet.world.store, vanish)))
    assert _code(call, world, fleet.contact(device_id=device_id)) is ErrorCode.UNKNOWN_TOKEN
    (row,) = fleet.history(Reach.VENDOR)
    assert (row.customer, row.token, row.code) == (None, "PTT-a", "UNKNOWN_TOKEN")


def test_a_device_that_keeps_moving_is_looked_up_again(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact())
    visit = find_visit(fleet.world, fleet.contact("GLOBEX-a"))
    homes = iter([fleet.acme, fleet.globex])

    @dataclass(frozen=True)
    class Restless:
        devices: Devices

        def home(self, _device_id: str) -> CustomerRef | None:
            return next(homes)

        def __getattr__(self, name: str) -> object:
            return getattr(self.devices, name)

    def work(tx: Transaction) -> None:
        moving = cast("Devices", Restless(tx.devices))
        with pytest.raises(StaleWriteError):
            receive(replace(tx, devices=moving), fleet.world, visit)

    fleet.world.store.write(fleet.globex, work)
    assert fleet.home() == fleet.acme


def test_only_a_token_downloads(fleet: Fleet) -> None:
    visit = replace(find_visit(fleet.world, fleet.contact()), delivery=None)
    assert _code(decide_download, fleet.world, visit) is ErrorCode.UNKNOWN_TOKEN


def test_the_store_refuses_a_device_elsewhere_and_a_site_that_is_not(fleet: Fleet) -> None:
    check_in(fleet.world, fleet.contact())
    device = fleet.device()
    for customer, wrong in (
        (fleet.globex, device),
        (fleet.acme, replace(device, site="nowhere")),
    ):
        with pytest.raises(StaleWriteError):
            fleet.world.store.write(customer, partial(_put, wrong))
    assert (fleet.home(), fleet.device()) == (fleet.acme, device)


def _put(device: Device, tx: Transaction) -> None:
    tx.devices.put([])
    tx.devices.put([device])
