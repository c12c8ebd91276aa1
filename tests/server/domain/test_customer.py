"""A customer's settings, and what the profiles switch."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.server.domain.customer import (
    DEFAULT_PROFILE,
    PROFILES,
    Customer,
    CustomerContent,
    FlagOverrides,
    Flags,
    check_customer,
)
from reconciler.server.domain.errors import DomainError

_CONTENT = CustomerContent("Acme")
_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_customer_needs_no_more_than_a_name() -> None:
    check_customer(_CONTENT)
    assert not any(
        (_CONTENT.voice, _CONTENT.extension_manager, _CONTENT.ptt_pro, _CONTENT.profile_manager)
    )
    assert _CONTENT.profile == DEFAULT_PROFILE == "3.1"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"profile": "3.2"}, "profile"),
        ({"exm_url": "http://exm.example"}, "exmUrl"),
        ({"exm_url": "https://"}, "exmUrl"),
        ({"exm_url": "https://exm.example/path"}, "exmUrl"),
        ({"exm_url": "https://user@exm.example"}, "exmUrl"),
        ({"exm_url": 'https://exm.example"'}, "exmUrl"),
        ({"ptt_pro_server_name": " x"}, "pttProServerName"),
        ({"overage_percent": -1}, "overagePercent"),
        ({"overage_percent": 1001}, "overagePercent"),
        ({"grace_period_days": -1}, "gracePeriodDays"),
        ({"license_release_days": 0}, "licenseReleaseDays"),
        ({"exm_release_minutes": 0}, "exmReleaseMinutes"),
        ({"ptt_pro_removal_days": 0}, "pttProRemovalDays"),
        ({"license_check_days": 3651}, "licenseCheckDays"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(change: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        check_customer(replace(_CONTENT, **change))  # type: ignore[arg-type] # wrong on purpose
    assert refusal.value.errors[0].field == field


def test_every_setting_may_be_set() -> None:
    check_customer(
        replace(_CONTENT, ptt_pro_server_name="ptt-1", exm_url="https://exm.example:8443")
    )


@pytest.mark.requirement("M-05")
def test_the_brand_is_one_flag_of_the_profile() -> None:
    brands = {
        profile: Customer(
            "1", "acme", replace(_CONTENT, profile=profile), _NOW, _NOW, 1
        ).flags.brand
        for profile in PROFILES
    }
    assert brands == {"3.0": "WFC", "3.1": "Zebra"}


_EVERYWHERE = {
    "selection": "sticky",
    "version_check": "warn",
    "auto_create_sites": False,
    "auto_provisioning": True,
}


def test_the_profiles_differ_in_every_flag_but_four() -> None:
    old, new = PROFILES["3.0"], PROFILES["3.1"]
    for flag in fields(Flags):
        values = (getattr(old, flag.name), getattr(new, flag.name))
        if flag.name in _EVERYWHERE:
            assert values == (_EVERYWHERE[flag.name],) * 2
        else:
            assert values[0] != values[1]


@pytest.mark.parametrize("profile", list(PROFILES))
def test_each_flag_can_be_overridden_alone(profile: str) -> None:
    other = {flag.name: PROFILES["3.0" if profile == "3.1" else "3.1"] for flag in fields(Flags)}
    wanted: dict[str, Any] = {name: getattr(flags, name) for name, flags in other.items()}
    wanted |= {
        "selection": "farthest",
        "version_check": "enforce",
        "auto_create_sites": True,
        "auto_provisioning": False,
    }
    for name, value in wanted.items():
        content = replace(_CONTENT, profile=profile, flag_overrides=FlagOverrides(**{name: value}))
        flags = Customer("1", "acme", content, _NOW, _NOW, 1).flags
        assert flags == replace(PROFILES[profile], **{name: value})
        assert flags != PROFILES[profile]


def test_overrides_are_the_flags_and_nothing_else() -> None:
    assert [f.name for f in fields(FlagOverrides)] == [f.name for f in fields(Flags)]
    assert FlagOverrides(overage=False).given() == {"overage": False}
