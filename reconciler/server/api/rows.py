"""The shapes of answers, for the OpenAPI document; `representation` writes what they describe."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

RoleName = Literal["User", "Admin", "Super-Admin", "Vendor-Admin"]
AppName = Literal[
    "WFC_VOICE_ANDROID",
    "WFC_CENTRAL_SERVICE_ANDROID",
    "WFC_PRO_ANDROID",
    "WFC_PC_ANDROID",
    "WFC_PRO_IOS",
]
Time = str


class Row(BaseModel):
    """Keys are camelCase; times are UTC, ISO 8601 with a `Z`."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class FieldProblem(Row):
    """One thing that does not fit."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None
    index: int | None = Field(default=None, description="Operation of a change set, from 0")


class ProblemRow(Row):
    """An error, as RFC 9457 has it. It never repeats what was sent."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldProblem]
    request_id: str


class SignedInRow(Row):
    """What a log-in buys; the form variant also has OAuth2's own spellings."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds")
    access_token_: str | None = Field(default=None, alias="access_token")
    token_type_: Literal["Bearer"] | None = Field(default=None, alias="token_type")


class CustomerName(Row):
    """A customer as others refer to it."""

    code: str
    name: str


class AccountRow(Row):
    """Who is signed in, and what that allows."""

    login_name: str
    user_name: str
    role: RoleName
    email: str
    status: Literal["INVITED", "ACTIVE", "DISABLED"]
    last_login_at: Time | None
    created_at: Time
    scope: Literal["read", "write"]
    customer: CustomerName | None
    permissions: list[str]


class Owned(Row):
    """A row of one customer; only vendor administrators, who see many, are told whose."""

    customer: str | None = Field(default=None, description="Vendor administrators only")


class CustomerRow(Row):
    """A customer with its settings; units stand in the names.

    `flags` are those of the profile with `flagOverrides` in their place.
    """

    code: str
    name: str
    profile: str
    flags: dict[str, bool | str]
    flag_overrides: dict[str, bool | str]
    voice: bool
    extension_manager: bool
    ptt_pro: bool
    profile_manager: bool
    exm_url: str
    ptt_pro_server_name: str
    overage_percent: int
    grace_period_days: int
    license_release_days: int
    exm_release_minutes: int
    ptt_pro_removal_days: int
    license_check_days: int
    created_at: Time
    updated_at: Time
    version: int


class BootstrapRow(Owned):
    """A bootstrap; `parameters` is the document as it was sent."""

    name: str
    parameters: dict[str, object]
    tokens: list[str]
    source: str | None
    created_at: Time
    updated_at: Time
    updated_by: str
    version: int


class TokenRow(Owned):
    """A token with the parameters a device would receive."""

    name: str
    app_id: AppName
    bootstrap: str
    description: str
    parameters: dict[str, object]
    qr_code: str = Field(description="Address of the image")
    intent: str | None = Field(description="Absent for iOS")
    adb: str | None
    source: str | None
    created_at: Time
    updated_at: Time
    updated_by: str
    last_used_at: Time | None
    use_count: int
    version: int


class SiteRow(Owned):
    """A site."""

    name: str
    pro_server_name: str
    device_count: int
    source: str | None
    created_at: Time
    updated_at: Time
    updated_by: str
    version: int


class UserRow(Owned):
    """A portal user."""

    login_name: str
    user_name: str
    role: RoleName
    email: str
    status: Literal["INVITED", "ACTIVE", "DISABLED"]
    service_account: bool
    last_login_at: Time | None
    source: str | None
    created_at: Time
    updated_at: Time
    version: int


class IntentRow(Row):
    """How an Android device takes a token without a camera."""

    uri: str
    adb: str


class VersionRow(Row):
    """The software version, and the profile it runs by default."""

    version: str
    profile: str


class HealthRow(Row):
    """Whether the server can answer from its database."""

    status: Literal["UP", "DOWN"]


class LimitRow(Row):
    """Sizes that requests may have."""

    body_bytes: int
    change_operations: int
    change_bytes: int
    page_size: int


class CapabilityRow(Row):
    """What this server offers; a client does without what is missing."""

    version: str
    profile: str
    time: Time
    capabilities: list[str]
    limits: LimitRow


class EventRow(Owned):
    """One thing that happened."""

    timestamp: Time
    user_login: str | None
    type: str
    severity: Literal["INFO", "WARN", "ERROR"]
    info: str
    target: str | None
    source: str | None


class ApiTokenRow(Row):
    """An API token, without its text."""

    name: str
    scope: Literal["read", "write"]
    created_at: Time
    expires_at: Time
    last_used_at: Time | None


class NewApiTokenRow(ApiTokenRow):
    """An API token just made; `token` is shown this once."""

    token: str


class OperationRow(Row):
    """What became of one operation."""

    index: int
    result: Literal["created", "updated", "unchanged", "deleted"]
    version: int | None


class ChangeResultRow(Row):
    """What became of a change set."""

    results: list[OperationRow]
