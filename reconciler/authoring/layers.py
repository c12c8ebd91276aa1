"""Layers: parameters that bootstraps share, merged from left to right.

Maps merge deeply, everything else replaces. Each value keeps where it was written.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.origin import Origin
from reconciler.core.pointer import join, split
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue


@dataclass(frozen=True, slots=True)
class Inheritance:
    """A bootstrap with everything that it inherits."""

    bootstrap: Desired
    missed: tuple[str, ...]
    """Removals that found nothing to remove."""


@dataclass(frozen=True, slots=True)
class Extending:
    """A bootstrap with its own parameters only."""

    own: Desired
    extends: Sequence[str]
    remove: Sequence[str]

    @property
    def document(self) -> Origin:
        """The document's root."""
        return replace(self.own.origin, pointer="")


class Merge:
    """What was merged so far; pointers start at the parameters."""

    def __init__(self) -> None:
        self.value: dict[str, JsonValue] = {}
        self.origins: dict[str, Origin] = {}
        """Where a value was written; the longest prefix of a pointer wins."""
        self.references: dict[str, str] = {}

    def put(self, part: Desired) -> None:
        """Lay the parameters of a layer or bootstrap on top."""
        self._put(self.value, part.value, "", part)
        self.references |= part.references

    def remove(self, pointer: str) -> bool:
        """Drop a value with all below it; `False` when there is none. Lists stay whole."""
        *above, last = split(pointer)
        inner: JsonValue = self.value
        for key in above:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or last not in inner:
            return False
        del inner[last]
        self._forget(pointer)
        return True

    def _put(
        self, into: dict[str, JsonValue], value: Mapping[str, JsonValue], at: str, part: Desired
    ) -> None:
        for key, item in value.items():
            pointer = at + join((key,))
            below = into.get(key)
            if isinstance(item, Mapping) and isinstance(below, dict):
                self._put(below, item, pointer, part)
                continue
            if key in into:
                self._forget(pointer)
            into[key] = _own(item)
            self.origins[pointer] = part.origin_of(pointer)
            self.origins |= _deeper(part.inherited, pointer)

    def _forget(self, pointer: str) -> None:
        """Nothing at or below a pointer is as it was."""
        below = f"{pointer}/"
        for known in (self.origins, self.references):
            for old in [one for one in known if one == pointer or one.startswith(below)]:
                del known[old]


def inherit(own: Desired, layers: Iterable[Desired], removed: Iterable[str]) -> Inheritance:
    """What the layers give, without what is removed, and a bootstrap's own parameters on top."""
    merge = Merge()
    for layer in layers:
        merge.put(layer)
    missed = tuple(pointer for pointer in removed if not merge.remove(pointer))
    merge.put(own)
    return Inheritance(
        replace(own, value=merge.value, inherited=merge.origins, references=merge.references),
        missed,
    )


def _deeper(inherited: Mapping[str, Origin], pointer: str) -> dict[str, Origin]:
    below = f"{pointer}/"
    return {one: origin for one, origin in inherited.items() if one.startswith(below)}


def _own(value: JsonValue) -> JsonValue:
    """A copy of maps, which may be merged into; lists never are."""
    if isinstance(value, Mapping):
        return {key: _own(item) for key, item in value.items()}
    return value
