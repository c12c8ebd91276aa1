"""Bootstraps: named client configuration."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """A stored bootstrap. `text` is the JSON document exactly as it was sent (DEC-2).

    `customer` is its customer's code; `tokens` are those that deliver it, sorted.
    """

    customer: str
    name: str
    text: str = field(repr=False)
    tokens: tuple[str, ...]
    source: str | None
    created_at: datetime
    updated_at: datetime
    updated_by: str
    version: int


def digest(text: str) -> str:
    """The SHA-256 of a document, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()
