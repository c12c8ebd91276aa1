"""Turnstiles in the database: a try is counted before it is made, so many at once count too."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.throttle import KNOWN_FOR, Turnstile
from reconciler.server.usecases.ports import Reach, Transaction, Tries, World


def take_turn(world: World, turnstiles: Sequence[Turnstile], now: datetime) -> None:
    """Count a try at each turnstile.

    Raises:
        DomainError: RATE_LIMITED with the seconds to wait; such a try is not counted.
    """

    def work(tx: Transaction) -> None:
        found = tx.throttles.read(_keys(turnstiles))
        waits = [_wait_seconds(turnstile, found, now) for turnstile in turnstiles]
        if any(waits):
            message = f"too many tries; wait {max(waits)} seconds"
            raise DomainError(ErrorCode.RATE_LIMITED, message, retry_after_seconds=max(waits))
        for turnstile in turnstiles:
            tries = found[turnstile.key]
            count = turnstile.current(tries.count, tries.last_at, now)
            tx.throttles.put(turnstile.key, Tries(count + 1, now))
            key = turnstile.pass_key
            if key is not None and found[key].last_at is None:
                tx.throttles.put(key, Tries(0, now))  # so that it is forgotten like the others

    world.store.write(Reach.VENDOR, work, alone=False)


def give_back(tx: Transaction, turnstiles: Sequence[Turnstile], now: datetime) -> None:
    """After a success: forget one's own tries, and take this one from counters shared by others."""
    let_pass(tx, turnstiles, now)
    shared = turnstiles[-1].key
    tx.throttles.clear([turnstile.key for turnstile in turnstiles[:-1]])
    tries = tx.throttles.read([shared])[shared]
    tx.throttles.put(shared, Tries(max(0, tries.count - 1), tries.last_at))


def let_pass(tx: Transaction, turnstiles: Sequence[Turnstile], now: datetime) -> None:
    """Remember that the owner comes from here; the moment stored is the end of that."""
    keys = [turnstile.pass_key for turnstile in turnstiles if turnstile.pass_key is not None]
    tx.throttles.read(keys)
    for key in keys:
        tx.throttles.put(key, Tries(0, now + KNOWN_FOR))


def _keys(turnstiles: Sequence[Turnstile]) -> list[str]:
    found = [turnstile.key for turnstile in turnstiles]
    return found + [turnstile.pass_key for turnstile in turnstiles if turnstile.pass_key]


def _wait_seconds(turnstile: Turnstile, found: Mapping[str, Tries], now: datetime) -> int:
    known_until = found[turnstile.pass_key].last_at if turnstile.pass_key else None
    if known_until is not None and now < known_until:
        return 0
    tries = found[turnstile.key]
    return turnstile.wait_seconds(tries.count, tries.last_at, now)
