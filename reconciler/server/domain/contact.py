"""What a device brings with a request, and what is read from it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.device import AppSeen, Device, DeviceState, Hardware, Platform
from reconciler.server.domain.device_ids import is_device_id, is_third_party, read_device_id
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.names import is_token_name

LONGEST_HARDWARE = 128
LONGEST_VERSION = 64
NOT_TOLD = Hardware()
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_APP_ID = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)
_APPS = {str(member): member for member in AppId}


@dataclass(frozen=True, slots=True)
class Contact:
    """One request of a device, as it was sent.

    `token` is what stands in the token's place: a token, or for a device that is known its id
    (Q-19). `app_id` is any text, because a wrong one is refused with a reason of its own (T-20).
    """

    token: str | None
    device_id: str | None = None
    app_id: str | None = None
    app_version: str = ""
    hardware: Hardware = NOT_TOLD
    remote_address: str | None = None

    @property
    def app(self) -> AppId | None:
        """The application, when it is one of the known ones."""
        return _APPS.get(self.app_id or "")

    @property
    def shown_token(self) -> str | None:
        """The text in the token's place, when it has a token's or a device id's form."""
        text = self.token or self.device_id or ""
        return text if is_token_name(text) or is_device_id(text) else None

    @property
    def shown_device_id(self) -> str | None:
        """The device id, when it has the form of one."""
        text = self.device_id or ""
        return text if is_device_id(text) else None

    @property
    def shown_app_id(self) -> str | None:
        """The application's id, known or not, when it has the form of one."""
        text = self.app_id or ""
        return text if _APP_ID.fullmatch(text) else None


def check_contact(contact: Contact) -> None:
    """Refuse what cannot be kept: forms and lengths. Raises VALIDATION."""
    if contact.device_id is not None and not is_device_id(contact.device_id):
        refuse("deviceId", "must be a device id such as TC52_18304522512397")
    hardware = contact.hardware
    _check_line("appVersion", contact.app_version, LONGEST_VERSION)
    _check_line("manufacturer", hardware.manufacturer, LONGEST_HARDWARE)
    _check_line("model", hardware.model, LONGEST_HARDWARE)
    _check_line("osVersion", hardware.os_version, LONGEST_VERSION)
    _check_line("osBuild", hardware.os_build, LONGEST_HARDWARE)


def met(customer: str, device_id: str, contact: Contact, now: datetime) -> Device:
    """A device at its first contact: ACTIVE (V-20); what it did not say is read from its id."""
    told = read_device_id(device_id, contact.hardware, contact.app)
    hardware = contact.hardware
    return Device(
        customer=customer,
        device_id=device_id,
        state=DeviceState.ACTIVE,
        platform=told.platform,
        hardware=hardware if hardware.model else replace(hardware, model=told.model),
        id_kind=told.kind,
        third_party=told.third_party,
        apps={},
        site=None,
        site_assigned_at=None,
        exm=None,
        last_token=None,
        created_at=now,
        last_contact_at=now,
    )


@dataclass(frozen=True, slots=True)
class Caught:
    """What is known of a contact besides its own words: the application, and the token's name.

    Without a token the device's id stood in its place.
    """

    app: AppId | None
    token: str | None
    now: datetime


def seen(device: Device, contact: Contact, caught: Caught) -> Device:
    """The device after a contact: what it said replaces what was known, silence leaves it.

    An INACTIVE one comes back (O-14).
    """
    hardware = _merged(device.hardware, contact.hardware)
    apps = dict(device.apps)
    if caught.app is not None:
        known = apps.get(caught.app)
        version = contact.app_version or (known.version if known else "")
        apps[caught.app] = AppSeen(version, caught.now)
    android = device.platform is Platform.ANDROID
    return replace(
        device,
        state=DeviceState.ACTIVE,
        hardware=hardware,
        third_party=android and is_third_party(hardware.manufacturer, device.device_id),
        apps=apps,
        last_token=caught.token or device.last_token,
        last_contact_at=max(caught.now, device.last_contact_at),
        obsoleted_at=None,
        obsoleted_by=None,
    )


def _merged(known: Hardware, told: Hardware) -> Hardware:
    return Hardware(
        manufacturer=told.manufacturer or known.manufacturer,
        model=told.model or known.model,
        os_version=told.os_version or known.os_version,
        os_build=told.os_build or known.os_build,
    )


def _check_line(field: str, text: str, longest: int) -> None:
    if len(text) > longest or _CONTROL.search(text):
        refuse(field, f"must be at most {longest} characters on one line")
