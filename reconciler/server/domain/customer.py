"""Customers, their settings, and the differences between the product's profiles as flags."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from reconciler.server.domain.errors import refuse
from reconciler.server.domain.names import check_text

LARGEST_PERCENT = 1000
LONGEST_DAYS = 3650
Brand = Literal["WFC", "Zebra"]
ObsoleteGuard = Literal["warn", "refuse"]
LicenseColumns = Literal["purchased", "total"]
Selection = Literal["sticky", "farthest"]
VersionCheck = Literal["warn", "enforce"]


@dataclass(frozen=True, slots=True)
class Flags:
    """What a profile switches; code asks flags, never a version.

    `selection`: whether a device keeps a valid license, or takes the one that ends last at a
    token scan and a reboot too (Q-06). `version_check`: what a client below the first version
    with bootstrapping gets (Q-22). `auto_create_sites`: whether a registration makes a site that
    is missing (Q-49). `auto_provisioning`: whether devices are entered at PTT Pro (S-19).
    """

    brand: Brand
    customer_obsolete: bool
    obsolete_exm_guard: ObsoleteGuard
    license_columns: LicenseColumns
    overage: bool
    grace: bool
    expiry_detection: bool
    selection: Selection = "sticky"
    version_check: VersionCheck = "warn"
    auto_create_sites: bool = False
    auto_provisioning: bool = True


@dataclass(frozen=True, slots=True)
class FlagOverrides:
    """Flags that a customer has otherwise than its profile; None is as the profile has it."""

    brand: Brand | None = None
    customer_obsolete: bool | None = None
    obsolete_exm_guard: ObsoleteGuard | None = None
    license_columns: LicenseColumns | None = None
    overage: bool | None = None
    grace: bool | None = None
    expiry_detection: bool | None = None
    selection: Selection | None = None
    version_check: VersionCheck | None = None
    auto_create_sites: bool | None = None
    auto_provisioning: bool | None = None

    def given(self) -> Mapping[str, str | bool]:
        """Those that are set, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def over(self, flags: Flags) -> Flags:
        """The flags with what is set here in their place."""
        given: Mapping[str, Any] = self.given()
        return replace(flags, **given)


PROFILES: Mapping[str, Flags] = {
    "3.0": Flags(
        brand="WFC",
        customer_obsolete=True,
        obsolete_exm_guard="warn",
        license_columns="purchased",
        overage=False,
        grace=False,
        expiry_detection=False,
    ),
    "3.1": Flags(
        brand="Zebra",
        customer_obsolete=False,
        obsolete_exm_guard="refuse",
        license_columns="total",
        overage=True,
        grace=True,
        expiry_detection=True,
    ),
}
DEFAULT_PROFILE = "3.1"
DEFAULT_EXM_URL = "https://extension-manager.com"


@dataclass(frozen=True, slots=True)
class CustomerContent:
    """What the vendor declares of a customer (DEC-12, DEC-19); units stand in the names."""

    name: str
    voice: bool = False
    extension_manager: bool = False
    ptt_pro: bool = False
    profile_manager: bool = False
    profile: str = DEFAULT_PROFILE
    exm_url: str = DEFAULT_EXM_URL
    ptt_pro_server_name: str = ""
    overage_percent: int = 0
    grace_period_days: int = 0
    license_release_days: int = 30
    exm_release_minutes: int = 60
    ptt_pro_removal_days: int = 30
    license_check_days: int = 90
    flag_overrides: FlagOverrides = FlagOverrides()


@dataclass(frozen=True, slots=True)
class Customer:
    """A stored customer; everything of it may be shown to its users (Q-20)."""

    id: str
    code: str
    content: CustomerContent
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def flags(self) -> Flags:
        """What its profile switches, and what it has otherwise."""
        return self.content.flag_overrides.over(PROFILES[self.content.profile])


def check_customer(content: CustomerContent) -> None:
    """Refuse settings that a customer cannot have. Raises VALIDATION."""
    check_text("name", content.name)
    if content.profile not in PROFILES:
        refuse("profile", f"must be one of {', '.join(PROFILES)}")
    _check_exm_url(content.exm_url)
    if content.ptt_pro_server_name:
        check_text("pttProServerName", content.ptt_pro_server_name)
    _check_range("overagePercent", content.overage_percent, 0, LARGEST_PERCENT)
    _check_range("gracePeriodDays", content.grace_period_days, 0, LONGEST_DAYS)
    _check_range("licenseReleaseDays", content.license_release_days, 1, LONGEST_DAYS)
    _check_range("exmReleaseMinutes", content.exm_release_minutes, 1, 24 * 60 * 31)
    _check_range("pttProRemovalDays", content.ptt_pro_removal_days, 1, LONGEST_DAYS)
    _check_range("licenseCheckDays", content.license_check_days, 1, LONGEST_DAYS)


def _check_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        refuse(field, f"must be from {least} to {most}")


def _check_exm_url(url: str) -> None:
    """Devices append a path and a query to it, so it must have neither."""
    check_text("exmUrl", url, 512)
    host = url.removeprefix("https://")
    if host == url or not host or any(sign in host for sign in '/?#@\\" '):
        refuse("exmUrl", "must be https:// and a host, without a path")
