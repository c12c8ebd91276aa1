"""The world around one apply."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Protocol

from reconciler.core.outcome import Outcome
from reconciler.core.undo import Undo
from reconciler.workflow.inventory import Pace
from reconciler.workflow.journal import Journal, NoJournal


class Stop(Protocol):
    """Asks a run to end soon; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether no further write may start."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, told after each step, always from the caller's own thread."""

    done: int
    total: int
    outcome: Outcome


def stay_silent(_: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Run:
    """The world around one apply."""

    stop: Stop
    now: Callable[[], datetime]
    """Aware, UTC."""
    progress: Callable[[Progress], None] = stay_silent
    journal: Journal = field(default_factory=NoJournal)
    chance: Callable[[int], bytes] = token_bytes
    """So many random bytes."""
    pace: Pace = field(default_factory=Pace)
    lock_wait_seconds: float = 0.0
    """How long to wait for another apply to end."""
    wave: int | None = None
    """The only wave to execute."""
    max_age: timedelta | None = None
    """How old a plan may be; `None`: as its maker said."""
    undo: Undo | None = None
    """What the plan takes back, if it takes something back."""
