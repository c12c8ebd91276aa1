"""The shapes of licenses in answers; no shape has room for a whole external id (L-09)."""

from typing import Literal

from pydantic import Field

from reconciler.server.api.rows import Owned, Row, Time

LotStateName = Literal["ACTIVE", "EXPIRED"]
LicenseTypeName = Literal["STANDARD", "PREMIUM"]


class LotRow(Owned):
    """A lot of licenses; totals and expirations with and without overage and grace."""

    state: LotStateName
    license: LicenseTypeName
    aid_masked: str
    term: str
    source: Literal["LEGACY", "NEW"]
    quantity: int = Field(description="Bought, without overage")
    overage_percent: int
    total_licenses: int
    total_used: int
    used_in_exm: int = Field(description="Those of totalUsed that an Extension Manager gave")
    available: int
    base_expiration: Time | None = Field(description="Without grace; absent when perpetual")
    grace_days: int
    expiration: Time
    updated_on: Time = Field(description="Last seen in the licensing system")
    created_on: Time


class AssignedRow(Owned):
    """A feature of a device, and the license that it has or had for it."""

    license: Literal["ASSIGNED", "UNASSIGNED"]
    use_status: Literal["IN_USE", "NOT_IN_USE", "NOT_IN_USE_HELD"] = Field(
        description="NOT_IN_USE_HELD is shown as Not in use (*)"
    )
    device_id: str
    feature: str
    type: LicenseTypeName
    expiration: Time
    aid_masked: str
    app_version: str = Field(description="The last dotted part")
    holder: Literal["PVM", "EXM"]
    exm: str | None
    released_on: Time | None
    release_reason: str | None
    updated_on: Time = Field(description="Last contact of the device")
    created_on: Time


class SyncRow(Row):
    """What a synchronisation with the licensing system found, over all customers meant."""

    customers: int
    verified: int
    added: int
    missing: int
    overcommitted: int


class MigrationRow(Row):
    """How many lots a migration moved to the new licensing system."""

    migrated: int


class DeviceLicenseRow(Row):
    """A license as the device that holds it is told."""

    feature: str
    type: LicenseTypeName
    aid_masked: str
    expiration: Time
    state: LotStateName


class LicensedRow(Row):
    """What a device holds after it asked."""

    licenses: list[DeviceLicenseRow]
    next_check_seconds: int
