"""Devices: what a contact tells, and what is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reconciler.server.domain.app_ids import AppId


class DeviceState(StrEnum):
    """INACTIVE means obsoleted; silence alone never changes it (V-21)."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"


class Platform(StrEnum):
    """The operating system's family."""

    ANDROID = "ANDROID"
    IOS = "IOS"


class IdKind(StrEnum):
    """What a device id is made of, besides the model (V-11 to V-16)."""

    SERIAL = "SERIAL"
    IOS = "IOS"
    ANDROID_ID = "ANDROID_ID"
    TAI = "TAI"
    ZAI = "ZAI"


class Obsoleter(StrEnum):
    """Which system obsoleted a device."""

    PVM = "PVM"
    EXM = "EXM"
    PFM = "PFM"


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a device says of itself; an empty text is what it did not say."""

    manufacturer: str = ""
    model: str = ""
    os_version: str = ""
    os_build: str = ""


@dataclass(frozen=True, slots=True)
class AppSeen:
    """An application's version when it last called; empty when it did not say."""

    version: str
    last_contact_at: datetime


@dataclass(frozen=True, slots=True)
class Device:
    """A stored device; `customer` is its customer's code.

    `site` stands only while it is provisioned there automatically (V-06). `exm` is the name of
    the Extension Manager where it is signed in, None while it is not.
    """

    customer: str
    device_id: str
    state: DeviceState
    platform: Platform
    hardware: Hardware
    id_kind: IdKind
    third_party: bool
    apps: Mapping[AppId, AppSeen]
    site: str | None
    site_assigned_at: datetime | None
    exm: str | None
    last_token: str | None
    created_at: datetime
    last_contact_at: datetime
    obsoleted_at: datetime | None = None
    obsoleted_by: Obsoleter | None = None
