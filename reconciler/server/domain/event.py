"""Events: the record of what users did (R-08, R-09)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Severity(StrEnum):
    """How much an event matters (R-13)."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class EventType(StrEnum):
    """Everything that leaves an event."""

    LOGIN = "LOGIN"
    LOGIN_FAILED = "LOGIN_FAILED"
    LOGOUT = "LOGOUT"
    PASSWORD_RESET_REQUEST = "PASSWORD_RESET_REQUEST"
    PASSWORD_RESET = "PASSWORD_RESET"
    PASSWORD_CHANGE = "PASSWORD_CHANGE"
    API_TOKEN_ADD = "API_TOKEN_ADD"
    API_TOKEN_DELETE = "API_TOKEN_DELETE"
    USER_ADD = "USER_ADD"
    USER_UPDATE = "USER_UPDATE"
    USER_DELETE = "USER_DELETE"
    BOOTSTRAP_ADD = "BOOTSTRAP_ADD"
    BOOTSTRAP_UPDATE = "BOOTSTRAP_UPDATE"
    BOOTSTRAP_DELETE = "BOOTSTRAP_DELETE"
    TOKEN_ADD = "TOKEN_ADD"
    TOKEN_UPDATE = "TOKEN_UPDATE"
    TOKEN_DELETE = "TOKEN_DELETE"
    SITE_ADD = "SITE_ADD"
    SITE_UPDATE = "SITE_UPDATE"
    SITE_DELETE = "SITE_DELETE"
    CUSTOMER_ADD = "CUSTOMER_ADD"
    CUSTOMER_UPDATE = "CUSTOMER_UPDATE"
    CUSTOMER_DELETE = "CUSTOMER_DELETE"
    LICENSE_SYNC_GET = "LICENSE_SYNC_GET"
    LICENSE_SYNC_PUT = "LICENSE_SYNC_PUT"
    LICENSE_SYNC_SYSTEM = "LICENSE_SYNC_SYSTEM"
    LICENSE_OVERCOMMIT = "LICENSE_OVERCOMMIT"
    LICENSE_EXHAUSTED = "LICENSE_EXHAUSTED"
    LICENSE_MIGRATED = "LICENSE_MIGRATED"
    LICENSE_RELEASED = "LICENSE_RELEASED"
    DEVICE_OBSOLETE = "DEVICE_OBSOLETE"
    DEVICE_REHOMED = "DEVICE_REHOMED"
    APP_MISMATCH = "APP_MISMATCH"
    VERSION_TOO_OLD = "VERSION_TOO_OLD"
    SITE_CONFLICT = "SITE_CONFLICT"
    PTTPRO_ADD = "PTTPRO_ADD"
    PTTPRO_REMOVE = "PTTPRO_REMOVE"
    PTTPRO_ERROR = "PTTPRO_ERROR"
    PARTNER_ERROR = "PARTNER_ERROR"
    JOB_FAILED = "JOB_FAILED"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ids begin with its time, as `new_id` makes them.

    `user_login` is None for the system's own doing (R-14), `target` is the name of the
    object; `customer` the code, None for the vendor's own.
    """

    id: str
    timestamp: datetime
    customer: str | None
    user_login: str | None
    type: EventType
    severity: Severity
    info: str
    target: str | None
    source: str | None
