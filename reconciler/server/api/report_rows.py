"""The shapes of reports and of the dashboard's series."""

from typing import Literal

from pydantic import Field

from reconciler.server.api.rows import Owned, Row, Time

Day = str
Point = tuple[Day, int]
KnownPoint = tuple[Day, int | None]


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


class ChartRow(Row):
    """The days that a chart's lines have: of the asked ones those with data."""

    from_: Day | None = Field(alias="from", description="Null when no asked day has data")
    to: Day | None
    collected_since: Day | None = Field(description="The first day with data")
    clamped: bool = Field(description="Whether asked days are left out")


class LicenseLines(Row):
    """Seats by day; null where the day has no snapshot."""

    premium_used: list[KnownPoint]
    premium_total: list[KnownPoint]
    standard_used: list[KnownPoint]
    standard_total: list[KnownPoint]


class LicenseChartRow(ChartRow):
    """Seats bought and held."""

    series: LicenseLines


class TokenLines(Row):
    """Requests by day; `appId` asks for one line. PTT Pro for Windows has no App ID."""

    voice: list[Point] = Field(default=[], alias="WFC_VOICE_ANDROID")
    ptt_pro_android: list[Point] = Field(default=[], alias="WFC_PRO_ANDROID")
    ptt_pro_windows: list[Point] = Field(default=[], alias="PTT-Win", description="Always zero")
    profile_client: list[Point] = Field(default=[], alias="WFC_PC_ANDROID")
    ptt_pro_ios: list[Point] = Field(default=[], alias="WFC_PRO_IOS")
    central_service: list[Point] = Field(default=[], alias="WFC_CENTRAL_SERVICE_ANDROID")


class TokenChartRow(ChartRow):
    """Requests of tokens."""

    series: TokenLines
