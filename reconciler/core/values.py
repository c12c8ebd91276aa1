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
