"""What is kept of a device's contact."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.contact import Caught, Contact, check_contact, met, seen
from reconciler.server.domain.device import AppSeen, DeviceState, Hardware, Obsoleter, Platform
from reconciler.server.domain.errors import DomainError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TOLD = Contact(
    "T", "TC21_1", "WFC_VOICE_ANDROID", "9.0.1", Hardware("Zebra", "TC21", "Android 11", "11-26")
)
QUIET = Contact(None, "TC21_1")


@pytest.mark.requirement("V-05", "V-07", "V-20", "V-22")
def test_the_first_contact_makes_an_active_device_of_what_was_said() -> None:
    device = seen(met("acme", "TC21_1", TOLD, NOW), TOLD, Caught(AppId.VOICE, "T", NOW))
    assert (device.state, device.created_at, device.last_contact_at) == (
        DeviceState.ACTIVE,
        NOW,
        NOW,
    )
    assert device.hardware == TOLD.hardware
    assert device.apps == {AppId.VOICE: AppSeen("9.0.1", NOW)}
    assert (device.last_token, device.site) == ("T", None)


@pytest.mark.requirement("V-07", "V-22")
def test_silence_about_something_leaves_what_was_known() -> None:
    device = seen(met("acme", "TC21_1", TOLD, NOW), TOLD, Caught(AppId.VOICE, "T", NOW))
    after = seen(device, QUIET, Caught(AppId.VOICE, None, LATER))
    assert after.hardware == device.hardware
    assert after.apps == {AppId.VOICE: AppSeen("9.0.1", LATER)}
    assert (after.last_token, after.created_at, after.last_contact_at) == ("T", NOW, LATER)


@pytest.mark.requirement("V-22")
def test_each_application_keeps_its_version() -> None:
    device = seen(met("acme", "TC21_1", TOLD, NOW), TOLD, Caught(AppId.VOICE, "T", NOW))
    ptt = replace(TOLD, app_id="WFC_PRO_ANDROID", app_version="3.3.10197")
    after = seen(device, ptt, Caught(AppId.PTT_PRO_ANDROID, "P", LATER))
    assert after.apps == {
        AppId.VOICE: AppSeen("9.0.1", NOW),
        AppId.PTT_PRO_ANDROID: AppSeen("3.3.10197", LATER),
    }
    assert seen(after, QUIET, Caught(None, None, LATER)).apps == after.apps


@pytest.mark.requirement("O-14")
def test_an_inactive_device_comes_back() -> None:
    device = replace(
        met("acme", "TC21_1", TOLD, NOW),
        state=DeviceState.INACTIVE,
        obsoleted_at=NOW,
        obsoleted_by=Obsoleter.PVM,
    )
    after = seen(device, QUIET, Caught(None, None, LATER))
    assert (after.state, after.obsoleted_at, after.obsoleted_by) == (DeviceState.ACTIVE, None, None)


def test_a_clock_that_went_back_never_makes_a_contact_older() -> None:
    device = seen(met("acme", "TC21_1", TOLD, LATER), TOLD, Caught(None, "T", LATER))
    assert seen(device, QUIET, Caught(None, None, NOW)).last_contact_at == LATER


@pytest.mark.requirement("V-17")
def test_a_manufacturer_that_is_told_later_decides_about_the_maker() -> None:
    device = met("acme", "SM-A5_R1", Contact("T", "SM-A5_R1"), NOW)
    assert not device.third_party
    told = Contact("T", "SM-A5_R1", hardware=Hardware("samsung"))
    assert seen(device, told, Caught(None, "T", NOW)).third_party
    phone = met("acme", "iPhone12,1_A", Contact("T", hardware=Hardware("Apple", "iPhone12,1")), NOW)
    assert phone.platform is Platform.IOS
    assert not seen(phone, told, Caught(None, "T", NOW)).third_party


@pytest.mark.parametrize(
    ("field", "contact"),
    [
        ("deviceId", replace(TOLD, device_id="no id\n")),
        ("deviceId", replace(TOLD, device_id="")),
        ("appVersion", replace(TOLD, app_version="9" * 65)),
        ("manufacturer", replace(TOLD, hardware=Hardware(manufacturer="a\0b"))),
        ("model", replace(TOLD, hardware=Hardware(model="m" * 129))),
        ("osVersion", replace(TOLD, hardware=Hardware(os_version="\ud800"))),
        ("osBuild", replace(TOLD, hardware=Hardware(os_build="a\nb"))),
    ],
    ids=["id-form", "id-empty", "version", "manufacturer", "model", "system", "build"],
)
def test_what_cannot_be_kept_is_refused(field: str, contact: Contact) -> None:
    with pytest.raises(DomainError) as refusal:
        check_contact(contact)
    assert [error.field for error in refusal.value.errors] == [field]


def test_history_keeps_only_what_has_a_form() -> None:
    told = Contact("T 1<", "a\nb", "WFC<>")
    assert (told.shown_token, told.shown_device_id, told.shown_app_id) == (None, None, None)
    assert QUIET.shown_token == "TC21_1"
    assert (TOLD.shown_token, TOLD.app) == ("T", AppId.VOICE)
    assert replace(TOLD, app_id="WFC_PRO_WINDOWS").app is None
