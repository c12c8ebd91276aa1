"""Request bodies: their content type, their strict reading, and their models."""

from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.exceptions import HTTPException
from starlette.requests import Request

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError

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
    """A portal user; its login name stands in the query."""

    role: str = Field(max_length=32)
    user_name: str = Field(max_length=128)
    email: str = Field(max_length=254)
    password: str | None = Field(default=None, max_length=1024)


class SiteBody(Body):
    """A site; its name stands in the query."""

    pro_server_name: str = Field(max_length=128)


class FirstAdministrator(Body):
    """The first Super-Admin of a new customer; invited by mail when no password is given."""

    login_name: str = Field(max_length=64)
    user_name: str = Field(max_length=128)
    email: str = Field(max_length=254)
    password: str | None = Field(default=None, max_length=1024)


class CustomerBody(Body):
    """A customer; its code stands in the query."""

    name: str = Field(min_length=1, max_length=128)
    super_admin: FirstAdministrator | None = None
    voice: bool = False
    extension_manager: bool = False
    ptt_pro: bool = False
    profile_manager: bool = False
    profile: Literal["3.0", "3.1"] = "3.1"


class ApiTokenBody(Body):
    """An API token; its name stands in the query."""

    scope: Literal["read", "write"]
    expires_at: str = Field(max_length=40, description="UTC, ISO 8601")


class Operation(Body):
    """One upsert or delete of a change set."""

    op: Literal["upsert", "delete"]
    kind: Literal["Bootstrap", "Token", "Site", "PortalUser"]
    name: str = Field(max_length=128)
    body: dict[str, object] | None = None
    if_match: str | None = Field(default=None, max_length=24)
    if_none_match: Literal["*"] | None = None
    source: str | None = Field(default=None, max_length=512)


class ChangeSet(Body):
    """Operations that are stored together or not at all."""

    operations: Annotated[list[Operation], Field(min_length=1)]
    dry_run: bool = False


BodyType = TypeVar("BodyType", bound=Body)


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


def fit(model: type[BodyType], value: object) -> BodyType:
    """The body as its model.

    Raises:
        DomainError: VALIDATION, naming every field that does not fit, never its value.
    """
    try:
        return model.model_validate(value)
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
