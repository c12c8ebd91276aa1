"""Request bodies: their content type, their strict reading, and their models."""

from collections.abc import Mapping
from typing import Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import Request

from reconciler.server.domain.customer import (
    DEFAULT_EXM_URL,
    Brand,
    LicenseColumns,
    ObsoleteGuard,
    Selection,
    VersionCheck,
)
from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError
from reconciler.server.domain.strict_json import read_object

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Body(BaseModel):
    """Keys are camelCase, types are exact, other keys are refused."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )


class Login(Body):
    """Exactly the two keys of the guides."""

    username: str = Field(min_length=1, max_length=256)
    password: str = Field(min_length=1, max_length=1024)


class LoginForm(BaseModel):
    """OAuth2's password grant; what clients send beside it is ignored."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    username: str = Field(min_length=1, max_length=256)
    password: str = Field(min_length=1, max_length=1024)
    grant_type: Literal["password"] = "password"


class Forgot(Body):
    """The registered address."""

    email: str = Field(min_length=3, max_length=254)


class Reset(Body):
    """The text of the mailed link, and the password it buys."""

    token: str = Field(min_length=1, max_length=256)
    new_password: str = Field(max_length=1024)


class PasswordChange(Body):
    """Changing a password needs the old one."""

    old_password: str = Field(max_length=1024)
    new_password: str = Field(max_length=1024)


class UserBody(Body):
    """A portal user; its login name stands in the query, a password in no document."""

    role: str = Field(max_length=32, examples=["Admin"])
    user_name: str = Field(max_length=128)
    email: str = Field(max_length=254)
    service_account: bool | None = Field(
        default=None,
        description="A machine, which may obsolete devices under any profile; the vendor's choice",
    )


class SiteBody(Body):
    """A site; its name stands in the query."""

    pro_server_name: str = Field(max_length=128)


class FirstAdministrator(Body):
    """The first Super-Admin of a new customer; invited by mail when no password is given."""

    login_name: str = Field(max_length=64)
    user_name: str = Field(max_length=128)
    email: str = Field(max_length=254)
    password: str | None = Field(default=None, max_length=1024)


class FlagsBody(Body):
    """What a customer has otherwise than its profile; absent or null is as the profile has it."""

    brand: Brand | None = None
    customer_obsolete: bool | None = Field(
        default=None, description="Super-Admins may obsolete devices"
    )
    obsolete_exm_guard: ObsoleteGuard | None = Field(
        default=None, description="What obsoleting does to a device that is signed in at EXM"
    )
    license_columns: LicenseColumns | None = None
    overage: bool | None = None
    grace: bool | None = None
    expiry_detection: bool | None = Field(
        default=None, description="A device may say that its license has expired"
    )
    selection: Selection | None = Field(
        default=None, description="Whether a token scan or a reboot may bring another license"
    )
    version_check: VersionCheck | None = Field(
        default=None, description="What a client gets that is too old for bootstrapping"
    )
    auto_create_sites: bool | None = Field(
        default=None, description="A registration makes a site that is missing"
    )
    auto_provisioning: bool | None = Field(
        default=None, description="A registration enters the device at PTT Pro"
    )


class CustomerBody(Body):
    """A customer; its code stands in the query."""

    name: str = Field(min_length=1, max_length=128)
    super_admin: FirstAdministrator | None = None
    voice: bool = False
    extension_manager: bool = False
    ptt_pro: bool = False
    profile_manager: bool = False
    profile: str = Field(default="3.1", max_length=8)
    exm_url: str = Field(default=DEFAULT_EXM_URL, max_length=512)
    ptt_pro_server_name: str = Field(default="", max_length=128)
    overage_percent: int = 0
    grace_period_days: int = 0
    license_release_days: int = 30
    exm_release_minutes: int = 60
    ptt_pro_removal_days: int = 30
    license_check_days: int = 90
    flags: FlagsBody = FlagsBody()


class ApiTokenBody(Body):
    """An API token; its name stands in the query."""

    scope: Literal["read", "write"]
    expires_at: str = Field(max_length=40, description="UTC, ISO 8601")


class Operation(Body):
    """One upsert or delete of a change set; `body` is what the single call takes."""

    op: Literal["upsert", "delete"]
    kind: Literal["Bootstrap", "Token", "Site", "PortalUser"]
    name: str
    body: dict[str, object] | None = None
    if_match: str | None = Field(default=None, examples=["3"])
    if_none_match: Literal["*"] | None = None
    source: str | None = None


class ChangeSet(Body):
    """Operations that are stored together or not at all."""

    operations: list[Operation]
    dry_run: bool = False


BodyType = TypeVar("BodyType", bound=BaseModel)
SMALL_BYTES = 64 * 1024


def media_type(request: Request) -> str:
    """The bare media type, folded; empty when none was sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_json(request: Request) -> None:
    """Refuse what does not call itself JSON.

    Raises:
        HTTPException: 415.
    """
    if media_type(request) != JSON:
        raise HTTPException(415)


def read_json(request: Request, model: type[BodyType], raw: bytes) -> BodyType:
    """A small JSON body as its model.

    Raises:
        HTTPException: 415.
        DomainError: as `read_object` and `fit`.
    """
    require_json(request)
    return fit(model, read_object(raw, SMALL_BYTES).value)


def fit(model: type[BodyType], value: Mapping[str, object]) -> BodyType:
    """The body as its model.

    Raises:
        DomainError: VALIDATION, naming every field that does not fit, never its value.
    """
    try:
        return model.model_validate(dict(value))
    except ValidationError as error:
        rows = tuple(
            FieldError(".".join(str(part) for part in row["loc"]), row["msg"])
            for row in error.errors(include_url=False, include_context=False, include_input=False)
        )
    raise DomainError(ErrorCode.VALIDATION, "the body does not fit this operation", errors=rows)


def read_form(raw: bytes) -> dict[str, str]:
    """A form's fields.

    Raises:
        DomainError: VALIDATION, for a form that repeats a field or is none.
    """
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise DomainError(ErrorCode.VALIDATION, "the body is not a form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise DomainError(ErrorCode.VALIDATION, "a form field is given more than once")
    return fields
