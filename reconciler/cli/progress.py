"""How far an apply is: one line that moves on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Final

from reconciler.cli.call import Call
from reconciler.cli.terminal import write_note
from reconciler.render.screen import number
from reconciler.workflow.apply import Progress, stay_silent

INTERVAL_SECONDS: Final = 10.0
Tell = Callable[[Progress], None]


@dataclass(slots=True)
class PeriodicLine:
    """Writes at most one line every ten seconds, and none for a short run."""

    write: Callable[[str], None]
    clock: Callable[[], float] = monotonic
    """Seconds."""
    started: float = field(init=False)
    told: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.told = self.clock()

    def __call__(self, progress: Progress) -> None:
        """One more step is done."""
        now = self.clock()
        if now - self.told >= INTERVAL_SECONDS:
            self.told = now
            self.write(progress_text(progress, now - self.started))


def progress_text(progress: Progress, seconds: float) -> str:
    """`applied 120 of 3,331 · 40.0/s · 80 s left`; `seconds` since the start, above 0."""
    rate = progress.done / seconds
    left = (progress.total - progress.done) / rate
    done = f"{number(progress.done)} of {number(progress.total)}"
    return f"applied   {done} · {rate:.1f}/s · {left:.0f} s left"


@contextmanager
def shown_progress(total: int, call: Call) -> Iterator[Tell]:
    """What to call after each step; all of it goes to standard error."""
    if call.quiet or total == 0:
        yield stay_silent
    elif sys.stderr.isatty():
        with _moving_line(total, call) as tell:
            yield tell
    else:
        yield PeriodicLine(partial(write_note, call=call))


@contextmanager
def _moving_line(total: int, call: Call) -> Iterator[Tell]:
    from rich.console import Console  # noqa: PLC0415 -- 90 ms that only a terminal needs
    from rich.progress import (  # noqa: PLC0415 -- as above
        BarColumn,
        MofNCompleteColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Line  # noqa: PLC0415 -- as above

    console = Console(stderr=True, no_color=call.no_color)
    columns = ("applying", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Line(*columns, console=console, transient=True) as line:
        task = line.add_task("", total=total)
        yield lambda progress: line.update(task, completed=progress.done)
