"""Sizes that an operator may set."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes and counts (DEC-2, DEC-6), lives, and the address that mails link to."""

    bootstrap_bytes: int = 256 * 1024
    change_operations: int = 20_000
    change_bytes: int = 64 * 1024 * 1024
    page_size: int = 1000
    session_life: timedelta = timedelta(hours=8)
    public_url: str = "http://127.0.0.1:8080"
