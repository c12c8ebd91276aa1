"""The head of the inventory on the server: lease, lock and notes, each write guarded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Head, Lease, LeaseLost, Lock, Locked, Note
from reconciler.core.origin import Origin
from reconciler.core.ports import Put, Rejected, Stale, Writer
from reconciler.core.resource import Desired, Live
from reconciler.core.shard_head import NOTES
from reconciler.core.shards import Binding, Untrusted
from reconciler.core.stock import head_address, head_parameters, open_head
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.workflow.pace import Pace

BOOTSTRAP: Final = KINDS["Bootstrap"]

_TRIES: Final = 5
_ID_BYTES: Final = 16

Edit = Callable[[Head | None, datetime], Head]
"""The head as it is, and the server's time, to the head as it should be."""


def shard_put(name: str, value: dict[str, JsonValue], known: Live | None) -> Put:
    """The write of one shard that still is as `known`."""
    desired = Desired(ResourceId(BOOTSTRAP.name, name), value, Origin("pvm inventory", 0, 1))
    return Put(BOOTSTRAP, desired, known.version if known else None)


class HeadShard:
    """Shard 00 of one project; safe to share between threads."""

    def __init__(
        self, writer: Writer, binding: Binding, chance: Callable[[int], bytes], pace: Pace
    ) -> None:
        self._writer = writer
        self._binding = binding
        self._chance = chance
        self._pace = pace
        self._guard = RLock()
        self._known: Live | None = None
        self._lease = ""
        self.orphaned = False
        """There are shards but no head: a new one would hide that something is missing."""
        self.counts = (0, 0)
        """Shards of entries and of protected names, as far as they are known here."""

    @property
    def name(self) -> str:
        """The reserved bootstrap's."""
        return head_address(self._binding).name

    def take_lease(self, holder: str, wait_seconds: float) -> None:
        """As `Keeper.take_lease`."""
        waited = 0.0
        while True:
            try:
                self._take(holder)
            except Locked:
                nap = min(self._pace.poll, wait_seconds - waited)
                if nap <= 0:
                    raise
                self._pace.sleep(nap)
                waited += nap
            else:
                return

    def renew(self) -> None:
        """As `Keeper.renew`."""

        def edit(head: Head | None, now: datetime) -> Head:
            mine = self._mine(head)
            if mine.lock and mine.lock.until > now:
                reason = f"{mine.lock.holder} locked every apply: {mine.lock.reason}"
                raise LeaseLost(reason)
            lease = Lease(self._lease, _holder(mine), now + timedelta(seconds=self._pace.ttl))
            return replace(mine, lease=lease)

        self._change(edit)

    def check(self) -> None:
        """Raises `LeaseLost` unless the lease is ours, by a fresh look."""
        with self._guard:
            self._mine(self._read())

    def release(self, note: Note | None) -> Note | None:
        """As `Keeper.release`."""
        if not self._lease and note is None:
            return None

        def edit(head: Head | None, _: datetime) -> Head:
            mine = self._mine(head)
            if note is None:
                return replace(mine, lease=None)
            number = mine.notes[-1].number + 1 if mine.notes else 1
            notes = (*mine.notes, replace(note, number=number))
            return replace(mine, lease=None, notes=notes[-NOTES:])

        try:
            head = self._change(edit)
        except LeaseLost:
            self._lease = ""
            if note is None:
                return None
            raise
        self._lease = ""
        return head.notes[-1] if note is not None else None

    def lock(self, lock: Lock) -> None:
        """As `Keeper.lock`."""

        def edit(head: Head | None, _: datetime) -> Head:
            return replace(head or self._new(), lock=lock)

        self._insist(edit, lambda head: head.lock == lock)

    def unlock(self) -> bool:
        """As `Keeper.unlock`."""
        with self._guard:
            head = self._read()
            if head is None or head.lock is None:
                return False

        def edit(head: Head | None, _: datetime) -> Head:
            return replace(head or self._new(), lock=None)

        self._insist(edit, lambda head: head.lock is None)
        return True

    def _take(self, holder: str) -> None:
        id_ = self._chance(_ID_BYTES).hex()

        def edit(head: Head | None, now: datetime) -> Head:
            head = head or self._new()
            _refuse_locked(head, now)
            until = now + timedelta(seconds=self._pace.ttl)
            return replace(head, lease=Lease(id_, holder, until))

        with self._guard:
            self._known = None
            self._change(edit)
            if not self._has_tags():
                # Two that wrote at once both saw no lease: the one that wrote last has it.
                self._pace.sleep(self._pace.settle)
                head = self._read()
                if head is None or head.lease is None or head.lease.id != id_:
                    _refuse_locked(head or self._new(), self._writer.now())
                    message = "the lease that was just taken is gone; try again"
                    raise Stale(self.name, message)
            self._lease = id_

    def _insist(self, edit: Edit, is_so: Callable[[Head], bool]) -> None:
        """Change the head; without entity tags, again if somebody wrote over it."""
        for _ in range(_TRIES):
            self._change(edit)
            if self._has_tags():
                return
            self._pace.sleep(self._pace.settle)
            head = self._read()
            if head is not None and is_so(head):
                return
        raise self._too_often()

    def _change(self, edit: Edit) -> Head:
        """Read the head unless it is known, and write it; again while others write it."""
        with self._guard:
            for _ in range(_TRIES):
                head = self._opened() if self._known and self._has_tags() else self._read()
                wanted = edit(head, self._writer.now())
                shards, protected = self.counts
                wanted = replace(
                    wanted,
                    shards=max(wanted.shards, shards),
                    protected_shards=max(wanted.protected_shards, protected),
                )
                try:
                    self._write(wanted)
                except Stale:
                    self._known = None
                else:
                    return wanted
            raise self._too_often()

    def _read(self) -> Head | None:
        self._known = self._writer.find(BOOTSTRAP, self.name)
        return self._opened()

    def _opened(self) -> Head | None:
        """The head as it was read last."""
        if self._known is None:
            if self.orphaned:
                raise Rejected(self.name, "it was deleted; `pvm inventory rebuild` makes a new one")
            return None
        try:
            return open_head(self._known.value, self._binding)
        except Untrusted as reason:
            message = f"{reason.reason}; `pvm inventory show` tells more"
            raise Rejected(self.name, message) from reason

    def _write(self, head: Head) -> None:
        value = head_parameters(head, self._binding)
        put = shard_put(self.name, value, self._known)
        written = self._writer.upsert(put.kind, put.desired, put.version)
        self._known = Live(put.desired.id, value, written.version)

    def _mine(self, head: Head | None) -> Head:
        lease = head.lease if head else None
        if head is not None and lease is not None and self._lease and lease.id == self._lease:
            return head
        other = f"{lease.holder} took the lease" if lease else "the lease was taken away"
        raise LeaseLost(other)

    def _new(self) -> Head:
        binding = self._binding
        return Head(binding.project, binding.project_id, binding.target, 0)

    def _has_tags(self) -> bool:
        return "etag" in self._writer.capabilities().offers

    def _too_often(self) -> Stale:
        message = "others changed it each time; try again"
        return Stale(self.name, message)


def _refuse_locked(head: Head, now: datetime) -> None:
    """Raises `Locked`."""
    if head.lock and head.lock.until > now:
        raise Locked(head.lock.holder, head.lock.until, head.lock.reason)
    if head.lease and head.lease.until > now:
        raise Locked(head.lease.holder, head.lease.until)


def _holder(head: Head) -> str:
    return head.lease.holder if head.lease else ""
