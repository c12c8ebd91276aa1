"""Simulators of other systems, for `pvm serve --sim`: their books, and their moods."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.server.domain.mail import Mail
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.usecases.partner_ports import Entitlement, PartnerError
from reconciler.server.usecases.ports import Store
from reconciler.server.usecases.simulated_partners import LicensingBook, PttProBook, read_mood


@dataclass(frozen=True, slots=True)
class Temper:
    """Lets calls pass while a partner is well. `dawdle` waits as long as a caller would."""

    store: Store
    partner: PartnerName
    dawdle: Callable[[], None]

    def require_well(self) -> None:
        """Fail in the way that the mood asks for. Raises PartnerError."""
        mood = read_mood(self.store, self.partner)
        if mood is Mood.WELL:
            return
        if mood is Mood.SLOW:
            self.dawdle()
        wording = {
            Mood.DOWN: "cannot be reached",
            Mood.SLOW: "did not answer in time",
            Mood.WRONG: "answered something that makes no sense",
        }
        message = f"the simulated {self.partner} {wording[mood]}"
        raise PartnerError(message)


@dataclass(frozen=True, slots=True)
class SimulatedPttPro:
    """The `PttPro` port."""

    temper: Temper
    book: PttProBook

    def sites(self, server: str) -> Sequence[str]:
        """The departments of a server. Raises PartnerError."""
        self.temper.require_well()
        return self.book.sites(server)

    def site_of(self, server: str, device_id: str) -> str | None:
        """Where a device is entered; None where it is not. Raises PartnerError."""
        self.temper.require_well()
        return self.book.site_of(server, device_id)

    def enter(self, server: str, site: str, device_id: str) -> None:
        """Enter a device at a site, in place of another; twice is once. Raises PartnerError."""
        self.temper.require_well()
        self.book.enter(server, site, device_id)

    def remove(self, server: str, device_id: str) -> None:
        """Remove a device's entry; twice is once. Raises PartnerError."""
        self.temper.require_well()
        self.book.remove(server, device_id)


@dataclass(frozen=True, slots=True)
class SimulatedLicensing:
    """The `LicensingSystem` port."""

    temper: Temper
    book: LicensingBook
    clock: Callable[[], datetime]

    def entitlements(self, customer: str) -> Sequence[Entitlement]:
        """What the customer of this code has bought. Raises PartnerError."""
        self.temper.require_well()
        return self.book.entitlements(customer, self.clock())


@dataclass(frozen=True, slots=True)
class SimulatedMailer:
    """The `Mailer` port: mails arrive nowhere, and can be read in the outbox."""

    temper: Temper

    def send(self, mail: Mail) -> None:  # noqa: ARG002 - the outbox itself keeps it
        """Hand a mail over. Raises PartnerError."""
        self.temper.require_well()
