"""What became of a step: a closed union."""

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.identity import ResourceId


@dataclass(frozen=True, slots=True)
class Applied:
    """The server confirmed it. `result` is `created`, `updated`, `unchanged` or `deleted`."""

    id: ResourceId
    result: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server refused it, or did not answer. `stale`: somebody changed it after the plan."""

    id: ResourceId
    reason: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Not tried, because `because` was not applied, or the run was interrupted (`None`)."""

    id: ResourceId
    because: ResourceId | None


Outcome: TypeAlias = Applied | Failed | Skipped
