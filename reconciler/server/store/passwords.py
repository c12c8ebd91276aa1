"""Password hashing: argon2id, few at a time."""

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs; `at_once` bounds how many run beside each other."""

    memory_kib: int = 19456
    passes: int = 2
    at_once: int = 2


class Argon2Hasher:
    """The `Hasher` of real servers."""

    def __init__(self, cost: Cost | None = None) -> None:
        cost = cost or Cost()
        self._argon2 = PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1, type=Type.ID
        )
        self._turns = threading.BoundedSemaphore(cost.at_once)
        # Nobody's: it lets an unknown user's log-in take as long as a known one's.
        self._nobody = self._argon2.hash("")

    def hash(self, password: str) -> str:
        """The text to store."""
        with self._turns:
            return self._argon2.hash(_encode(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password fits; None takes as long and never fits."""
        with self._turns:
            try:
                self._argon2.verify(
                    self._nobody if password_hash is None else password_hash, _encode(password)
                )
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters."""
        return self._argon2.check_needs_rehash(password_hash)


def _encode(password: str) -> bytes:
    """Whatever JSON can carry, even half a surrogate pair, is a wrong password and no crash."""
    return password.encode("utf-8", "surrogatepass")
