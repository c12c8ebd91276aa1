"""The inventory as the server holds it: reading, and writing under a lease."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import sleep

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import NOTHING_KNOWN, Entry, Inventory, Note
from reconciler.core.ports import Operation, Reader, Writer, Written
from reconciler.core.resource import Live
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Held:
    """What was read, and the shards that it was read from."""

    inventory: Inventory = NOTHING_KNOWN
    shards: Mapping[str, Live] = field(default_factory=dict)
    """This project's reserved bootstraps by name, as the server has them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How a keeper spends time. Seconds, by the server's clock where it is about the lease."""

    ttl: float = 60.0
    """How long a lease holds after its last heartbeat."""
    heartbeat: float = 15.0
    settle: float = 0.5
    """Without entity tags: how long after a write of the head it is read back."""
    poll: float = 2.0
    """Between two looks at a lease that somebody else holds."""
    sleep: Callable[[float], None] = sleep


def read_inventory(
    task: Task, reader: Reader, bootstraps: Sequence[Live] | None, logins: Collection[str]
) -> Held:
    """The inventory of the task's project on this server.

    `bootstraps` is their list, `None` where there is none: then shards are found by name.
    `logins` are the declared and live login names: accounts are recorded by keyed hashes of them.
    Damage is no exception but part of the result; raises `RemoteFailure`.
    """
    return Held()


class Keeper:
    """Writes the inventory. Every write is guarded by the version that was read.

    Safe to share between the thread that works and the one that renews the lease.
    """

    def __init__(
        self,
        held: Held,
        task: Task,
        writer: Writer,
        chance: Callable[[int], bytes],
        pace: Pace = Pace(),
    ) -> None:
        raise NotImplementedError

    def refresh(self, held: Held) -> None:
        """Go on from an inventory that was read again, under the lease."""
        raise NotImplementedError

    def operations(
        self, puts: Sequence[Entry], drops: Sequence[ResourceId]
    ) -> tuple[Operation, ...]:
        """The writes of shards that put and drop these entries, in the order to send them.

        They count only once `accept` was told of them; without it, ask again.
        """
        raise NotImplementedError

    def accept(self, operations: Sequence[Operation], written: Sequence[Written]) -> None:
        """Remember what became of `operations`, the results in the same order."""
        raise NotImplementedError

    def save(self, puts: Sequence[Entry], drops: Sequence[ResourceId]) -> None:
        """Put and drop entries with single writes; raises `RemoteFailure`, `Stale` included."""
        raise NotImplementedError

    def take_lease(self, wait_seconds: float = 0.0) -> None:
        """Become the only one who writes; raises `Locked` when somebody else still is.

        A `Keeper` reads the head afresh, but not the shards: read the inventory again under the
        lease and `refresh`.
        """
        raise NotImplementedError

    def renew(self) -> None:
        """Hold the lease for another while; raises `LeaseLost`, `RemoteFailure`."""
        raise NotImplementedError

    def release(
        self, note: Note | None = None, *, undone: Mapping[str, str] | None = None
    ) -> Note | None:
        """Let the lease go, and note what was done: returned with the number that it got.

        `undone` replaces `Head.undone`. Without a lease of ours and without a note it does nothing.

        Raises:
            LeaseLost: There is something to note, and the lease is not ours any more.
            RemoteFailure: The head could not be written.
        """
        raise NotImplementedError

    def lock(self, until: datetime, reason: str) -> None:
        """Let nobody apply before `until`; a running apply stops at its next heartbeat."""
        raise NotImplementedError

    def unlock(self) -> bool:
        """Take the lock away; whether there was one."""
        raise NotImplementedError
