"""One object as declared (`Desired`) and as the server has it (`Live`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.values import JsonValue, Maybe

NOT_LAYERED: Mapping[str, Origin] = MappingProxyType({})
NO_ROW: Mapping[str, JsonValue] = MappingProxyType({})
NO_REFERENCES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Desired:
    """A declared object.

    `value` is what compares with the server, defaults filled in: the parameters of a bootstrap,
    the declared fields of every other kind. Pointers into an object start at its `value`.
    """

    id: ResourceId
    value: Mapping[str, JsonValue]
    origin: Origin
    """The document; its pointer leads to `value` (`/parameters` for a bootstrap)."""
    protect: bool = False
    inherited: Mapping[str, Origin] = field(default_factory=lambda: NOT_LAYERED)
    """Pointers that a layer or a fleet's cell set; the longest prefix of a pointer wins."""
    references: Mapping[str, str] = field(default_factory=lambda: NO_REFERENCES)
    """Pointers into `value` whose text refers to secrets (`${env:NAME}`), with that text.

    `value` holds the same text there: secrets are put in at the moment of use
    (`workflow/secrets.py`).
    """
    renamed_from: tuple[str, ...] = ()
    """Earlier names of this object."""
    row: Mapping[str, JsonValue] = field(default_factory=lambda: NO_ROW)
    """The cells of the line that makes it, if a fleet does; empty ones are left out."""

    def origin_of(self, pointer: str) -> Origin:
        """Where the value at `pointer` was written."""
        prefix = pointer
        while prefix:
            if prefix in self.inherited:
                return self.inherited[prefix].at(pointer[len(prefix) :])
            prefix = prefix.rpartition("/")[0]
        return self.origin.at(pointer)


@dataclass(frozen=True, slots=True)
class Live:
    """An object as the server returned it, reduced to what a document can declare."""

    id: ResourceId
    value: Mapping[str, JsonValue]
    version: str | None = None
    """The entity tag without quotes; `None` when the server offers none."""
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    """Server-made fields that guards and `explain` read (`deviceCount`, `updatedBy`); never
    compared."""


def moment_of(value: Maybe) -> datetime | None:
    """A time as the server spells it; `None` for what is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
