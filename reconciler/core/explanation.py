"""Where each value of one object comes from, and what the server has instead."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.values import ABSENT, JsonValue, Maybe


@dataclass(frozen=True, slots=True)
class ExplainedValue:
    """One value that is no map (an empty map counts as a value); secrets are masked."""

    pointer: str
    declared: Maybe
    live: Maybe = ABSENT
    equal: bool | None = None
    """`None` when the server was not asked, or when a secret has no value here."""
    origin: Origin | None = None
    place: Place | None = None
    """Where it is written; `None` when it is not declared or filled in by default."""
    hidden: bool = False
    """A secret was masked in `declared` or `live`; both may look alike and still differ."""
    ignored: bool = False
    """The project says that it never compares."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One object, value by value, in the order of pointers."""

    id: ResourceId
    rows: tuple[ExplainedValue, ...]
    declared: bool
    on_server: bool | None
    """`None` when the server was not asked."""
    in_scope: bool
    pointer: str = ""
    """What was asked for; every row lies at or below it."""
    place: Place | None = None
    """The document."""
    version: str | None = None
    facts: Mapping[str, JsonValue] | None = None
    """What the server keeps about the object (`updatedBy`, `lastUsedAt`)."""
