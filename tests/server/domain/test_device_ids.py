"""Device ids: how they are built, and what they tell."""

import pytest

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.device import Hardware, IdKind, Platform
from reconciler.server.domain.device_ids import (
    Identity,
    build_device_id,
    is_device_id,
    is_third_party,
    read_device_id,
)
from reconciler.server.domain.errors import DomainError

ZEBRA, SAMSUNG = "Zebra Technologies", "samsung"
PTT, VOICE = AppId.PTT_PRO_ANDROID, AppId.VOICE


def _identity(hardware: Hardware, app: AppId, version: str, **ids: str) -> Identity:
    platform = Platform.IOS if app is AppId.PTT_PRO_IOS else Platform.ANDROID
    return Identity(platform, hardware, app, version, **ids)


@pytest.mark.requirement("V-11", "V-16")
@pytest.mark.parametrize(
    ("hardware", "app", "version", "serial", "built"),
    [
        (Hardware(ZEBRA, "TC52", "8"), PTT, "1.0", "18304522512397", "TC52_18304522512397"),
        (Hardware(ZEBRA, "TC52", "11"), VOICE, "9.0.1", "1", "TC52_1"),
        (Hardware(ZEBRA, "TC58", "13"), VOICE, "9.0.22405", "", "TC58_ZAI9f"),
        (Hardware(ZEBRA, "TC58", "14"), VOICE, "9.1", "", "TC58_ZAI9f"),
        (Hardware(ZEBRA, "TC58", "13"), VOICE, "9.0.22405", "7", "TC58_7"),
    ],
    ids=["ptt-pro", "voice", "hidden-serial", "later", "readable-serial"],
)
def test_the_vendors_own_android_devices_go_by_their_serials(
    hardware: Hardware, app: AppId, version: str, serial: str, built: str
) -> None:
    identity = _identity(hardware, app, version, serial=serial, own_id="9f")
    assert build_device_id(identity) == built


@pytest.mark.requirement("V-16", "C-05")
@pytest.mark.parametrize(
    ("android", "app", "version"),
    [
        ("12", VOICE, "9.0.22405"),
        ("13", VOICE, "9.0.22404"),
        ("13", PTT, "9.0.22405"),
        ("", VOICE, "9.0.22405"),
        ("13", VOICE, ""),
    ],
)
def test_without_a_serial_only_newer_voice_on_android_13_has_an_id(
    android: str, app: AppId, version: str
) -> None:
    identity = _identity(Hardware(ZEBRA, "TC58", android), app, version, own_id="9f")
    with pytest.raises(DomainError, match="serial"):
        build_device_id(identity)


@pytest.mark.requirement("V-12")
@pytest.mark.parametrize("version", ["", "1.0.1", "1.0.11086", "9.9"])
def test_ios_devices_go_by_their_ios_id(version: str) -> None:
    hardware = Hardware("Apple", "iPhone12,1", "17.1")
    identity = _identity(hardware, AppId.PTT_PRO_IOS, version, own_id="ABC")
    assert build_device_id(identity) == "iPhone12,1_ABC"


@pytest.mark.requirement("V-13", "V-14", "V-15", "V-19")
@pytest.mark.parametrize(
    ("model", "android", "app", "version", "built"),
    [
        ("SM-A5", "9", PTT, "3.3.10196", "SM-A5_R1"),
        ("SM-A5", "Android 9", PTT, "3.3.10196", "SM-A5_R1"),
        ("SM-A5", "10", PTT, "3.3.10196", "SM-A5_9f"),
        ("Galaxy A5", "10", PTT, "3.3.10196", "Galaxy A5_9f"),
        ("Galaxy A5", "10", PTT, "3.3.10197", "GalaxyA5_TAI9f"),
        ("Galaxy A5", "9", PTT, "3.3.10197", "GalaxyA5_TAI9f"),
        ("SM-A5", "8", VOICE, "9.0.22308", "SM-A5_TAI9f"),
    ],
)
def test_other_makers_devices_go_by_client_and_android(
    model: str, android: str, app: AppId, version: str, built: str
) -> None:
    hardware = Hardware(SAMSUNG, model, android)
    identity = _identity(hardware, app, version, serial="R1", own_id="9f")
    assert build_device_id(identity) == built


@pytest.mark.requirement("V-15", "C-03")
@pytest.mark.parametrize(("app", "android"), [(VOICE, "9"), (PTT, "")])
def test_a_client_that_the_table_lacks_has_no_id(app: AppId, android: str) -> None:
    identity = _identity(Hardware(SAMSUNG, "SM-A5", android), app, "1.0", serial="R1", own_id="9f")
    with pytest.raises(DomainError, match="no id"):
        build_device_id(identity)


@pytest.mark.requirement("V-17")
@pytest.mark.parametrize(
    ("manufacturer", "device_id", "third_party"),
    [
        (ZEBRA, "TC52_1", False),
        ("ZEBRA", "TC52_1", False),
        ("samsung", "SM-A5_R1", True),
        ("", "TC52_1", False),
        ("", "SM-A5_TAI9f", True),
        (ZEBRA, "SM-A5_TAI9f", True),
    ],
)
def test_another_makers_device_is_known_by_manufacturer_or_id(
    manufacturer: str, device_id: str, *, third_party: bool
) -> None:
    assert is_third_party(manufacturer, device_id) is third_party


@pytest.mark.requirement("V-17")
@pytest.mark.parametrize(
    ("device_id", "manufacturer", "app", "told"),
    [
        ("TC52_1", "", None, (Platform.ANDROID, IdKind.SERIAL, "TC52")),
        ("TC58_ZAI9f", ZEBRA, VOICE, (Platform.ANDROID, IdKind.ZAI, "TC58")),
        ("GalaxyA5_TAI9f", "", VOICE, (Platform.ANDROID, IdKind.TAI, "GalaxyA5")),
        ("SM_0123456789abcdef", SAMSUNG, PTT, (Platform.ANDROID, IdKind.ANDROID_ID, "SM")),
        ("SM-A5_R58M123", SAMSUNG, PTT, (Platform.ANDROID, IdKind.SERIAL, "SM-A5")),
        ("iPhone12,1_ABC", "", None, (Platform.IOS, IdKind.IOS, "iPhone12,1")),
        ("X_ABC", "", AppId.PTT_PRO_IOS, (Platform.IOS, IdKind.IOS, "X")),
    ],
)
def test_an_id_tells_its_kind(
    device_id: str, manufacturer: str, app: AppId | None, told: tuple[Platform, IdKind, str]
) -> None:
    found = read_device_id(device_id, Hardware(manufacturer), app)
    assert (found.platform, found.kind, found.model) == told


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("TC52_1", True),
        ("Galaxy A5_9f", True),
        ("iPhone12,1_ABC", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("", False),
        ("x", False),
        (" TC52_1", False),
        ("TC52_1 ", False),
        ("TC52_1\n", False),
        ("TC52\0_1", False),
        ("<script>_1", False),
        ("TC52_é", False),
    ],
)
def test_the_form_of_an_id(text: str, *, fits: bool) -> None:
    assert is_device_id(text) is fits
