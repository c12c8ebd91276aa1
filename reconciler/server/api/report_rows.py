"""The shapes of reports and of the dashboard's series."""

from typing import Literal

from pydantic import Field

from reconciler.server.api.rows import Owned, Time


class HistoryRow(Owned):
    """One request of a device."""

    timestamp: Time
    action: Literal["BOOTSTRAP", "REGISTER", "CHECKIN", "LICENSE", "OBSOLETE", "RELEASE"]
    token: str | None = Field(description="What stood in the token's place; may be a device id")
    app_id: str | None
    device_id: str | None
    result: Literal["OK", "FAILED"]
    code: str | None = Field(description="Of the refusal")
    detail: str
    remote_address: str | None
