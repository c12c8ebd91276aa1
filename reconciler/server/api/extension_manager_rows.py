"""The shapes that an Extension Manager sends and gets; it alone is told whole external ids."""

from typing import Literal

from pydantic import Field

from reconciler.server.api.bodies import Body
from reconciler.server.api.license_rows import LicenseTypeName, LotStateName
from reconciler.server.api.rows import Row, Time

MOST_BYTES = 1024 * 1024
License = Literal["ASSIGNED", "UNASSIGNED"]
UseStatus = Literal["IN_USE", "NOT_IN_USE", "NOT_IN_USE_HELD"]


class PoolRow(Row):
    """A lot of the customer, as its Extension Manager sees it."""

    external_id: str
    type: LicenseTypeName
    total_licenses: int
    expiration: Time
    state: LotStateName
    total_used: int
    used_in_exm: int


class PushResultRow(Row):
    """What became of one item."""

    index: int
    result: Literal["APPLIED", "IGNORED_OLDER", "UNKNOWN_LOT"]


class PushRow(Row):
    """What became of a push, item by item."""

    results: list[PushResultRow]


class ExmSeatRow(Row):
    """A license that a device holds."""

    feature: str
    type: LicenseTypeName
    external_id: str
    expiration: Time
    state: LotStateName
    license: License
    use_status: UseStatus


class ExmSeatsRow(Row):
    """Everything that a device holds."""

    licenses: list[ExmSeatRow]


class DeviceTold(Body):
    """A device, and what is known of it."""

    device_id: str = Field(max_length=128, examples=["TC52_18304522512397"])
    app_version: str = Field(default="", max_length=64)
    manufacturer: str = Field(default="", max_length=128)
    model: str = Field(default="", max_length=128)
    os_version: str = Field(default="", max_length=64)
    os_build: str = Field(default="", max_length=128)


class PushedBody(DeviceTold):
    """A seat of a device, as the Extension Manager has it since `updatedAt`."""

    feature: str = Field(max_length=64, examples=["CUCM_STANDARD"])
    external_id: str = Field(min_length=1, max_length=128)
    license: License
    use_status: UseStatus
    updated_at: str = Field(max_length=40, description="UTC, ISO 8601")


class PushBody(Body):
    """Seats; of two words about one seat the newer counts."""

    exm: str = Field(max_length=128, description="What the Extension Manager calls itself")
    items: list[PushedBody] = Field(max_length=1000)


class VisitBody(DeviceTold):
    """A device that signs out, or checks in."""

    exm: str = Field(max_length=128, description="What the Extension Manager calls itself")


class SignInBody(VisitBody):
    """A device that signs in, with the phone systems that it is set up for."""

    features: list[str] = Field(min_length=1, max_length=16, examples=[["CUCM_STANDARD"]])
