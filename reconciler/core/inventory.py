"""What this project owns on a server, and how it last left it.

The inventory is kept on the server itself, in reserved bootstraps (`core/shards.py`). It tells
pending changes from drift: Git changed an object when its declaration is no longer what was
`asked`, the server changed it when it no longer is what was `seen`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from reconciler.core.identity import ResourceId
from reconciler.core.values import ABSENT, Maybe

Key: TypeAlias = tuple[str, str]
"""Kind name and name as names of the kind are told apart: what identifies an object."""

SHARD_PREFIX: Final = "pvm-inventory-"
PROTECTED_PREFIX: Final = "pvm-protected-"


def is_reserved(kind: str, name: str) -> bool:
    """Whether the object is pvm's own: in nobody's scope, never exported, never pruned."""
    return kind == "Bootstrap" and name.startswith((SHARD_PREFIX, PROTECTED_PREFIX))


class State(StrEnum):
    """How far an object's creation came."""

    ANNOUNCED = "announced"
    """About to be written; whether it was, the server tells."""
    OWNED = "owned"


@dataclass(frozen=True, slots=True)
class Entry:
    """One object that this project created or adopted."""

    id: ResourceId
    state: State
    asked: str = ""
    """Fingerprint of what was declared when it was last applied (`core/sealing.py`)."""
    seen: str = ""
    """Fingerprint of what the server returned then; empty when it was never read back."""
    content: Maybe = ABSENT
    """What was declared then, secrets sealed; `ABSENT` when it would not fit into a shard."""
    kept: Mapping[str, Maybe] = field(default_factory=lambda: MappingProxyType({}))
    """Pointers where the server's answer differed from `content`, with the sealed answer."""
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Pointers whose text was a reference to a secret then, with that text."""
    protect: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write, for a short while."""

    id: str
    """Random, one for each apply."""
    holder: str
    """For people: the CI run, or user and host."""
    until: datetime
    """By the server's clock; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The emergency stop of `pvm lock`."""

    until: datetime
    reason: str
    holder: str


@dataclass(frozen=True, slots=True)
class Note:
    """One finished apply, as `pvm history` lists it."""

    id: str
    """Random."""
    number: int
    """1 for the first apply of this inventory."""
    finished: datetime
    commit: str | None
    clean: bool | None
    source_hash: str
    actor: str
    """The login that wrote."""
    run: str
    """The CI run, or user and host."""
    counts: Mapping[str, int]
    """By `created`, `updated`, `deleted`, `adopted`, `failed`, `skipped`."""


@dataclass(frozen=True, slots=True)
class Head:
    """What shard 00 holds."""

    project: str
    project_id: str
    target: str
    shards: int
    """How many shards of entries there are, 01 and up."""
    protected_shards: int = 0
    """How many shards name what was declared with `protect: true`, 01 and up."""
    lease: Lease | None = None
    lock: Lock | None = None
    notes: tuple[Note, ...] = ()
    """The last 20, oldest first."""
    undone: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """`Kind/name` to the fingerprint that `pvm undo` took back while Git still declares it."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A shard that can't be trusted."""

    shard: str
    """The reserved bootstrap's name."""
    sort: str
    """A stable word.

    `missing`, `damaged`, `foreign`, `elsewhere` (of another target), `unsigned`, `unreadable`
    (signed, and there is no key) or `hidden` (the server does not show it).
    """
    reason: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything known about what was applied before; the default knows nothing."""

    head: Head | None = None
    """`None`: this project was never applied to this server."""
    entries: Mapping[Key, Entry] = field(default_factory=lambda: MappingProxyType({}))
    foreign: Mapping[Key, str] = field(default_factory=lambda: MappingProxyType({}))
    """Objects that another project's inventory holds, and that project's name."""
    protected: frozenset[Key] = frozenset()
    """Objects once declared with `protect: true`, also after the entries were lost."""
    damages: tuple[Damage, ...] = ()
    digest: str = ""
    """Of all shards together: the base of a plan."""

    @property
    def last(self) -> Note | None:
        """The last apply that finished."""
        return self.head.notes[-1] if self.head and self.head.notes else None


NOTHING_KNOWN: Final = Inventory()


class Locked(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """Somebody else may write now, or nobody may; nothing was written."""

    def __init__(self, holder: str, until: datetime, reason: str = "") -> None:
        self.holder = holder
        self.until = until
        """By the server's clock; aware, UTC."""
        self.reason = reason
        """What `pvm lock` was told; empty when another apply holds the lease."""
        super().__init__(f"locked by {holder} until {until:%Y-%m-%d %H:%M:%S}Z")


class LeaseLost(Exception):  # noqa: N818 -- as above
    """The lease is no longer ours: start nothing new."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
