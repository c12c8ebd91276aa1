"""What became of a step: a closed union."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.identity import ResourceId


@dataclass(frozen=True, slots=True)
class Applied:
    """The server confirmed it. `result` is `created`, `updated`, `unchanged` or `deleted`."""

    id: ResourceId
    result: str


class Why(StrEnum):
    """What kind of failure it was."""

    REFUSED = "refused"
    STALE = "stale"
    """Somebody changed the object after the plan was made."""
    DENIED = "denied"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Failed:
    """The server refused it, or did not answer."""

    id: ResourceId
    reason: str
    why: Why = Why.REFUSED


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not tried, because `because` was not applied, or for `reason`, or the run was interrupted."""

    id: ResourceId
    because: ResourceId | None
    reason: str = ""
    """Why the run did not come to it; empty when it was interrupted."""


Outcome: TypeAlias = Applied | Failed | Skipped
