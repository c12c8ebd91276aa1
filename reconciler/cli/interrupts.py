"""SIGINT and SIGTERM during an apply: the first asks it to end, the second ends it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from types import FrameType

from reconciler.cli.call import Call
from reconciler.cli.exits import Interruption, of_interruption
from reconciler.cli.terminal import write_note

_KINDS = {signal.SIGINT: Interruption.INTERRUPT, signal.SIGTERM: Interruption.TERMINATE}


@dataclass(slots=True)
class Interrupts:
    """Whether a signal came, and which one was the first."""

    call: Call
    first: Interruption = Interruption.INTERRUPT
    event: Event = field(default_factory=Event)

    def receive(self, number: int, _: FrameType | None) -> None:
        """A signal's handler; raises SystemExit the second time."""
        kind = _KINDS[signal.Signals(number)]
        if self.event.is_set():
            raise SystemExit(of_interruption(kind))
        self.first = kind
        self.event.set()
        write_note("stopping: running writes finish; once more ends at once", self.call)


@contextmanager
def interrupts(call: Call) -> Iterator[Interrupts]:
    """Receive the signals within the block, in the main thread."""
    received = Interrupts(call)
    before = {number: signal.signal(number, received.receive) for number in _KINDS}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
