"""JSON values as pvm compares them, and the two things JSON itself can't say: absent and masked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Final, Literal, TypeAlias

JsonValue: TypeAlias = (
    "bool | int | Decimal | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
"""Numbers with a fraction or exponent are `Decimal`: `0.1` stays exact, `1E400` stays finite.

Arrays are lists, maps are dicts with text keys. `float` never occurs.
"""

MASK: Final = "********"
"""Stands where a secret stood; see `core/secrets.py`."""


class Absent(Enum):
    """The value of a field that does not exist; `None` is JSON's null."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
Maybe: TypeAlias = JsonValue | Literal[Absent.ABSENT]

_SCALARS: Final = frozenset({str, int, bool, Decimal})


def json_equal(a: Maybe, b: Maybe) -> bool:
    """JSON's equality, not Python's: `true` is not `1`, `1` is `1.0`, key order is irrelevant."""
    if a is b:
        return True
    if type(a) is type(b) and type(a) in _SCALARS:
        return a == b
    if isinstance(a, dict):
        return isinstance(b, Mapping) and _equal_maps(a, b)
    return _equal_rarely(a, b)


def _equal_maps(a: Mapping[str, JsonValue], b: Mapping[str, JsonValue]) -> bool:
    if len(a) != len(b):
        return False
    for key, value in a.items():
        other = b.get(key, ABSENT)
        # Scalars of one type are the common case; comparing them here saves a call per field.
        if type(value) is type(other) and type(value) in _SCALARS:
            if value != other:
                return False
        elif other is ABSENT or not json_equal(value, other):
            return False
    return True


def _equal_arrays(a: Sequence[JsonValue], b: Sequence[JsonValue]) -> bool:
    return len(a) == len(b) and all(map(json_equal, a, b))


def _equal_rarely(a: Maybe, b: Maybe) -> bool:
    """Arrays, foreign mappings, and numbers that are equal although Python's types differ."""
    if isinstance(a, list | tuple):
        return isinstance(b, list | tuple) and _equal_arrays(a, b)
    if isinstance(a, Mapping):
        return isinstance(b, Mapping) and _equal_maps(a, b)
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    return isinstance(a, int | Decimal) and isinstance(b, int | Decimal) and a == b


def text_of(value: JsonValue) -> str:
    """A value as part of a text, as a cell or a variable is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
