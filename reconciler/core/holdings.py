"""What commands about the inventory itself come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Damage, Head, Inventory
from reconciler.core.plan import Header, Mark
from reconciler.core.project import Hold


@dataclass(frozen=True, slots=True)
class Shard:
    """One reserved bootstrap."""

    name: str
    bytes: int
    """Of its JSON text."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What this project owns on a server, and where that is written."""

    header: Header
    inventory: Inventory
    shards: Sequence[Shard]
    now: datetime
    """The server's time; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What rebuilding an inventory keeps, finds and leaves out."""

    header: Header
    damages: Sequence[Damage]
    kept: int
    """Entries that can be trusted."""
    recorded: Sequence[ResourceId]
    """As declared on the server, and recorded again."""
    differing: Sequence[ResourceId]
    """Declared, there, and different: they have to be adopted."""
    protected: Sequence[ResourceId]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.damages or self.recorded)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far files and server are apart."""

    header: Header
    head: Head | None
    now: datetime
    """The server's time; aware, UTC."""
    counts: Mapping[str, int]
    """By `pending`, `records`, `drift`, `conflict`, `blocked`."""
    stops: Sequence[str]
    """Why a plan would write nothing."""
    guarantees: Sequence[str]
    """What this server can't promise."""
    waiting_since: datetime | None = None
    """When the oldest commit was made that is not applied; `None` when nobody knows."""
    drifted_since: str = ""
    """When the oldest drift was made, as the server spells it; empty when it does not tell."""
    drifted_after: Mark | None = None
    """The apply after which all drift came; `None` without drift, or when nobody knows."""
    holds: Sequence[Hold] = ()
    """Of the project, the one that ends first in front."""
