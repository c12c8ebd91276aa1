"""Snapshots: what a day's seats looked like (G-02, G-03)."""

from datetime import date

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotState
from reconciler.server.usecases.license_ports import Snapshot
from reconciler.server.usecases.ports import Transaction, World
from reconciler.server.usecases.scope import present, write


def take_snapshot(world: World, customer: CustomerRef, day: date) -> Snapshot:
    """Store how many seats the customer has and how many are held, as the day's snapshot.

    Seats of an expired lot that are held count as used, but not in the total: nobody can get
    them. A second snapshot of a day takes the first one's place.
    """

    def work(tx: Transaction) -> Snapshot:
        now = present(world)
        used = dict.fromkeys(LicenseType, 0)
        total = dict.fromkeys(LicenseType, 0)
        for lot in tx.lots.all(in_exm=False):
            used[lot.type] += lot.used
            if lot.state(now) is LotState.ACTIVE:
                total[lot.type] += lot.total
        snapshot = Snapshot(
            day=day,
            premium_used=used[LicenseType.PREMIUM],
            premium_total=total[LicenseType.PREMIUM],
            standard_used=used[LicenseType.STANDARD],
            standard_total=total[LicenseType.STANDARD],
        )
        tx.snapshots.put(snapshot)
        return snapshot

    return write(world, customer, work)
