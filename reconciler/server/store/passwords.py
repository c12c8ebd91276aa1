"""Password hashing: argon2id, few at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs; `at_once` bounds how many run beside each other."""

    memory_kib: int = 19456
    passes: int = 2
    at_once: int = 2


class Argon2Hasher:
    """The `Hasher` of real servers."""

    def __init__(self, cost: Cost | None = None) -> None:
        raise NotImplementedError

    def hash(self, password: str) -> str:
        """The text to store."""
        raise NotImplementedError

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; None takes as long and never fits."""
        raise NotImplementedError

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters."""
        raise NotImplementedError
