"""How the keeper of an inventory spends time."""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds; by the server's clock where it is about the lease."""

    ttl: float = 60.0
    """How long a lease holds after its last heartbeat."""
    heartbeat: float = 15.0
    settle: float = 0.5
    """Without entity tags: how long after a write of the head it is read back."""
    poll: float = 2.0
    """Between two looks at a lease that somebody else holds."""
    sleep: Callable[[float], None] = sleep
