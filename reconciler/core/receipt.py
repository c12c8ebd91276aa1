"""What an apply did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Outcome
from reconciler.core.plan import Plan


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """An object that the server confirmed and that reads back differently.

    In `fields`, `before` is what was written and `after` what the server has.
    """

    id: ResourceId
    reason: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The plan, what became of each of its steps, and what reading back found."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    """One for each step, in the plan's order; empty when the plan was stopped."""
    started: datetime
    finished: datetime
    """Both aware, UTC."""
    interrupted: bool = False
    """The run was asked to stop: running writes finished, the rest was skipped."""
    discrepancies: tuple[Discrepancy, ...] = ()
    unverified: str = ""
    """Why nothing could be read back; empty when it was."""
    requests: Mapping[str, int] | None = None
    """Requests of the whole run, by method."""
    id: str = ""
    """Random; empty when the inventory was never opened for it."""
    number: int = 0
    """1 for the first apply of an inventory; 0 when this one is not counted."""
    lease_lost: bool = False
    """Somebody else may write now: nothing new was started, and the rest was skipped."""
    unrecorded: str = ""
    """Why the inventory does not hold all that was written; empty when it does."""
    unjournaled: str = ""
    """Why this machine's journal is not complete; empty when it is."""
    undo_file: str = ""
    """Where what `pvm undo` needs was written; empty when nothing was."""
    normalised: tuple[Discrepancy, ...] = ()
    """What the server keeps in another form than it was sent: told once, and no failure."""
    postponed: str = ""
    """Why waves that were asked for were left for later: the window closed."""
    wave: int | None = None
    """The only wave that was asked for."""
