"""Lots and assignments for tests, with everything that a test leaves out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.server.domain.assignments import Asker, Assignment, Holder, Use, assigned
from reconciler.server.domain.features import Feature, LicenseType
from reconciler.server.domain.licensing import Lot, LotSource

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
AID = "8f46e1d2-77aa-4c5e-a1b2-e295-c660"
_LOT = Lot(
    customer="acme",
    id="lot",
    external_id=AID,
    source=LotSource.LEGACY,
    type=LicenseType.STANDARD,
    term="1 Year Term",
    quantity=10,
    overage_percent=0,
    grace_days=0,
    base_expiration=NOW + 30 * DAY,
    valid=True,
    present=True,
    used=0,
    used_in_exm=0,
    last_verified_at=NOW - DAY,
    created_at=NOW - 100 * DAY,
)


def lot(name: str = "lot", **changes: Any) -> Lot:  # noqa: ANN401 - any field
    """A lot named by its ids, ACTIVE for another 30 days."""
    return replace(_LOT, **{"id": name, "external_id": f"{name}-{AID}", **changes})


def ending_in(days: float, name: str = "", **changes: Any) -> Lot:  # noqa: ANN401 - any field
    return lot(name or f"in-{days}-days", base_expiration=NOW + days * DAY, **changes)


def row(
    feature: Feature = Feature.CUCM_STANDARD,
    use: Use = Use.IN_USE,
    holder: Holder = Holder.PVM,
    of: Lot = _LOT,
) -> Assignment:
    """An assignment, assigned ten days ago."""
    exm = "Ext1" if holder is Holder.EXM else None
    asker = Asker("TC52_1", "9.0.20406", holder, exm)
    return replace(assigned(None, asker, feature, of, NOW - 10 * DAY), use=use)
