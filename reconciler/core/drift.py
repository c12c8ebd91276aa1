"""How the server differs from what is declared."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Header


@dataclass(frozen=True, slots=True)
class DriftedObject:
    """An object that exists on both sides and differs.

    In `fields`, `before` is the declared value and `after` the server's.
    """

    id: ResourceId
    cause: str
    """`file:line` of the document."""
    fields: tuple[FieldChange, ...]
    changed_by: str = ""
    """Who wrote it last, where the server tells; never a guess."""
    changed_at: str = ""
    """When, as the server spells it."""


@dataclass(frozen=True, slots=True)
class MissingObject:
    """Declared, and not on the server."""

    id: ResourceId
    cause: str
    """`file:line` of the document."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Every difference at one moment, in the order of kinds and names."""

    header: Header
    objects: tuple[DriftedObject, ...]
    missing: tuple[MissingObject, ...]
    unmanaged: tuple[ResourceId, ...]
    """In scope on the server and declared nowhere."""
    in_sync: int = 0
    listed: Mapping[str, int] | None = None
    """Objects that the server listed, by kind."""
    requests: Mapping[str, int] | None = None
    """Requests that finding out sent, by method."""
    warnings: tuple[str, ...] = ()
