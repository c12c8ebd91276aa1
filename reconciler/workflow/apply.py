"""`pvm apply`: execute a plan and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from reconciler.core.outcome import Outcome
from reconciler.core.plan import Plan
from reconciler.core.ports import Writer
from reconciler.core.receipt import Receipt
from reconciler.workflow.task import Task


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


def apply_plan(plan: Plan, task: Task, writer: Writer, run: Run) -> Receipt:
    """Execute the plan's steps; a failure skips only what depends on it.

    A plan with stops writes nothing and returns a receipt without outcomes.

    Raises:
        InvalidInput: The sources are not those that the plan was made from.
    """
    raise NotImplementedError(plan, task, writer, run)
