"""History: every request of a device (D-20)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What a device did, or what was done to it (R-03)."""

    BOOTSTRAP = "BOOTSTRAP"
    REGISTER = "REGISTER"
    CHECKIN = "CHECKIN"
    LICENSE = "LICENSE"
    OBSOLETE = "OBSOLETE"
    RELEASE = "RELEASE"


class Result(StrEnum):
    """How it ended."""

    OK = "OK"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One request; ids begin with its time, as `new_id` makes them, and sort in their order.

    `customer` is a code, None when the request named no customer's token. `token` is what stood
    in the token's place (R-04) and is kept only when it has a token's or a device id's form.
    `code` is the refusal's.
    """

    id: str
    timestamp: datetime
    customer: str | None
    action: Action
    token: str | None
    app_id: str | None
    device_id: str | None
    result: Result
    code: str | None
    detail: str
    remote_address: str | None
