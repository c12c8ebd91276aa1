"""What would be done to one object: a closed union; mypy names each place a member must reach."""

from dataclasses import dataclass
from typing import TypeAlias

from reconciler.core.identity import ResourceId
from reconciler.core.values import Maybe


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One difference; secrets are masked already, once, in the differ."""

    pointer: str
    before: Maybe
    after: Maybe
    hidden: bool = False
    """A secret was masked in `before` or `after`; both may look alike and still differ."""


@dataclass(frozen=True, slots=True)
class Create:
    """`fields` holds one change at the pointer "" from ABSENT."""

    id: ResourceId
    fields: tuple[FieldChange, ...]
    after: str
    """Digest of the declared value (`core/fingerprint.py`)."""


@dataclass(frozen=True, slots=True)
class Update:
    """`version` is the entity tag the server had, `None` where it offers none."""

    id: ResourceId
    fields: tuple[FieldChange, ...]
    before: str
    after: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Delete:
    """`fields` holds one change at the pointer "" to ABSENT."""

    id: ResourceId
    fields: tuple[FieldChange, ...]
    before: str
    version: str | None


Change: TypeAlias = Create | Update | Delete
