"""What surrounds the use cases: partners as the settings name them, simulators, and the worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Lock

from reconciler.server.domain.jobs import JobName
from reconciler.server.domain.simulation import PartnerName
from reconciler.server.jobs.schedule import Schedule
from reconciler.server.jobs.worker import Worker
from reconciler.server.partners.http_json import HttpPartner
from reconciler.server.partners.licensing import (
    FileLicensing,
    HttpLicensing,
    LicensingFileError,
    read_licensing_file,
)
from reconciler.server.partners.ptt_pro import HttpPttPro
from reconciler.server.partners.simulated import (
    SimulatedLicensing,
    SimulatedMailer,
    SimulatedPttPro,
    Temper,
)
from reconciler.server.partners.smtp import SmtpAccount, SmtpMailer
from reconciler.server.settings import Settings, SettingsError, plain
from reconciler.server.usecases.job_table import job_table
from reconciler.server.usecases.partner_ports import LicensingSystem, Mailer, Partners, PttPro
from reconciler.server.usecases.ports import Store, World
from reconciler.server.usecases.simulated_partners import LicensingBook, PttProBook
from reconciler.server.usecases.simulation import clock_ahead

Clock = Callable[[], datetime]
DAWDLE_SECONDS = 4.0
"""Longer than anybody waits for a partner."""


class Rehearsal:
    """The `Simulation` port, and the clock that goes with it: the real one, moved on."""

    def __init__(self, real: Clock, ahead: timedelta, sleep: Callable[[float], None]) -> None:
        self.news = Event()
        self._real = real
        self._ahead = ahead
        self._sleep = sleep
        self._guard = Lock()

    def __call__(self) -> datetime:
        """The time that everything in the server goes by."""
        return self._real() + self._ahead

    def move_clock(self, now: datetime) -> timedelta:
        """Let it be this time; never earlier than it is already."""
        with self._guard:
            self._ahead = max(self._ahead, now - self._real())
            return self._ahead

    def dawdle(self) -> None:
        """Wait longer than anybody waits for a partner."""
        self._sleep(DAWDLE_SECONDS)

    def wake(self) -> None:
        """Let the worker look for due jobs at once."""
        self.news.set()


def open_rehearsal(store: Store, real: Clock, sleep: Callable[[float], None]) -> Rehearsal:
    """A rehearsal whose clock goes on where it was when the server was stopped."""
    return Rehearsal(real, clock_ahead(store), sleep)


def connect(settings: Settings, store: Store, rehearsal: Rehearsal | None) -> Partners:
    """The partners that the settings name; simulators in their place for a rehearsal.

    Raises:
        SettingsError: the file of entitlements cannot be used.
    """
    if rehearsal is not None:
        return _simulated(settings, store, rehearsal)
    return Partners(_licensing(settings), _ptt_pro(settings), _mailer(settings))


@contextmanager
def working(world: World, settings: Settings) -> Iterator[None]:
    """A worker beside whatever happens meanwhile, unless jobs are switched off here."""
    if not settings.jobs:
        yield
        return
    news = world.simulation.news if isinstance(world.simulation, Rehearsal) else Event()
    worker = Worker(world, job_table(world), Schedule(settings.license_sync_at), news)
    worker.start([JobName.LICENSE_SNAPSHOT])
    try:
        yield
    finally:
        worker.stop(settings.shutdown_seconds)


def _simulated(settings: Settings, store: Store, rehearsal: Rehearsal) -> Partners:
    def temper(partner: PartnerName) -> Temper:
        return Temper(store, partner, rehearsal.dawdle)

    return Partners(
        SimulatedLicensing(temper(PartnerName.LICENSING), LicensingBook(store), rehearsal),
        SimulatedPttPro(temper(PartnerName.PTT_PRO), PttProBook(store)),
        _mailer(settings) or SimulatedMailer(temper(PartnerName.MAIL)),
    )


def _ptt_pro(settings: Settings) -> PttPro | None:
    if settings.ptt_pro_url is None:
        return None
    token = plain(settings.ptt_pro_token)
    return HttpPttPro(HttpPartner("the PTT Pro server", settings.ptt_pro_url, token))


def _licensing(settings: Settings) -> LicensingSystem | None:
    if settings.licensing_file is not None:
        try:
            read_licensing_file(settings.licensing_file)
        except LicensingFileError as error:
            message = f"PVM_SERVER_LICENSING_FILE: {error}"
            raise SettingsError(message) from error
        return FileLicensing(settings.licensing_file)
    if settings.licensing_url is None:
        return None
    token = plain(settings.licensing_token)
    return HttpLicensing(HttpPartner("the licensing system", settings.licensing_url, token))


def _mailer(settings: Settings) -> Mailer | None:
    if settings.smtp_host is None or settings.smtp_from is None:
        return None
    account = SmtpAccount(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=plain(settings.smtp_password),
        encryption=settings.smtp_tls,
    )
    return SmtpMailer(account)
