"""What files are to say so that they say what the server has, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.resource import NO_REFERENCES
from reconciler.core.values import Maybe


@dataclass(frozen=True, slots=True)
class Wish:
    """One place of one object that differs; lists are taken as a whole."""

    id: ResourceId
    pointer: str
    """Into the object's value."""
    value: Maybe
    """As meant, with the text of references where secrets stand; `ABSENT` removes."""
    references: Mapping[str, str] = field(default_factory=lambda: NO_REFERENCES)
    """Pointers from `pointer` on whose text refers to secrets."""
    shown: FieldChange = field(default_factory=lambda: FieldChange("", None, None))
    """From what the files say to what they will say, secrets masked."""


@dataclass(frozen=True, slots=True)
class Left:
    """Drift that no edit of a file can take over."""

    id: ResourceId
    reason: str
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that was asked for."""

    values: tuple[Wish, ...] = ()
    gone: tuple[ResourceId, ...] = ()
    """Deleted on the server."""
    left: tuple[Left, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What new references to secrets stand for."""


@dataclass(frozen=True, slots=True)
class Edited:
    """One edit for people."""

    file: str
    line: int
    """1-based."""
    change: FieldChange
    objects: tuple[ResourceId, ...]
    """Whose drift it takes over."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What was written, and what was not."""

    edits: tuple[Edited, ...] = ()
    left: tuple[Left, ...] = ()
    files: tuple[str, ...] = ()
    """Written, relative to the project's folder; sorted."""
    references: frozenset[str] = frozenset()
    """Texts of new references that were written."""
