"""How long to wait after vain tries: longer each time, never for good."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
KNOWN_FOR = timedelta(days=30)
"""How long a network counts as the owner's after a success from there."""
_MOST_DOUBLINGS = 10
_V4_PREFIX = 24
_V6_PREFIX = 64


@dataclass(frozen=True, slots=True)
class Turnstile:
    """One counter: its key, and how many tries it lets pass before it makes anyone wait.

    `pass_key` is where it stands that a network is the owner's, who waits for nobody else's tries.
    """

    key: str
    free: int
    pass_key: str | None = None

    def wait_seconds(self, count: int, last_at: datetime | None, now: datetime) -> int:
        """Whole seconds until the next try, 0 for now; `count` tries were in vain so far."""
        if last_at is None or self.current(count, last_at, now) < self.free:
            return 0
        doublings = min(count - self.free, _MOST_DOUBLINGS)
        until = last_at + min(timedelta(seconds=2**doublings), LONGEST_WAIT)
        return max(0, -((now - until) // timedelta(seconds=1)))

    def current(self, count: int, last_at: datetime | None, now: datetime) -> int:
        """The tries that still count."""
        return 0 if last_at is None or now - last_at >= FORGOTTEN_AFTER else count


def login_turnstiles(login: str, address: str) -> tuple[Turnstile, ...]:
    """Counters of a log-in: account and network together, then each alone, which others share.

    Whoever guesses from many networks keeps all strangers waiting, but not the owner, who comes
    from a network where a log-in or a mailed link has succeeded.
    """
    account, network = digest(login), network_of(address)
    return (
        Turnstile(f"login:{account}:{network}", 5),
        Turnstile(f"login:{account}", 50, f"known:{account}:{network}"),
        Turnstile(f"login::{network}", 100),
    )


def password_turnstiles(user_id: str, address: str) -> tuple[Turnstile, ...]:
    """Counters of a password's change, against a stolen session that guesses the old one.

    Its owner, on another network, is not kept waiting by the thief's first tries.
    """
    return (
        Turnstile(f"password:{user_id}:{network_of(address)}", 5),
        Turnstile(f"password:{user_id}", 20),
    )


def reset_turnstiles(email: str, address: str) -> tuple[Turnstile, ...]:
    """Counters of forgotten passwords; known and unknown addresses count alike."""
    return (
        Turnstile(f"reset:{digest(email)}", 3),
        Turnstile(f"reset::{network_of(address)}", 20),
    )


def exm_turnstiles(address: str) -> tuple[Turnstile, ...]:
    """The counter of wrong Extension Manager keys from a network; a right key never waits."""
    return (Turnstile(f"exm::{network_of(address)}", 20),)


def network_of(address: str) -> str:
    """The /24 or /64 that an address is in; any other text stands for itself, digested."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return digest(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.ip_network((parsed.packed, _V6_PREFIX), strict=False))
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed.packed, _V4_PREFIX), strict=False))


def digest(text: str) -> str:
    """A key of fixed length for what a stranger typed, whatever its case."""
    return hashlib.sha256(text.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
