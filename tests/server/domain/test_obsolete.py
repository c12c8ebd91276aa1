"""Who may obsolete a device, and what stands in the way."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.server.domain.assignments import Holder
from reconciler.server.domain.caller import Caller, CustomerRef
from reconciler.server.domain.contact import Contact, met
from reconciler.server.domain.customer import PROFILES
from reconciler.server.domain.device import DeviceState, Obsoleter
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.obsolete import (
    HOLDERS,
    check_guard,
    check_right,
    obsoleter,
    retired,
)
from reconciler.server.domain.roles import Role, Scope

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DEVICE = met("acme", "TC52_1", Contact("T", "TC52_1"), NOW)
ACME = CustomerRef("id", "acme", "Acme")
CHIEF = Caller("u", "chief", "C", "c@x", Role.SUPER_ADMIN, ACME, Scope.WRITE, "", is_api_token=True)
VENDOR = replace(CHIEF, role=Role.VENDOR_ADMIN, customer=None)
MACHINE = replace(CHIEF, service_account=True)


@pytest.mark.requirement("O-12", "O-13")
@pytest.mark.parametrize(
    ("caller", "profile", "may"),
    [
        (CHIEF, "3.0", True),
        (CHIEF, "3.1", False),
        (VENDOR, "3.0", True),
        (VENDOR, "3.1", True),
        (MACHINE, "3.1", True),
    ],
    ids=["chief-3.0", "chief-3.1", "vendor-3.0", "vendor-3.1", "machine-3.1"],
)
def test_the_profile_decides_about_customers_administrators(
    caller: Caller, profile: str, *, may: bool
) -> None:
    if may:
        check_right(caller, PROFILES[profile])
        return
    with pytest.raises(DomainError) as refusal:
        check_right(caller, PROFILES[profile])
    assert refusal.value.code is ErrorCode.OBSOLETE_DISABLED


@pytest.mark.requirement("O-11")
def test_a_device_that_is_signed_in_elsewhere_is_warned_about_or_refused() -> None:
    signed_in = replace(DEVICE, exm="Ext1")
    for profile in PROFILES.values():
        assert check_guard(DEVICE, profile, force=False) is None
        assert "Extension Manager" in str(check_guard(signed_in, profile, force=True))
    assert check_guard(signed_in, PROFILES["3.0"], force=False) is not None
    with pytest.raises(DomainError) as refusal:
        check_guard(signed_in, PROFILES["3.1"], force=False)
    assert refusal.value.code is ErrorCode.ACTIVE_IN_EXM


@pytest.mark.requirement("O-01", "E-11")
@pytest.mark.parametrize(
    ("by", "exm"),
    [(Obsoleter.PVM, "Ext1"), (Obsoleter.PFM, "Ext1"), (Obsoleter.EXM, None), (None, None)],
    ids=["pvm", "pfm", "exm", "another-customer"],
)
def test_a_retired_device_is_inactive_and_nowhere(by: Obsoleter | None, exm: str | None) -> None:
    there = replace(DEVICE, exm="Ext1", site="a", site_assigned_at=NOW)
    gone = retired(there, by, NOW)
    assert (gone.state, gone.site, gone.site_assigned_at) == (DeviceState.INACTIVE, None, None)
    assert (gone.exm, gone.obsoleted_at, gone.obsoleted_by) == (exm, NOW, by)


@pytest.mark.requirement("O-07")
def test_only_an_extension_manager_frees_what_it_gave() -> None:
    assert [by for by, holders in HOLDERS.items() if Holder.EXM in holders] == [Obsoleter.EXM]
    assert all(Holder.PVM in holders for holders in HOLDERS.values())


def test_service_accounts_act_for_profile_manager() -> None:
    assert (obsoleter(CHIEF), obsoleter(MACHINE)) == (Obsoleter.PVM, Obsoleter.PFM)
