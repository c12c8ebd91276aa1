"""Tokens: the text that a device shows to get its bootstrap."""

from dataclasses import dataclass, field
from datetime import datetime

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.names import check_description, check_label


@dataclass(frozen=True, slots=True)
class TokenContent:
    """What a caller declares of a token."""

    app_id: AppId
    bootstrap: str
    description: str


@dataclass(frozen=True, slots=True)
class Token:
    """A stored token. `text` is its bootstrap's document, `customer` its customer's code.

    `last_used_at` and `use_count` are the devices' doing and no part of the version.
    """

    customer: str
    name: str
    app_id: AppId
    bootstrap: str
    description: str
    text: str = field(repr=False)
    source: str | None
    created_at: datetime
    updated_at: datetime
    updated_by: str
    last_used_at: datetime | None
    use_count: int
    version: int


def check_token(content: TokenContent) -> None:
    """Refuse texts that a token cannot have. Raises VALIDATION."""
    check_label(content.bootstrap)
    check_description(content.description)
