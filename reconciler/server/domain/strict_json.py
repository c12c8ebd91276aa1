"""A strict reader of JSON objects (DEC-2)."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A checked document: its exact text, and its value with numbers as Decimal or int."""

    text: str
    value: Mapping[str, object]


def read_object(raw: bytes, most_bytes: int) -> JsonObject:
    """Read a body that must be one JSON object.

    Raises:
        DomainError: TOO_LARGE, MALFORMED_JSON with line and column, NOT_AN_OBJECT.
    """
    raise NotImplementedError
