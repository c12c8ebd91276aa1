"""Device ids: how each sort of device builds its own, and what an id tells (V-10 to V-19)."""

import re
from dataclasses import dataclass

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.client_versions import at_least, major_version
from reconciler.server.domain.device import Hardware, IdKind, Platform
from reconciler.server.domain.errors import refuse

LONGEST_DEVICE_ID = 128
_DEVICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.()+_-]{0,126}[A-Za-z0-9.()+_-]", re.ASCII)
_ANDROID_ID = re.compile(r"[0-9a-f]{14,16}", re.ASCII)
_APPLE = ("iphone", "ipad", "ipod")
_HIDDEN_SERIALS = 10
"""The Android release from which applications of others cannot read serials (V-19)."""
_ZAI_ANDROID = 13
_ZAI_VOICE = "9.0.22405"
_TAI_PTT_PRO = "3.3.10197"
_TAI_VOICE = "9.0.22308"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a client knows when it builds its id; a text that it cannot read is empty.

    `own_id` is the Android ID, on iOS the iOS ID.
    """

    platform: Platform
    hardware: Hardware
    app_id: AppId
    app_version: str
    serial: str = ""
    own_id: str = ""


@dataclass(frozen=True, slots=True)
class IdReading:
    """What an id tells of its device."""

    platform: Platform
    kind: IdKind
    model: str
    third_party: bool


def is_device_id(text: str) -> bool:
    """Whether a text can be a device's id at all."""
    return _DEVICE_ID.fullmatch(text) is not None


def is_third_party(manufacturer: str, device_id: str) -> bool:
    """Whether an Android device is another maker's (V-17, Q-09).

    By its id, or by a manufacturer that is not Zebra; one that is not told speaks for neither.
    """
    foreign = bool(manufacturer) and "zebra" not in manufacturer.lower()
    return foreign or "_TAI" in device_id


def build_device_id(identity: Identity) -> str:
    """The id that this client gives itself (V-11 to V-16).

    Raises:
        DomainError: VALIDATION, when the table has no id for it, or a part of it is not known.
    """
    kind = _kind(identity)
    model = identity.hardware.model
    if kind is IdKind.SERIAL:
        return f"{model}_{_known('serial', identity.serial)}"
    own_id = _known("id", identity.own_id)
    if kind is IdKind.TAI:
        return f"{model.replace(' ', '')}_TAI{own_id}"
    return f"{model}_ZAI{own_id}" if kind is IdKind.ZAI else f"{model}_{own_id}"


def read_device_id(device_id: str, hardware: Hardware, app_id: AppId | None) -> IdReading:
    """What can be told of a device that nobody described before."""
    model, _, tail = device_id.rpartition("_")
    told = hardware.model or model
    if app_id is AppId.PTT_PRO_IOS or told.lower().startswith(_APPLE):
        return IdReading(Platform.IOS, IdKind.IOS, told, third_party=False)
    foreign = is_third_party(hardware.manufacturer, device_id)
    if tail.startswith("TAI"):
        kind = IdKind.TAI
    elif tail.startswith("ZAI"):
        kind = IdKind.ZAI
    elif foreign and _ANDROID_ID.fullmatch(tail):
        kind = IdKind.ANDROID_ID
    else:
        kind = IdKind.SERIAL
    return IdReading(Platform.ANDROID, kind, told, foreign)


def _kind(identity: Identity) -> IdKind:
    """The row of the guides' table that a client is in."""
    if identity.platform is Platform.IOS:
        return IdKind.IOS
    android = major_version(identity.hardware.os_version)
    voice = identity.app_id is AppId.VOICE
    version = identity.app_version
    if not is_third_party(identity.hardware.manufacturer, ""):
        recent = android is not None and android >= _ZAI_ANDROID
        hidden = not identity.serial and recent and voice and at_least(version, _ZAI_VOICE)
        return IdKind.ZAI if hidden else IdKind.SERIAL
    if at_least(version, _TAI_VOICE if voice else _TAI_PTT_PRO):
        return IdKind.TAI
    if voice or android is None:
        refuse("appVersion", "this client has no id on another maker's device; update it")
    return IdKind.ANDROID_ID if android >= _HIDDEN_SERIALS else IdKind.SERIAL


def _known(field: str, text: str) -> str:
    if not text:
        refuse(field, "is not known, so this device has no id")
    return text
