"""How devices are answered, and the shapes of these answers."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from reconciler.server.api.license_rows import AssignedRow, DeviceLicenseRow
from reconciler.server.api.representation import time_text
from reconciler.server.api.rows import AppName, Owned, Row, Time
from reconciler.server.domain.device import AppSeen, Device

StateName = Literal["ACTIVE", "INACTIVE"]


class AppRow(Row):
    """An application of a device."""

    app_id: AppName
    version: str
    updated_on: Time


class DeviceRow(Owned):
    """A device; a text that it never told is empty."""

    device_id: str
    state: StateName
    platform: Literal["ANDROID", "IOS"]
    manufacturer: str
    model: str
    os_version: str
    os_build: str
    id_kind: Literal["SERIAL", "IOS", "ANDROID_ID", "TAI", "ZAI"]
    third_party: bool
    apps: list[AppRow]
    site: str | None = Field(description="Where it is registered automatically")
    site_assigned_on: Time | None
    exm: str | None = Field(description="The Extension Manager where it is signed in")
    last_token: str | None
    obsoleted_on: Time | None
    obsoleted_by: Literal["PVM", "EXM", "PFM"] | None
    updated_on: Time = Field(description="Last contact")
    created_on: Time = Field(description="First contact")


class DeviceDetailRow(DeviceRow):
    """A device with every license that it has or had."""

    assignments: list[AssignedRow]


class SiteDeviceRow(Row):
    """A device as its site's list has it."""

    device_id: str
    state: StateName
    model: str
    os: str
    version: str = Field(description="Of the application that called last")


class SiteSyncRow(Row):
    """How many of PTT Pro's departments are new here, were here, or have no site's name."""

    created: int
    unchanged: int
    unusable: int


class FootprintRow(Row):
    """Devices that used exactly these tokens and are registered at this site."""

    tokens: list[str]
    bootstraps: list[str] = Field(description="What the tokens deliver now")
    site: str | None
    devices: int


class FootprintsRow(Row):
    """What all active devices of a customer depend on; each device counts in one row."""

    used_after: Time
    devices: int = Field(description="Of all rows together")
    footprints: list[FootprintRow]


class SeatRow(Row):
    """A license of an obsoleted device."""

    feature: str
    type: Literal["STANDARD", "PREMIUM"]


class ObsoletedRow(Row):
    """What became of a device."""

    device_id: str
    state: StateName
    released: list[SeatRow]
    retained_by_exm: list[SeatRow]
    ptt_pro: Literal["REMOVED", "NONE", "QUEUED"]


class RefusedDeviceRow(Row):
    """A device of many that was left alone, and why."""

    device_id: str
    code: str
    detail: str


class ManyObsoletedRow(Row):
    """What became of each, in the order of the ids."""

    results: list[ObsoletedRow | RefusedDeviceRow]


class RegistrationRow(Row):
    """A device after its registration."""

    device_id: str
    site: str | None
    state: StateName
    ptt_pro: Literal["PROVISIONED", "UNCHANGED", "MOVED", "ADOPTED", "SKIPPED", "QUEUED"]


class CheckinRow(Row):
    """What a device learns at a check-in."""

    next_checkin_seconds: int
    licenses: list[DeviceLicenseRow]


def show(device: Device, *, owned: bool) -> dict[str, object]:
    """A device as it is answered; `owned` when the reader need not be told whose it is."""
    hardware = device.hardware
    return {
        "deviceId": device.device_id,
        **({} if owned else {"customer": device.customer}),
        "state": device.state,
        "platform": device.platform,
        "manufacturer": hardware.manufacturer,
        "model": hardware.model,
        "osVersion": hardware.os_version,
        "osBuild": hardware.os_build,
        "idKind": device.id_kind,
        "thirdParty": device.third_party,
        "apps": [_app(app, seen) for app, seen in sorted(device.apps.items())],
        "site": device.site,
        "siteAssignedOn": device.site_assigned_at and time_text(device.site_assigned_at),
        "exm": device.exm,
        "lastToken": device.last_token,
        "obsoletedOn": device.obsoleted_at and time_text(device.obsoleted_at),
        "obsoletedBy": device.obsoleted_by,
        "updatedOn": time_text(device.last_contact_at),
        "createdOn": time_text(device.created_at),
    }


def show_at_site(device: Device) -> Mapping[str, object]:
    """A device as its site's list has it (S-04)."""
    latest = max(device.apps.values(), key=lambda seen: seen.last_contact_at, default=None)
    return {
        "deviceId": device.device_id,
        "state": device.state,
        "model": device.hardware.model,
        "os": device.hardware.os_version,
        "version": latest.version if latest else "",
    }


def _app(app: str, seen: AppSeen) -> dict[str, object]:
    return {"appId": app, "version": seen.version, "updatedOn": time_text(seen.last_contact_at)}
