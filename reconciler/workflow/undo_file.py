"""What an apply writes down before its first write, so that it can be taken back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.core.change import Change
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Key
from reconciler.core.resource import Desired, Live
from reconciler.core.undo import Earlier, Parties, Undo, remember
from reconciler.kinds import KINDS
from reconciler.workflow.plan import Prepared
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Naming:
    """Which apply it is."""

    id: str
    """Random."""
    number: int
    started: datetime


def undo_of(
    naming: Naming,
    task: Task,
    prepared: Prepared,
    bodies: Mapping[ResourceId, Desired],
    changes: Iterable[Change],
) -> Undo:
    """The objects of `changes` as they are before; `bodies` is what will be written."""
    live = {key_of(one.id): one for rows in prepared.live.values() for one in rows}
    return Undo(
        apply=naming.id,
        number=naming.number,
        project=task.project.name,
        project_id=task.project.id,
        target=task.target.name,
        url=task.target.url or "",
        customer=prepared.plan.header.customer,
        started=naming.started,
        commit=task.commit,
        objects=tuple(_earlier(one, prepared, bodies, live) for one in changes),
    )


def _earlier(
    change: Change,
    prepared: Prepared,
    bodies: Mapping[ResourceId, Desired],
    live: Mapping[Key, Live],
) -> Earlier:
    id_ = change.id
    key, body = key_of(id_), bodies.get(id_)
    after = prepared.ledger.fingerprint(id_, body.value) if body else ""
    entry = prepared.held.inventory.entries.get(key)
    sealer = prepared.ledger.pages[id_].sealer
    return remember(change, Parties(body, live.get(key), entry, sealer, after))


def key_of(id_: ResourceId) -> Key:
    """What identifies an object."""
    return id_.kind, KINDS[id_.kind].key(id_.name)
