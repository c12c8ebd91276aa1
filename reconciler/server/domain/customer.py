"""Customers, their settings, and the differences between the product's profiles as flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reconciler.server.domain.errors import refuse
from reconciler.server.domain.names import check_text

LARGEST_PERCENT = 1000
LONGEST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Flags:
    """What a profile switches; code asks flags, never a version."""

    brand: str
    customer_obsolete: bool
    obsolete_exm_guard: Literal["warn", "refuse"]
    licence_columns: Literal["purchased", "total"]
    overage: bool
    grace: bool
    expiry_detection: bool


PROFILES: Mapping[str, Flags] = {
    "3.0": Flags(
        brand="WFC",
        customer_obsolete=True,
        obsolete_exm_guard="warn",
        licence_columns="purchased",
        overage=False,
        grace=False,
        expiry_detection=False,
    ),
    "3.1": Flags(
        brand="Zebra",
        customer_obsolete=False,
        obsolete_exm_guard="refuse",
        licence_columns="total",
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
        """What its profile switches."""
        return PROFILES[self.content.profile]


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
