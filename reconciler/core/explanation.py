"""Where each value of one object comes from, and what the server has instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.resource import NO_REFERENCES
from reconciler.core.values import ABSENT, JsonValue, Maybe


class By(StrEnum):
    """What says something about a value."""

    LAYER = "layer"
    REMOVAL = "removal"
    """`remove`: what layers say does not hold."""
    DOCUMENT = "document"
    """The object's own."""
    TEMPLATE = "template"
    """A document of a fleet, for every line alike."""
    CELL = "cell"
    """A line of a fleet."""
    EXCEPTION = "exception"
    DEFAULT = "default"
    """Nothing says it: a field that was left out."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a line last, as Git tells; all empty while no commit holds it."""

    name: str = ""
    day: str = ""
    """`2026-11-22`."""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """One that a text was written with."""

    name: str
    value: JsonValue
    place: Place | None = None
    """Where `pvm.yaml` sets it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one part of the files says about a value; `ABSENT` where it takes the value away."""

    by: By
    name: str
    """Of the layer, the template or the column; empty for the others."""
    value: Maybe
    origin: Origin
    references: Mapping[str, str] = field(default_factory=lambda: NO_REFERENCES)
    """Of the part as a whole, by pointers into the object."""
    wins: bool = False
    """The value that holds; the others were overridden."""
    reason: str = ""
    """Of an exception, as `until`."""
    until: date | None = None
    template: Origin | None = None
    """Where a cell is put into a document."""
    variables: tuple[tuple[str, Origin], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A contribution as it is shown: secrets masked, places found."""

    by: By
    name: str
    value: Maybe
    place: Place | None
    wins: bool
    reason: str = ""
    until: date | None = None
    template: Place | None = None
    variables: tuple[Variable, ...] = ()
    author: Author | None = None
    """`None` where Git was not asked, or can't tell."""


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
    told: tuple[Told, ...] = ()
    """What says something about it, the value that holds last."""
    applied: Maybe = ABSENT
    """What was declared at the last apply."""


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
    recorded: bool | None = None
    """Whether the inventory holds its values of the last apply; `None` when it was not read."""
    notes: tuple[str, ...] = ()
    """What could not be told, and why."""
