"""Turnstiles in the database: a try is counted before it is made, so many at once count too."""

from collections.abc import Sequence
from datetime import datetime

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.throttle import Turnstile
from reconciler.server.usecases.ports import Reach, Transaction, Tries, World


def take_turn(world: World, turnstiles: Sequence[Turnstile], now: datetime) -> None:
    """Count a try at each turnstile.

    Raises:
        DomainError: RATE_LIMITED with the seconds to wait; such a try is not counted.
    """

    def work(tx: Transaction) -> None:
        found = tx.throttles.read([turnstile.key for turnstile in turnstiles])
        waits = [t.wait_seconds(found[t.key].count, found[t.key].last_at, now) for t in turnstiles]
        if any(waits):
            message = f"too many tries; wait {max(waits)} seconds"
            raise DomainError(ErrorCode.RATE_LIMITED, message, retry_after_seconds=max(waits))
        for turnstile in turnstiles:
            tries = found[turnstile.key]
            count = turnstile.current(tries.count, tries.last_at, now)
            tx.throttles.put(turnstile.key, Tries(count + 1, now))

    world.store.write(Reach.VENDOR, work, alone=False)


def give_back(tx: Transaction, turnstiles: Sequence[Turnstile]) -> None:
    """After a success: forget one's own tries, and take this one from counters shared by others."""
    shared = turnstiles[-1].key
    tx.throttles.clear([turnstile.key for turnstile in turnstiles[:-1]])
    tries = tx.throttles.read([shared])[shared]
    tx.throttles.put(shared, Tries(max(0, tries.count - 1), tries.last_at))
