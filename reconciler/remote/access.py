"""What it takes to reach one server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from time import monotonic, sleep

from reconciler.core.project import Limits


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A machine's API token, or a user name and a password; the token wins."""

    username: str = ""
    password: str = ""
    token: str = ""

    def __repr__(self) -> str:
        """No value, whoever prints it."""
        return "Credentials(…)"


def _utc() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 -- stands beside the other clock, for the same reason


@dataclass(frozen=True, slots=True)
class Timing:
    """Clocks, waiting and chance, passed in so that tests need none of them."""

    now: Callable[[], float] = monotonic
    """Seconds of a clock that never goes back."""
    sleep: Callable[[float], None] = sleep
    chance: Callable[[], float] = field(default=SystemRandom().random)
    """From 0 up to 1."""
    utc: Callable[[], datetime] = _utc
    """What time it is here, for servers that do not tell; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Access:
    """One server and how it may be worked.

    Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY`), as for curl.
    """

    url: str
    """`https://host[:port][/prefix]`, without credentials, query or fragment."""
    credentials: Credentials
    ca_path: Path | None = None
    """A PEM file that alone is trusted; the system's certificates without it."""
    limits: Limits = field(default_factory=Limits)
    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Overrides per kind name, see `endpoints.py`."""
    customer: str | None = None
    """Sent along by vendor administrators, who see every customer."""
    source: str = ""
    """`<repository>@<commit>`: stands before the file and line that a write tells the server."""
    invites: bool = True
    """Whether the server may mail people whose accounts are created."""
    timing: Timing = field(default_factory=Timing)
