"""The inventory as the server holds it: reading, and writing under a lease."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import (
    NOTHING_KNOWN,
    PROTECTED_PREFIX,
    SHARD_PREFIX,
    Damage,
    Entry,
    Inventory,
    Key,
    Lock,
    Note,
)
from reconciler.core.ports import Operation, Put, Reader, Rejected, Stale, Writer, Written
from reconciler.core.resource import Live
from reconciler.core.shard_entries import EntryForm
from reconciler.core.shards import HIDDEN, Address, Binding, Untrusted, address_of
from reconciler.core.shelf import Sheet, Shelf
from reconciler.core.stock import (
    UNDONE,
    Stock,
    foreign_owners,
    head_address,
    open_head,
    open_stock,
    protected_line,
    sheet_parameters,
    undone_line,
)
from reconciler.core.values import json_equal
from reconciler.kinds import KINDS
from reconciler.workflow.head import BOOTSTRAP, HeadShard, shard_put
from reconciler.workflow.pace import Pace
from reconciler.workflow.task import Task

__all__ = ["Held", "Keeper", "Pace", "binding_of", "read_inventory"]

_TRIES: Final = 3
_DEFAULT_PACE: Final = Pace()


@dataclass(frozen=True, slots=True)
class Held:
    """What was read, and the shards that it was read from."""

    inventory: Inventory = NOTHING_KNOWN
    shards: Mapping[str, Live] = field(default_factory=dict)
    """This project's reserved bootstraps by name, as the server has them."""
    stock: Stock = field(default_factory=Stock)
    """The same, opened."""


def binding_of(task: Task) -> Binding:
    """What this project's shards on this target are bound to."""
    return Binding(task.project.name, task.project.id, task.target.name, task.key)


def read_inventory(
    task: Task, reader: Reader, bootstraps: Sequence[Live] | None, logins: Collection[str]
) -> Held:
    """The inventory of the task's project on this server.

    `bootstraps` is their list, `None` where there is none: then shards are found by name.
    `logins` are the declared and live login names: accounts are recorded by keyed hashes of them.
    Damage is no exception but part of the result; raises `RemoteFailure`.
    """
    binding, form = binding_of(task), EntryForm(KINDS, task.key, logins)
    if bootstraps is None and not reader.reads(BOOTSTRAP):
        if not reader.lists(BOOTSTRAP):
            return Held(Inventory(damages=(_out_of_reach(binding),)))
        bootstraps = tuple(reader.fetch(BOOTSTRAP))
    if bootstraps is None:
        own = {live.id.name: live for live in _by_name(reader, binding)}
        foreign: Mapping[Key, str] = {}
    else:
        own = {live.id.name: live for live in bootstraps if _is_own(live, binding)}
        foreign = foreign_owners(bootstraps, binding.project, form)
    stock = open_stock(own.values(), binding, form)
    return Held(replace(stock.inventory, foreign=foreign), own, stock)


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
        pace: Pace = _DEFAULT_PACE,
    ) -> None:
        self._task = task
        self._writer = writer
        self._binding = binding_of(task)
        self._form = EntryForm(KINDS, task.key)
        self._holder = task.run or "somebody"
        self._guard = RLock()
        self._head = HeadShard(writer, self._binding, chance, pace)
        self._shards: dict[str, Live] = {}
        self._shelves: dict[str, Shelf] = {}
        self._drafts: dict[str, tuple[str, Sheet]] = {}
        self.refresh(held)

    def refresh(self, held: Held) -> None:
        """Go on from an inventory that was read again, under the lease."""
        with self._guard:
            self._shards = dict(held.shards)
            self._shelves = {
                SHARD_PREFIX: held.stock.entries.copy(),
                PROTECTED_PREFIX: held.stock.protected.copy(),
            }
            self._drafts.clear()
            self._head.orphaned = bool(held.shards) and self._head.name not in held.shards
            self._count()

    def operations(
        self, puts: Sequence[Entry], drops: Sequence[ResourceId]
    ) -> tuple[Operation, ...]:
        """The writes of shards that put and drop these entries, in the order to send them.

        They count only once `accept` was told of them; without it, ask again.
        """
        with self._guard:
            recorded = [entry for entry in puts if self._form.is_recorded(entry.id.kind)]
            keys = [self._form.stored_key(id_) for id_ in drops if self._can_name(id_)]
            lines = {self._form.stored_key(one.id): self._form.line(one) for one in recorded}
            return self._drafted(*self._protection(recorded, keys), lines, keys)

    def accept(self, operations: Sequence[Operation], written: Sequence[Written]) -> None:
        """Remember what became of `operations`, the results in the same order."""
        with self._guard:
            for operation, result in zip(operations, written, strict=True):
                if not isinstance(operation, Put):
                    continue
                name = operation.desired.id.name
                prefix, sheet = self._drafts.pop(name)
                self._shelves[prefix].accept(sheet)
                live = Live(operation.desired.id, operation.desired.value, result.version)
                self._shards[name] = live
            self._count()

    def save(self, puts: Sequence[Entry], drops: Sequence[ResourceId]) -> None:
        """Put and drop entries with single writes.

        Raises:
            LeaseLost: Somebody else wrote the inventory.
            RemoteFailure: Not everything was written; saving the same again goes on.
        """
        self._send(lambda: self.operations(puts, drops))

    def reload(self) -> None:
        """Read the shards again after one was found changed; what was asked for is asked again.

        Raises:
            LeaseLost: The lease is not ours any more.
            RemoteFailure: They can't be read, or not be trusted.
        """
        self._head.check()
        found = read_inventory(self._task, self._writer, None, ())
        for damage in found.inventory.damages:
            raise Rejected(damage.shard, f"{damage.reason}; `pvm inventory show` tells more")
        self.refresh(found)

    def take_lease(self, wait_seconds: float = 0.0) -> None:
        """Become the only one who writes; raises `Locked` when somebody else still is.

        The head is read afresh, the shards are not: read the inventory again under the lease and
        `refresh`. Raises also `RemoteFailure`, for a head that can't be trusted too.
        """
        self._head.take_lease(self._holder, wait_seconds)

    def renew(self) -> None:
        """Hold the lease for another while.

        Raises:
            LeaseLost: Somebody else has it, or `pvm lock` was called meanwhile.
            RemoteFailure: Nobody knows; the lease holds until its time is over.
        """
        self._head.renew()

    def release(
        self, note: Note | None = None, *, undone: Mapping[str, str] | None = None
    ) -> Note | None:
        """Let the lease go, and note what was done: returned with the number that it got.

        `undone` replaces `Head.undone`. Without a lease of ours and without a note it does nothing.

        Raises:
            LeaseLost: There is something to note, and the lease is not ours any more.
            RemoteFailure: The head could not be written.
        """
        if undone is not None:
            self._head.check()
            self._send(lambda: self._undone(undone))
        return self._head.release(note)

    def lock(self, until: datetime, reason: str) -> None:
        """Let nobody apply before `until`; a running apply stops at its next heartbeat."""
        self._head.lock(Lock(until, reason, self._holder))

    def unlock(self) -> bool:
        """Take the lock away; whether there was one."""
        return self._head.unlock()

    def _can_name(self, id_: ResourceId) -> bool:
        """Without a key no account is recorded, and no hash can be made of its login."""
        return self._form.is_recorded(id_.kind)

    def _protection(
        self, recorded: Sequence[Entry], dropped: Sequence[Key]
    ) -> tuple[dict[Key, str], list[Key]]:
        """Names to add to the protected ones, and keys to remove."""
        key = self._form.stored_key
        added = {key(one.id): protected_line(one.id, self._form) for one in recorded if one.protect}
        return added, [*dropped, *(key(one.id) for one in recorded if not one.protect)]

    def _drafted(
        self,
        protect: Mapping[Key, str],
        release: Collection[Key],
        puts: Mapping[Key, str],
        drops: Collection[Key],
    ) -> tuple[Operation, ...]:
        """The writes; names of protected objects before the objects themselves."""
        self._drafts.clear()
        made: list[Operation] = []
        for prefix, new, gone in (
            (PROTECTED_PREFIX, protect, release),
            (SHARD_PREFIX, puts, drops),
        ):
            sheets = self._shelves[prefix].rewritten(new, gone)
            count = max([self._shelves[prefix].count, *(sheet.number for sheet in sheets)])
            for sheet in sheets:
                name = Address(prefix, self._binding.project, sheet.number).name
                value = sheet_parameters(sheet, prefix, count, self._binding)
                self._drafts[name] = prefix, sheet
                made.append(shard_put(name, value, self._shards.get(name)))
        return tuple(made)

    def _undone(self, undone: Mapping[str, str]) -> tuple[Operation, ...]:
        with self._guard:
            lines = dict(undone_line(id_, print_) for id_, print_ in undone.items())
            known = self._shelves[SHARD_PREFIX].lines()
            gone = [key for key in known if key[0] == UNDONE and key not in lines]
            return self._drafted({}, (), lines, gone)

    def _send(self, make: Callable[[], Sequence[Operation]]) -> None:
        """Write what `make` asks for; again, from a fresh reading, if a shard was changed."""
        with self._guard:
            for _ in range(_TRIES - 1):
                try:
                    self._send_each(make())
                except Stale:
                    self.reload()
                else:
                    return
            self._send_each(make())

    def _send_each(self, operations: Sequence[Operation]) -> None:
        for operation in operations:
            if isinstance(operation, Put):
                self._check_untouched(operation.desired.id.name)
                written = self._writer.upsert(operation.kind, operation.desired, operation.version)
                self.accept((operation,), (written,))

    def _check_untouched(self, name: str) -> None:
        """Where the server can't check a precondition itself, look just before the write."""
        if "etag" in self._writer.capabilities().offers:
            return
        known, live = self._shards.get(name), self._writer.find(BOOTSTRAP, name)
        if (known is None) != (live is None) or (
            known and live and not json_equal(known.value, live.value)
        ):
            raise Stale(name, "somebody changed it after it was read")

    def _count(self) -> None:
        """What the head is to say at its next write."""
        self._head.counts = (
            self._shelves[SHARD_PREFIX].count,
            self._shelves[PROTECTED_PREFIX].count,
        )


def _is_own(live: Live, binding: Binding) -> bool:
    address = address_of(live.id.name)
    return address is not None and address.project == binding.project


def _by_name(reader: Reader, binding: Binding) -> Iterator[Live]:
    """The head, and each family up to its count and on to the first that is missing."""
    live = reader.find(BOOTSTRAP, head_address(binding).name)
    counts = (0, 0)
    if live is not None:
        yield live
        with suppress(Untrusted):
            head = open_head(live.value, binding)
            counts = head.shards, head.protected_shards
    for prefix, count in zip((SHARD_PREFIX, PROTECTED_PREFIX), counts, strict=True):
        for number in itertools.count(1):
            live = reader.find(BOOTSTRAP, Address(prefix, binding.project, number).name)
            if live is not None:
                yield live
            elif number > count:
                break


def _out_of_reach(binding: Binding) -> Damage:
    reason = "the server lets bootstraps be neither listed nor read"
    return Damage(head_address(binding).name, HIDDEN, reason)
