"""Housekeeping: what nobody needs any more goes."""

from collections.abc import Mapping
from datetime import timedelta

from reconciler.server.usecases.ports import Reach, Transaction, World
from reconciler.server.usecases.scope import present

KEEP_MAILS = timedelta(days=30)
KEEP_RUNS = timedelta(days=30)
KEEP_COUNTERS = timedelta(days=1)


def tidy(world: World) -> Mapping[str, int]:
    """Drop ended sessions and links, old mails, runs of jobs and counters of vain tries."""

    def work(tx: Transaction) -> Mapping[str, int]:
        now = present(world)
        tx.credentials.end_expired(now)
        return {
            "mails": tx.outbox.forget(now - KEEP_MAILS),
            "runs": tx.jobs.drop_runs(now - KEEP_RUNS),
            "counters": tx.throttles.forget(now - KEEP_COUNTERS),
        }

    return world.store.write(Reach.VENDOR, work, alone=False)
