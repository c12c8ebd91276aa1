"""The trail that people leave on the server: who changed or deleted what has drifted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from reconciler.core.inventory import Inventory, Key
from reconciler.core.kind import Kind
from reconciler.core.plan import Drifted, Mark
from reconciler.core.resource import moment_of
from reconciler.core.values import ABSENT

STILL: Final = "drift"
"""The count of a note that says how many objects differed from Git after that apply."""


class Deed(StrEnum):
    """What happened to an object."""

    ADD = "ADD"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event about one object."""

    kind: str
    name: str
    deed: Deed
    by: str
    """The login name; empty for the system's own doing."""
    at: str
    """As the server spells it."""


@dataclass(frozen=True, slots=True)
class Trail:
    """What happened lately, the newest first."""

    happenings: tuple[Happening, ...]
    complete: bool
    """Whether it is all since the moment that was asked for."""


def last_clean(inventory: Inventory) -> Mark | None:
    """The last apply after which nothing differed: what drifts now was changed since then.

    `None` where no note says so: of earlier versions, or of applies that looked at a part only.
    """
    notes = inventory.head.notes if inventory.head else ()
    for note in reversed(notes):
        if note.counts.get(STILL) == 0:
            return Mark(note.number, note.finished)
    return None


def look_back_to(inventory: Inventory) -> datetime | None:
    """Since when happenings can tell something: the last clean apply, else all that are known."""
    clean = last_clean(inventory)
    if clean is not None:
        return clean.finished
    notes = inventory.head.notes if inventory.head else ()
    return notes[0].finished if notes else None


def traced(
    drifted: Sequence[Drifted], trail: Trail, since: datetime | None, kinds: Mapping[str, Kind]
) -> tuple[Drifted, ...]:
    """The same with who and when, as far as the trail says it.

    Of a deleted object its deletion, of others everyone who wrote it from `since` on, if the
    trail is complete. Who wrote an object last is the object's own to say, where it does.
    """
    found: dict[Key, list[Happening]] = {}
    for one in trail.happenings:
        found.setdefault((one.kind, kinds[one.kind].key(one.name)), []).append(one)
    start = since if trail.complete else None
    keys = [(row.id.kind, kinds[row.id.kind].key(row.id.name)) for row in drifted]
    pairs = zip(drifted, keys, strict=True)
    return tuple(_traced(row, found.get(key, ()), start) for row, key in pairs)


def _traced(row: Drifted, newest_first: Sequence[Happening], since: datetime | None) -> Drifted:
    if not newest_first:
        return row
    last = newest_first[0]
    gone = any(not field.pointer and field.after is ABSENT for field in row.fields)
    if gone != (last.deed is Deed.DELETE):
        return row  # it happened after the objects were read
    if gone:
        return replace(row, changed_by=last.by, changed_at=last.at)
    row = replace(row, changed_by=row.changed_by or last.by, changed_at=row.changed_at or last.at)
    if since is None:
        return row
    lately = [one for one in reversed(newest_first) if _is_since(one, since)]
    writers = tuple(dict.fromkeys(one.by for one in lately if one.by))
    if len(writers) <= 1 or row.changed_by not in writers:
        return row
    return replace(row, writers=writers, first_at=lately[0].at)


def _is_since(one: Happening, since: datetime) -> bool:
    moment = moment_of(one.at)
    return moment is not None and moment > since
