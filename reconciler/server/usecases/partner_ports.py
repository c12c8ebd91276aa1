"""Other systems that this one works with; each may be down, slow or wrong (DEC-11).

No use case knows whether it talks to a simulator. None of these calls runs inside a transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.server.domain.features import LicenseType
from reconciler.server.domain.licensing import LotSource
from reconciler.server.domain.mail import Mail


class PartnerError(Exception):
    """A partner did not do what was asked; the text names the partner and never a secret."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a customer bought, as the licensing system tells it.

    `overage_percent` and `grace_days` win over the customer's settings where given (Q-41).
    """

    external_id: str
    source: LotSource
    type: LicenseType
    term: str
    quantity: int
    expiration: datetime | None
    valid: bool = True
    overage_percent: int | None = None
    grace_days: int | None = None


class LicensingSystem(Protocol):
    """Where licenses are bought."""

    def entitlements(self, customer: str) -> Sequence[Entitlement]:
        """What the customer of this code has bought. Raises PartnerError."""


class PttPro(Protocol):
    """The servers of push-to-talk, each with a table of device ids by site."""

    def sites(self, server: str) -> Sequence[str]:
        """The departments of a server. Raises PartnerError."""

    def site_of(self, server: str, device_id: str) -> str | None:
        """Where a device is entered; None where it is not. Raises PartnerError."""

    def enter(self, server: str, site: str, device_id: str) -> None:
        """Enter a device at a site, in place of another; twice is once. Raises PartnerError."""

    def remove(self, server: str, device_id: str) -> None:
        """Remove a device's entry; twice is once. Raises PartnerError."""


class Mailer(Protocol):
    """What sends mails."""

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises PartnerError."""


@dataclass(frozen=True, slots=True)
class Partners:
    """Every partner; None where there is none, and its work waits or is not done."""

    licensing: LicensingSystem | None = None
    ptt_pro: PttPro | None = None
    mailer: Mailer | None = None


class Simulation(Protocol):
    """What people who rehearse may do to a server that simulates its partners."""

    def move_clock(self, now: datetime) -> timedelta:
        """Let the server's time be this one from now on; the caller never turns it back.

        Answers how far it is ahead of the real time.
        """

    def dawdle(self) -> None:
        """Wait longer than anybody waits for a partner."""

    def wake(self) -> None:
        """Let the worker look for due jobs at once."""
