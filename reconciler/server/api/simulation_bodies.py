"""What people send to a server that simulates its partners."""

from pydantic import Field

from reconciler.server.api.bodies import Body
from reconciler.server.api.extension_manager_rows import DeviceTold


class ClockBody(Body):
    """A moment, or so many seconds on; one of the two."""

    now: str | None = Field(default=None, max_length=40)
    advance_seconds: int | None = Field(default=None, ge=0)


class MoodBody(Body):
    """How a partner behaves from now on."""

    mood: str = Field(max_length=16)


class SiteNameBody(Body):
    """A department of a PTT Pro server."""

    site: str = Field(min_length=1, max_length=64)


class EntitlementsBody(Body):
    """Everything that a customer has bought."""

    entitlements: list[dict[str, object]] = Field(max_length=10_000)


class SignInBody(DeviceTold):
    """A device that signs in, with the phone systems that it is set up for."""

    features: list[str] = Field(min_length=1, max_length=16)
