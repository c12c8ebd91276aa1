"""Three-way merge: which side changed each field since the last apply.

Maps are merged key by key; arrays and everything else are taken as a whole.

              the server left it   the server changed it
Git left it   normalised           drift
Git changed   pending              conflict

Only where Git and the server differ now: where they agree there is nothing to tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reconciler.core.pointer import join, split
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal


class FieldClass(StrEnum):
    """What a field that differs between Git and the server means."""

    PENDING = "pending"
    DRIFT = "drift"
    CONFLICT = "conflict"
    NORMALISED = "normalised"


FIELD_TABLE: Final[Mapping[tuple[bool, bool], FieldClass]] = MappingProxyType(
    {
        # Git changed it, the server changed it
        (True, False): FieldClass.PENDING,
        (False, True): FieldClass.DRIFT,
        (True, True): FieldClass.CONFLICT,
        (False, False): FieldClass.NORMALISED,
    }
)


@dataclass(frozen=True, slots=True)
class Sides:
    """One field, or a whole object, four times; secrets sealed."""

    asked: Maybe
    """What was declared at the last apply."""
    seen: Maybe
    """What the server returned then."""
    declared: Maybe
    live: Maybe

    def below(self, key: str) -> "Sides":
        """The field `key` of each side."""
        return Sides(*(_member(side, key) for side in self._all()))

    def is_mergeable(self) -> bool:
        """Whether both sides are maps now, and were before if they were anything."""
        return (
            isinstance(self.declared, Mapping)
            and isinstance(self.live, Mapping)
            and all(side is ABSENT or isinstance(side, Mapping) for side in self._all())
        )

    def names(self) -> Sequence[str]:
        """Every key that occurs now, sorted."""
        both = (side for side in (self.declared, self.live) if isinstance(side, Mapping))
        return sorted({key for side in both for key in side})

    def _all(self) -> tuple[Maybe, ...]:
        return self.asked, self.seen, self.declared, self.live


def merge(sides: Sides) -> dict[str, FieldClass]:
    """The class of each field that differs now, by pointer."""
    return dict(_fields(sides, ()))


def _fields(sides: Sides, parts: tuple[str, ...]) -> Iterator[tuple[str, FieldClass]]:
    if same(sides.declared, sides.live):
        return
    if sides.is_mergeable():
        for key in sides.names():
            yield from _fields(sides.below(key), (*parts, key))
        return
    git = not same(sides.declared, sides.asked)
    server = not same(sides.live, sides.seen)
    yield join(parts), FIELD_TABLE[git, server]


def differences(before: JsonValue, after: JsonValue) -> dict[str, Maybe]:
    """Pointers where `after` differs from `before`, in the same steps, with what it has there."""
    found = merge(Sides(before, before, before, after))
    return {pointer: _at(after, pointer) for pointer in found}


def with_values(value: JsonValue, values: Mapping[str, Maybe]) -> JsonValue:
    """A copy with `values` put in at their pointers; `ABSENT` removes, missing maps are made."""
    for pointer, item in values.items():
        value = _put(value, split(pointer), item)
    return value


def _put(value: JsonValue, parts: Sequence[str], item: Maybe) -> JsonValue:
    if not parts:
        return {} if item is ABSENT else item
    if isinstance(value, list | tuple) and item is not ABSENT:
        number = int(parts[0])
        return [*value[:number], _put(value[number], parts[1:], item), *value[number + 1 :]]
    fields = dict(value) if isinstance(value, Mapping) else {}
    key = parts[0]
    if len(parts) > 1:
        if item is ABSENT and key not in fields:
            return fields
        fields[key] = _put(fields.get(key), parts[1:], item)
    elif item is ABSENT:
        fields.pop(key, None)
    else:
        fields[key] = item
    return fields


def same(a: Maybe, b: Maybe) -> bool:
    """JSON's equality, where absent equals only absent."""
    if a is ABSENT or b is ABSENT:
        return a is b
    return json_equal(a, b)


def _member(side: Maybe, key: str) -> Maybe:
    return side.get(key, ABSENT) if isinstance(side, Mapping) else ABSENT


def _at(value: JsonValue, pointer: str) -> Maybe:
    found: Maybe = value
    for part in split(pointer):
        found = _member(found, part)
    return found
