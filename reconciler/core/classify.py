"""The truth table: what declared, recorded and live together mean for one object.

Git changed an object when its declaration is not what was asked for at the last apply; the server
changed it when it is not what was seen then. `core/merge.py` is the same table for single fields.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from types import MappingProxyType
from typing import Final


class Verdict(StrEnum):
    """The classes of the table."""

    IN_SYNC = "in sync"
    NORMALISED = "normalised"
    """As it was asked for and as it was seen, which is not the same."""
    PENDING_CREATE = "pending create"
    PENDING_UPDATE = "pending update"
    DRIFT = "drift"
    DIVERGED = "diverged"
    """Both sides changed it; the fields decide."""
    CONVERGED = "converged"
    INTERRUPTED = "interrupted"
    ADOPT = "adopt"
    ADOPT_CHANGES = "adopt with changes"
    DELETED_OUTSIDE = "deleted outside"
    PENDING_DELETE = "pending delete"
    CONFLICT_ON_DELETE = "conflict on delete"
    GONE = "already gone"
    UNMANAGED = "unmanaged"


class Recorded(StrEnum):
    """What the inventory has of an object."""

    NOT = "not"
    ANNOUNCED = "announced"
    OWNED = "owned"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is asked about one object. The last three mean nothing where a side is missing."""

    declared: bool
    recorded: Recorded
    live: bool
    git_changed: bool = False
    server_changed: bool = False
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `None` stands for any value."""

    declared: bool
    recorded: Recorded
    live: bool
    verdict: Verdict
    git_changed: bool | None = None
    server_changed: bool | None = None
    equal: bool | None = None

    def facts(self) -> Iterator[Facts]:
        """Every combination that the row stands for."""
        flags = map(_any, (self.git_changed, self.server_changed, self.equal))
        for git, server, equal in product(*flags):
            yield Facts(self.declared, self.recorded, self.live, git, server, equal)


def _any(flag: bool | None) -> tuple[bool, ...]:  # noqa: FBT001 -- the value itself
    return (False, True) if flag is None else (flag,)


YES: Final = True
NO: Final = False
ANY: Final = None
_NOT, _ANNOUNCED, _OWNED = Recorded.NOT, Recorded.ANNOUNCED, Recorded.OWNED

# declared, recorded, live, verdict; then: Git changed it, the server changed it, both are equal now
TABLE: Final = (
    Row(YES, _OWNED, YES, Verdict.IN_SYNC, NO, NO, YES),
    Row(YES, _OWNED, YES, Verdict.NORMALISED, NO, NO, NO),
    Row(YES, _OWNED, YES, Verdict.PENDING_UPDATE, YES, NO, NO),
    Row(YES, _OWNED, YES, Verdict.DRIFT, NO, YES, NO),
    Row(YES, _OWNED, YES, Verdict.DIVERGED, YES, YES, NO),
    Row(YES, _OWNED, YES, Verdict.CONVERGED, YES, ANY, YES),
    Row(YES, _OWNED, YES, Verdict.CONVERGED, NO, YES, YES),
    Row(YES, _OWNED, NO, Verdict.DELETED_OUTSIDE),
    Row(YES, _ANNOUNCED, YES, Verdict.CONVERGED, ANY, ANY, YES),
    Row(YES, _ANNOUNCED, YES, Verdict.INTERRUPTED, ANY, ANY, NO),
    Row(YES, _ANNOUNCED, NO, Verdict.PENDING_CREATE),
    Row(YES, _NOT, YES, Verdict.ADOPT, ANY, ANY, YES),
    Row(YES, _NOT, YES, Verdict.ADOPT_CHANGES, ANY, ANY, NO),
    Row(YES, _NOT, NO, Verdict.PENDING_CREATE),
    Row(NO, _OWNED, YES, Verdict.PENDING_DELETE, ANY, NO),
    Row(NO, _OWNED, YES, Verdict.CONFLICT_ON_DELETE, ANY, YES),
    Row(NO, _ANNOUNCED, YES, Verdict.PENDING_DELETE, ANY, NO),
    Row(NO, _ANNOUNCED, YES, Verdict.CONFLICT_ON_DELETE, ANY, YES),
    Row(NO, _OWNED, NO, Verdict.GONE),
    Row(NO, _ANNOUNCED, NO, Verdict.GONE),
    Row(NO, _NOT, YES, Verdict.UNMANAGED),
)

_VERDICTS: Final[Mapping[Facts, Verdict]] = MappingProxyType(
    {facts: row.verdict for row in TABLE for facts in row.facts()}
)


def classify(facts: Facts) -> Verdict:
    """The verdict on one object in scope.

    Raises:
        KeyError: It is nowhere: neither declared, nor recorded, nor live.
    """
    return _VERDICTS[facts]
