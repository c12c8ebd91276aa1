"""Every refusal of the server: one code, one sentence, and where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn


class ErrorCode(StrEnum):
    """The codes that a problem document may carry; the API gives each its status."""

    VALIDATION = "VALIDATION"
    MALFORMED_JSON = "MALFORMED_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"
    WEAK_PASSWORD = "WEAK_PASSWORD"
    RESET_INVALID = "RESET_INVALID"
    CUSTOMER_REQUIRED = "CUSTOMER_REQUIRED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    BAD_API_KEY = "BAD_API_KEY"
    FORBIDDEN = "FORBIDDEN"
    APP_MISMATCH = "APP_MISMATCH"
    VERSION_TOO_OLD = "VERSION_TOO_OLD"
    PREMIUM_NOT_ALLOWED = "PREMIUM_NOT_ALLOWED"
    OBSOLETE_DISABLED = "OBSOLETE_DISABLED"
    EXM_NOT_ENTITLED = "EXM_NOT_ENTITLED"
    NOT_FOUND = "NOT_FOUND"
    UNKNOWN_BOOTSTRAP = "UNKNOWN_BOOTSTRAP"
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN"
    UNKNOWN_SITE = "UNKNOWN_SITE"
    UNKNOWN_DEVICE = "UNKNOWN_DEVICE"
    CONFLICT = "CONFLICT"
    IN_USE = "IN_USE"
    TOKEN_TAKEN = "TOKEN_TAKEN"
    NO_INTENT = "NO_INTENT"
    PTTPRO_DISABLED = "PTTPRO_DISABLED"
    SITE_HAS_DEVICES = "SITE_HAS_DEVICES"
    SITE_CONFLICT = "SITE_CONFLICT"
    NO_LICENSE_AVAILABLE = "NO_LICENSE_AVAILABLE"
    LICENSE_EXPIRED = "LICENSE_EXPIRED"
    USE_EXM = "USE_EXM"
    ACTIVE_IN_EXM = "ACTIVE_IN_EXM"
    ALREADY_MIGRATED = "ALREADY_MIGRATED"
    JOB_RUNNING = "JOB_RUNNING"
    LAST_SUPER_ADMIN = "LAST_SUPER_ADMIN"
    SELF = "SELF"
    STALE_VERSION = "STALE_VERSION"
    TOO_LARGE = "TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    UPSTREAM = "UPSTREAM"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that does not fit; `line` and `column` from 1, `index` of an operation from 0."""

    field: str
    message: str
    line: int | None = None
    column: int | None = None
    index: int | None = None


class DomainError(Exception):
    """A refusal. Its texts never repeat what the caller sent, apart from valid names."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        errors: Sequence[FieldError] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_seconds = retry_after_seconds


def refuse(field: str, message: str) -> NoReturn:
    """Refuse one field.

    Raises:
        DomainError: VALIDATION.
    """
    error = FieldError(field, message)
    raise DomainError(ErrorCode.VALIDATION, f"{field}: {message}", (error,))
