"""The truth table: what declared and live together mean.

                declared?
             yes │       │ no
           live? │       │ live?
         yes │ no│       │yes
    equal?   │   │       │
  yes │ no   │   │       │
      │  │   │   │       │
in sync  │  pending    unmanaged ── prune: scope ──▶ pending delete
         │  create
   pending update
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.core.project import Prune


class Verdict(StrEnum):
    """The classes of the table; those that change something share their text with `plan.Class`."""

    IN_SYNC = "in sync"
    PENDING_CREATE = "pending create"
    PENDING_UPDATE = "pending update"
    PENDING_DELETE = "pending delete"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `equal` is asked only where both exist; `prune` only for the rest."""

    declared: bool
    live: bool
    equal: bool
    prune: Prune
    verdict: Verdict


def _rows(verdict: Verdict, *, declared: bool, live: bool, equal: bool = False) -> tuple[Row, ...]:
    """Rows that hold under every `prune`."""
    return tuple(Row(declared, live, equal, prune, verdict) for prune in Prune)


ROWS: Final = (
    *_rows(Verdict.IN_SYNC, declared=True, live=True, equal=True),
    *_rows(Verdict.PENDING_UPDATE, declared=True, live=True),
    *_rows(Verdict.PENDING_CREATE, declared=True, live=False),
    Row(declared=False, live=True, equal=False, prune=Prune.NEVER, verdict=Verdict.UNMANAGED),
    Row(declared=False, live=True, equal=False, prune=Prune.OWNED, verdict=Verdict.UNMANAGED),
    Row(declared=False, live=True, equal=False, prune=Prune.SCOPE, verdict=Verdict.PENDING_DELETE),
)

_TABLE: Final[Mapping[tuple[bool, bool, bool, Prune], Verdict]] = {
    (row.declared, row.live, row.equal, row.prune): row.verdict for row in ROWS
}


def classify(prune: Prune, *, declared: bool, live: bool, equal: bool = False) -> Verdict:
    """The verdict on one object in scope.

    Raises:
        KeyError: It is nowhere, or equal to what does not exist.
    """
    return _TABLE[declared, live, equal, prune]
