"""Lots of licenses: totals, overage, grace, expiry, and which lot a device gets a seat of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.server.domain.features import LicenseType

PERPETUAL_YEARS = 10
_EXTERNAL_ID = re.compile(r"[!-~]{1,128}", re.ASCII)
TERMS = (
    "Trial",
    "Test",
    "1 Year Term",
    "5 Year Term",
    "Subscription License",
    "Subscription",
    "Perpetual",
)


class LotSource(StrEnum):
    """Where a lot comes from; only the new source knows overage and grace (L-12, L-14)."""

    LEGACY = "LEGACY"
    NEW = "NEW"


class LotState(StrEnum):
    """Computed, never stored (L-06, L-07)."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Lot:
    """A stored lot; `customer` is a code, `base_expiration` None for a perpetual one.

    `external_id` is the activation id or the new source's key, and never shown to a customer
    in full. `used` counts the seats that are held, `used_in_exm` those of them held through an
    Extension Manager; both may exceed the total after a push or a shrinkage.
    """

    customer: str
    id: str
    external_id: str
    source: LotSource
    type: LicenseType
    term: str
    quantity: int
    overage_percent: int
    grace_days: int
    base_expiration: datetime | None
    valid: bool
    present: bool
    used: int
    used_in_exm: int
    last_verified_at: datetime
    created_at: datetime

    @property
    def total(self) -> int:
        """Seats with overage, never more than the percentage (L-12, Q-40)."""
        return self.quantity + self.quantity * self.overage_percent // 100

    @property
    def available(self) -> int:
        """Seats that can still be given (L-22)."""
        return max(0, self.total - self.used)

    @property
    def expiration(self) -> datetime:
        """When it ends, with grace; a perpetual one ends ten years after its verification."""
        if self.base_expiration is None:
            return _years_later(self.last_verified_at, PERPETUAL_YEARS)
        return self.base_expiration + timedelta(days=self.grace_days)

    def state(self, now: datetime) -> LotState:
        """ACTIVE while valid, still in the account, and before its expiration (Q-42)."""
        running = self.base_expiration is None or now < self.expiration
        alive = self.valid and self.present and running
        return LotState.ACTIVE if alive else LotState.EXPIRED


def choose(lots: Sequence[Lot], kind: LicenseType, now: datetime) -> Sequence[Lot]:
    """The lots that a new seat may come from, the best first (L-24, Q-06 to Q-08).

    The farthest expiration with grace, then the farthest without, then the most free seats,
    then the external id.
    """
    fit = [
        lot
        for lot in lots
        if lot.type is kind and lot.available > 0 and lot.state(now) is LotState.ACTIVE
    ]
    by_name = sorted(fit, key=lambda lot: lot.external_id)
    return sorted(
        by_name,
        key=lambda lot: (*_end(lot), lot.available),
        reverse=True,
    )


def _end(lot: Lot) -> tuple[datetime, datetime]:
    """What makes a lot's end far: with grace, then without (Q-07)."""
    return lot.expiration, lot.base_expiration or lot.expiration


class Reason(StrEnum):
    """Why a device asks (D-14)."""

    INITIAL = "INITIAL"
    INTERVAL = "INTERVAL"
    TOKEN_SCAN = "TOKEN_SCAN"
    REBOOT = "REBOOT"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a request treats the seat that a device has.

    `reconsider`: leave a running lot for one that ends later. `replace_expired`: leave an
    expired lot.
    """

    reconsider: bool = False
    replace_expired: bool = True


def policy(reason: Reason, *, farthest: bool, expiry_detection: bool) -> Policy:
    """What the customer's flags make of a reason (L-23, L-25, Q-06).

    Without expiry detection a device waits for its interval: its EXPIRED changes nothing.
    """
    if reason is Reason.EXPIRED:
        return Policy(reconsider=expiry_detection, replace_expired=expiry_detection)
    return Policy(reconsider=farthest and reason in (Reason.TOKEN_SCAN, Reason.REBOOT))


def options(
    held: Lot | None, lots: Sequence[Lot], kind: LicenseType, how: Policy, now: datetime
) -> Sequence[Lot]:
    """The lots that a request may be served from, the best first; `held` among them means keep.

    Empty when the request has to be refused.
    """
    if held is None:
        return choose(lots, kind, now)
    if held.state(now) is LotState.ACTIVE:
        if not how.reconsider:
            return (held,)
        return (*(lot for lot in choose(lots, kind, now) if _end(lot) > _end(held)), held)
    return choose(lots, kind, now) if how.replace_expired else ()


def is_external_id(text: str) -> bool:
    """Whether a lot may have this id: 1 to 128 visible ASCII characters."""
    return _EXTERNAL_ID.fullmatch(text) is not None


def mask_external_id(external_id: str) -> str:
    """`***` and the last two groups between dashes (L-09); a short one is hidden whole."""
    groups = external_id.split("-")
    return "***" + "-".join(groups[-2:]) if len(groups) > 2 else "***"  # noqa: PLR2004 - two groups


def _years_later(moment: datetime, years: int) -> datetime:
    """The same day so many years later; February 29th becomes the 28th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
