"""Client versions, and the first ones that can do something (C-01 to C-08)."""

import re
from collections.abc import Mapping
from typing import Final

from reconciler.server.domain.app_ids import AppId

_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,7}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)

BOOTSTRAPPING: Final[Mapping[AppId, str]] = {
    AppId.VOICE: "9.0.20207",
    AppId.PTT_PRO_ANDROID: "3.3.10107",
    AppId.PROFILE_CLIENT: "2.0.20207",
    AppId.PTT_PRO_IOS: "1.0.11078",
}
"""The first versions that take a token (C-01); the guides name none for Central Service."""
PROVISIONING: Final[Mapping[AppId, str]] = {
    AppId.PTT_PRO_ANDROID: "3.3.10197",
    AppId.PTT_PRO_IOS: "1.0.11086",
}
"""The first versions that register themselves for push-to-talk (C-04)."""
LICENSING: Final = "9.0.20306"
THIRD_PARTY_VOICE: Final = "9.0.22308"
LEAST_ANDROID: Final = 8
"""For provisioning, and for Voice on another maker's device (C-03, C-04)."""


def read_version(text: str) -> tuple[int, ...] | None:
    """The dotted parts as numbers (C-08), without zeros at the end; None for any other text."""
    if not _VERSION.fullmatch(text):
        return None
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def at_least(version: str, least: str) -> bool:
    """Whether a version is this one or later. What cannot be read as a version is older."""
    found, wanted = read_version(version), read_version(least)
    return found is not None and wanted is not None and found >= wanted


def major_version(os_version: str) -> int | None:
    """The first number of an operating system's version: 11 of `Android 11`, 8 of `8.1.0`."""
    found = _NUMBER.search(os_version)
    return int(found.group()) if found else None


def lacks_bootstrapping(app: AppId | None, version: str) -> str | None:
    """What is too old about a download, None when nothing is.

    A client that does not tell its version is not judged: the guides' download carries none.
    """
    least = BOOTSTRAPPING.get(app) if app else None
    if least is None or not version or at_least(version, least):
        return None
    return f"{app} needs {least} or later to take a token"


def lacks_licensing(version: str, os_version: str, *, third_party: bool) -> str | None:
    """What is too old about Voice for a license, None when nothing is (C-02, C-03).

    A version that is not told, or cannot be read, is too old; a system that is not told is not.
    """
    least = THIRD_PARTY_VOICE if third_party else LICENSING
    if not at_least(version, least):
        return f"Voice needs {least} or later to get a license; update it"
    return _lacks_android(os_version) if third_party else None


def lacks_provisioning(app: AppId | None, version: str, os_version: str) -> str | None:
    """What is too old about PTT Pro for registering itself, None when nothing is (C-04).

    Told or not as for licenses. Other applications have no minimum, because they are not
    provisioned at all.
    """
    least = PROVISIONING.get(app) if app else None
    if least is None:
        return None
    if not at_least(version, least):
        return f"{app} needs {least} or later to register itself; update it"
    return _lacks_android(os_version) if app is AppId.PTT_PRO_ANDROID else None


def _lacks_android(os_version: str) -> str | None:
    major = major_version(os_version)
    if major is None or major >= LEAST_ANDROID:
        return None
    return f"it needs Android {LEAST_ANDROID} or later"
