"""The lease of an apply, renewed beside the work for as long as it lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

from reconciler.core.inventory import LeaseLost
from reconciler.core.ports import RemoteFailure
from reconciler.workflow.inventory import Pace


class Renewable(Protocol):
    """What holds the lease: a `Keeper`."""

    def renew(self) -> None:
        """As `Keeper.renew`."""
        ...


class Lease:
    """Whether we may still write; safe to share between threads."""

    def __init__(self, keeper: Renewable, pace: Pace) -> None:
        self._keeper = keeper
        self._pace = pace
        self._silent_seconds = 0.0
        self._lost = Event()
        self.reason = ""
        """Why it was lost."""

    def is_lost(self) -> bool:
        """Whether somebody else may write now."""
        return self._lost.is_set()

    def lose(self, reason: str) -> None:
        """Give it up for lost."""
        self.reason = self.reason or reason
        self._lost.set()

    def check(self) -> bool:
        """Renew it now; whether it is still ours.

        Without an answer it is not: a wave waits for nobody.
        """
        try:
            self._keeper.renew()
        except (LeaseLost, RemoteFailure) as failure:
            self.lose(str(failure))
        return not self.is_lost()

    def beat(self) -> None:
        """Renew it in the background: a missing answer does no harm while the lease still holds."""
        try:
            self._keeper.renew()
        except LeaseLost as lost:
            self.lose(str(lost))
        except RemoteFailure as failure:
            self._silent_seconds += self._pace.heartbeat
            if self._silent_seconds + self._pace.heartbeat >= self._pace.ttl:
                self.lose(str(failure))
        else:
            self._silent_seconds = 0.0


@contextmanager
def beating(keeper: Renewable, pace: Pace) -> Iterator[Lease]:
    """Renew the lease within the block; whoever took it also lets it go."""
    lease, done = Lease(keeper, pace), Event()

    def beat() -> None:
        while not done.wait(pace.heartbeat) and not lease.is_lost():
            lease.beat()

    thread = Thread(target=beat, name="pvm-lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        done.set()
        thread.join()
