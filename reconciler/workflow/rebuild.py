"""`pvm inventory rebuild`: an inventory that was lost or damaged, made whole again.

What can be trusted is kept. What else is declared becomes ours again only where the server has it
exactly as declared: anything more is left to a plan, which people look at.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.core.holdings import Repair
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Locked
from reconciler.core.kind import Kind
from reconciler.core.plan import PlanOptions, Sort, Stopped
from reconciler.core.plan_guards import damage_stops
from reconciler.core.ports import Account, Capabilities, Reader, RemoteFailure, Writer
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Adopt
from reconciler.core.resource import Live
from reconciler.core.restoring import Restored, restore, restored_lives
from reconciler.core.shard_entries import EntryForm
from reconciler.core.shards import FOREIGN, HIDDEN, UNREADABLE
from reconciler.core.stock import head_address, head_parameters
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.workflow.head import BOOTSTRAP, shard_put
from reconciler.workflow.holdings import read_held
from reconciler.workflow.inventory import Held, Keeper, binding_of
from reconciler.workflow.pace import Pace
from reconciler.workflow.plan import Prepared, prepare
from reconciler.workflow.task import Task

_NOT_REPAIRED = (FOREIGN, HIDDEN, UNREADABLE)
"""Damage that is none: somebody else's, or nobody can look."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a rebuilding would do, and the shards that it would replace."""

    repair: Repair
    damaged: Mapping[str, Mapping[str, JsonValue]]
    """By name, as they are now: to be kept in a file."""
    held: Held
    restored: Restored


def examine(task: Task, reader: Reader) -> Examined:
    """What there is to rebuild.

    Raises:
        Stopped: The inventory belongs to somebody else, or the key is missing.
        InvalidInput: As `prepare`.
        RemoteFailure: The server can't be read.
    """
    held = read_held(task, reader)
    refused = [one for one in held.inventory.damages if one.sort in _NOT_REPAIRED]
    if refused:
        raise Stopped(damage_stops(refused))
    binding = binding_of(task)
    forms = EntryForm(KINDS, task.key), EntryForm(KINDS, None)
    restored = restore(held.stock, held.shards, binding, forms)
    whole = {
        name: Live(ResourceId(BOOTSTRAP.name, name), value)
        for name, value in restored_lives(restored, binding).items()
    }
    prepared = prepare(_adopting(task), _Overlaid(reader, whole), PlanOptions())
    names = {damage.shard for damage in held.inventory.damages}
    damaged = {name: live.value for name, live in held.shards.items() if name in names}
    return Examined(_repair(held, prepared), damaged, held, restored)


def rebuild(
    examined: Examined,
    task: Task,
    writer: Writer,
    chance: Callable[[int], bytes],
    pace: Pace,
) -> Repair:
    """Write what was examined, then record what is as declared.

    Raises:
        Locked: Somebody is applying, or nobody may.
        RemoteFailure: The server failed; rebuilding once more goes on.
    """
    _restore_head(examined, task, writer)
    keeper = Keeper(read_held(task, writer), task, writer, chance, pace)
    keeper.take_lease()
    try:
        for name, value in examined.restored.shards.items():
            put = shard_put(name, dict(value), examined.held.shards.get(name))
            writer.upsert(put.kind, put.desired, put.version)
        prepared = prepare(_adopting(task), writer, PlanOptions())
        keeper.refresh(prepared.held)
        keeper.renew()
        keeper.save(_entries(prepared), ())
    except (RemoteFailure, InvalidInput):
        # A lease that can't be let go ends by itself; people need to see the first failure.
        with suppress(RemoteFailure):
            keeper.release()
        raise
    keeper.release()
    return replace(_repair(prepared.held, prepared), damages=examined.repair.damages)


def _restore_head(examined: Examined, task: Task, writer: Writer) -> None:
    """A new head in the place of one that can't be trusted; raises `Locked`."""
    restored = examined.restored
    lease = restored.head.lease
    if lease is not None and lease.until > writer.now():
        raise Locked(lease.holder, lease.until)
    if restored.is_head_new:
        binding = binding_of(task)
        name = head_address(binding).name
        value = head_parameters(restored.head, binding)
        put = shard_put(name, value, examined.held.shards.get(name))
        writer.upsert(put.kind, put.desired, put.version)


def _adopting(task: Task) -> Task:
    """Whatever the project adopts otherwise: what is exactly as declared is ours."""
    return replace(task, project=replace(task.project, adopt=Adopt.IF_EQUAL))


def _entries(prepared: Prepared) -> list[Entry]:
    live = {one.id: one for rows in prepared.live.values() for one in rows}
    folded = {(id_.kind, KINDS[id_.kind].key(id_.name)): one for id_, one in live.items()}
    entries = []
    for record in prepared.plan.records:
        if record.sort in (Sort.ADOPTED, Sort.CONVERGED):
            key = record.id.kind, KINDS[record.id.kind].key(record.id.name)
            entry = prepared.ledger.recorded(record, folded.get(key))
            entries += [entry] if entry is not None else []
    return entries


def _repair(held: Held, prepared: Prepared) -> Repair:
    inventory = prepared.held.inventory
    return Repair(
        header=prepared.plan.header,
        damages=held.inventory.damages,
        kept=len(inventory.entries),
        recorded=[entry.id for entry in _entries(prepared)],
        differing=[one.id for one in prepared.plan.blocked if one.guard == "adopt"],
        protected=[ResourceId(*key) for key in sorted(inventory.protected)],
    )


class _Overlaid:
    """A reader to whom some bootstraps look as they will."""

    def __init__(self, reader: Reader, lives: Mapping[str, Live]) -> None:
        self._reader = reader
        self._lives = lives

    def capabilities(self) -> Capabilities:
        return self._reader.capabilities()

    def account(self) -> Account | None:
        return self._reader.account()

    def lists(self, kind: Kind) -> bool:
        return self._reader.lists(kind)

    def reads(self, kind: Kind) -> bool:
        return self._reader.reads(kind)

    def fetch(self, kind: Kind) -> Iterable[Live]:
        rows = self._reader.fetch(kind)
        if kind.name != BOOTSTRAP.name:
            return rows
        return [*(row for row in rows if row.id.name not in self._lives), *self._lives.values()]

    def find(self, kind: Kind, name: str) -> Live | None:
        if kind.name == BOOTSTRAP.name and name in self._lives:
            return self._lives[name]
        return self._reader.find(kind, name)

    def requests(self) -> Mapping[str, int]:
        return self._reader.requests()

    def now(self) -> datetime:
        return self._reader.now()
