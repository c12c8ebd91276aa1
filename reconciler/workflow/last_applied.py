"""What an object was declared as at its last apply, as the inventory remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.ports import Reader, RemoteFailure
from reconciler.core.resource import NO_REFERENCES
from reconciler.core.sealing import is_sealed
from reconciler.core.values import ABSENT, MASK, JsonValue, Maybe
from reconciler.workflow.inventory import read_inventory
from reconciler.workflow.task import Task


@dataclass(frozen=True, slots=True)
class Memory:
    """What there is of it."""

    content: Maybe = ABSENT
    """Secrets masked, and whatever was a reference."""
    references: Mapping[str, str] = field(default_factory=lambda: NO_REFERENCES)
    """Pointers whose text was a reference, with that text."""
    recorded: bool | None = None
    """`None` when it is not known whether the object was ever applied."""
    notes: tuple[str, ...] = ()


def recall(task: Task, reader: Reader | None, kind: Kind, id_: ResourceId) -> Memory:
    """Look an object up; what can't be read is noted, never taken for nothing."""
    if reader is None:
        return Memory()
    try:
        held = read_inventory(task, reader, None, (id_.name,))
    except RemoteFailure as failure:
        note = f"the inventory can't be read, so last applied is unknown: {failure}"
        return Memory(notes=(note,))
    entry = held.inventory.entries.get((kind.name, kind.key(id_.name)))
    if entry is None:
        unknown = bool(held.inventory.damages)
        note = "the inventory is damaged, so last applied is unknown: see pvm inventory show"
        return Memory(recorded=None if unknown else False, notes=(note,) if unknown else ())
    if entry.content is ABSENT:
        note = "last applied is not kept: too large for the inventory, or never finished"
        return Memory(recorded=True, notes=(note,))
    return Memory(_unsealed(entry.content), entry.references, recorded=True)


def _unsealed(value: JsonValue) -> JsonValue:
    """The value with a mask wherever a secret was sealed."""
    if isinstance(value, Mapping):
        return {key: _unsealed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_unsealed(item) for item in value]
    return MASK if is_sealed(value) else value
