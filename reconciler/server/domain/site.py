"""Sites: where devices register for push-to-talk."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Site:
    """A stored site; `customer` is its customer's code."""

    customer: str
    name: str
    pro_server_name: str
    device_count: int
    source: str | None
    created_at: datetime
    updated_at: datetime
    updated_by: str
    version: int
