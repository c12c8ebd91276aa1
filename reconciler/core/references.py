"""Which other objects an object names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.core.kind import Kind
from reconciler.core.pointer import join, split, step
from reconciler.core.values import JsonValue, Maybe


@dataclass(frozen=True, slots=True)
class Reference:
    """One name of another object."""

    pointer: str
    """Into the referring object's value."""
    kind: str
    name: str
    binding: bool
    """The server refuses it when the other object is missing."""


@dataclass(frozen=True, slots=True)
class Naming:
    """A place where objects of a kind may name one of `kind`."""

    parts: tuple[str, ...]
    kind: str
    binding: bool

    def read(self, value: Mapping[str, JsonValue]) -> str | None:
        """The name that stands there, if one does."""
        found: Maybe = value
        for part in self.parts:
            found = step(found, part)
        return found if isinstance(found, str) else None


def namings(kind: Kind) -> tuple[Naming, ...]:
    """Where objects of `kind` name others."""
    bound = (Naming((f.name,), f.refers_to, binding=True) for f in kind.fields if f.refers_to)
    loose = (Naming(split(m.pointer), m.kind, binding=False) for m in kind.mentions)
    return (*bound, *loose)


def references(kind: Kind, value: Mapping[str, JsonValue]) -> Iterator[Reference]:
    """The references in a value of `kind`."""
    for naming in namings(kind):
        name = naming.read(value)
        if name is not None:
            yield Reference(join(naming.parts), naming.kind, name, naming.binding)


def referred_kinds(kind: Kind) -> frozenset[str]:
    """The kinds that objects of `kind` may name."""
    return frozenset(naming.kind for naming in namings(kind))
