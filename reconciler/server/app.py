"""Composition root of the server: joins every part; the only clock."""

import errno
import io
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from starlette.types import ASGIApp

from reconciler.server.api import service
from reconciler.server.api.application import Shape, build, wrap
from reconciler.server.api.connections import Deadlines
from reconciler.server.api.logs import configure_logs
from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.limits import Limits
from reconciler.server.settings import OFFERED, Settings, SettingsError
from reconciler.server.store.archive import ArchiveError, Origin
from reconciler.server.store.backup import restore_backup, write_backup
from reconciler.server.store.database import DatabaseError, migrate, open_database
from reconciler.server.store.passwords import Argon2Hasher
from reconciler.server.store.server_check import check_database
from reconciler.server.surroundings import connect, open_rehearsal, working
from reconciler.server.usecases.demo import fill_demo
from reconciler.server.usecases.first_start import NewUser, create_first_administrator
from reconciler.server.usecases.ports import Store, World
from reconciler.server.usecases.stage import add_stage
from reconciler.version import __version__

_PAUSE_SECONDS = 0.01


class ServeError(Exception):
    """The server cannot start; neither text shows a secret."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Start:
    """How this start differs from others."""

    ready_file: Path | None = None
    demo: bool = False
    migrate_only: bool = False


_PLENTY = 1024 * 1024 * 1024
_ROOMY = Limits(bootstrap_bytes=_PLENTY, change_operations=_PLENTY, change_bytes=_PLENTY)
"""What fits into the real server fits onto a stage."""


def now() -> datetime:
    """The time that everything in the server goes by."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock


def pause(tries: int) -> None:
    """Wait before a write that lost a race is tried again: by chance, lest it meets the same."""
    time.sleep(_PAUSE_SECONDS * 2**tries * random.random())  # noqa: S311 - jitter, not a secret


def create_app(world: World, shape: Shape) -> ASGIApp:
    """The application over a world: what `serve` runs and tests drive directly."""
    return wrap(build(world, shape), world, time.monotonic, shape.metrics)


def make_world(store: Store, settings: Settings, url: str) -> World:
    """A world with the real clock and real chance; mails link to `url` unless one is set."""
    limits = Limits(
        bootstrap_bytes=settings.body_bytes,
        change_operations=settings.change_operations,
        change_bytes=settings.change_bytes,
        page_size=settings.page_size,
        session_life=timedelta(hours=settings.session_hours),
        public_url=settings.public_url or url,
    )
    # It sleeps where a simulated partner is told to be slow; without --sim nothing does.
    rehearsal = open_rehearsal(store, now, time.sleep) if settings.sim else None
    return World(
        store,
        rehearsal or now,
        os.urandom,
        Argon2Hasher(),
        limits,
        partners=connect(settings, store, rehearsal),
        simulation=rehearsal,
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """A server that answers within its own process: one customer, and one user who may write."""

    app: ASGIApp
    login: str
    password: str = field(repr=False)


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A server over an empty database that is gone afterwards; it logs nothing.

    Raises:
        ServeError: its database cannot be made.
    """
    configure_logs(io.StringIO(), form="json", level="error")
    with tempfile.TemporaryDirectory(prefix="pvm-rehearsal-") as folder:
        url = f"sqlite:///{folder}/server.db"
        try:
            migrate(url)
            with closing(open_database(url, pause)) as database:
                world = World(database, now, os.urandom, Argon2Hasher(), _ROOMY)
                user = add_stage(world)
                app = create_app(world, Shape(OFFERED, docs=False))
                yield Stage(app, user.login_name, user.password)
        except DatabaseError as error:
            raise ServeError(error.message, error.fix) from error


def serve(settings: Settings, start: Start, announce: Callable[[str], None]) -> None:
    """Migrate, listen, create the first users if there are none, and serve until a signal.

    `announce` gets the lines that an operator has to see; the log goes to standard error.

    Raises:
        ServeError: with what to do about it.
    """
    configure_logs(sys.stderr, form=settings.log_format, level=settings.log_level)
    _check_demo(settings, start)
    if start.demo:
        settings = settings.model_copy(update={"sim": True})
    try:
        with _database_url(settings, start) as url:
            if start.migrate_only:
                migrate(url)
                announce("The database is up to date.")
                return
            with closing(_bind(settings)) as listener:
                migrate(url)
                with closing(open_database(url, pause)) as database:
                    world = make_world(database, settings, service.address(listener))
                    users = _first_users(world, settings, start)
                    with working(world, settings):
                        _run(world, settings, start, _Opening(listener, users, announce))
    except DatabaseError as error:
        raise ServeError(error.message, error.fix) from error
    except SettingsError as error:
        raise ServeError(str(error), "") from error


def back_up(settings: Settings, path: Path) -> str:
    """Store the whole database in a new file, beside a server too; says what was stored.

    Raises:
        ServeError: with what to do about it.
    """
    with _told():
        origin = Origin("", __version__, f"{now():%Y-%m-%dT%H:%M:%SZ}")
        manifest = write_backup(settings.database.get_secret_value(), path, origin)
    return f"Backed up {manifest.rows} rows of schema {manifest.origin.revision} to {path}"


def restore(settings: Settings, path: Path) -> str:
    """Fill an empty database from a backup, wholly or not at all; says what was restored.

    Raises:
        ServeError: with what to do about it.
    """
    with _told():
        manifest = restore_backup(settings.database.get_secret_value(), path)
    return f"Restored {manifest.rows} rows as they were at {manifest.origin.taken_at}"


def check(settings: Settings) -> Sequence[str]:
    """Look through the whole database, beside a server too; a line for each thing found.

    Raises:
        ServeError: it cannot be looked through, with what to do about it.
    """
    with _told():
        found = check_database(settings.database.get_secret_value(), now())
    return [f"{finding.check}: {finding.detail}" for finding in found]


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with a database or a backup, as an operator is told."""
    try:
        yield
    except (DatabaseError, ArchiveError) as error:
        raise ServeError(error.message, error.fix) from error


@dataclass(frozen=True, slots=True)
class _Opening:
    """A socket that listens, and what is said when the server does."""

    listener: service.Listener
    users: Sequence[NewUser]
    announce: Callable[[str], None]


def _run(world: World, settings: Settings, start: Start, opening: _Opening) -> None:
    url = service.address(opening.listener)

    def announce_all() -> None:
        for line in _lines(start, opening.users):
            opening.announce(line)
        if start.ready_file is not None:
            users = opening.users if start.demo else ()
            service.write_ready_file(start.ready_file, url, [_ready_row(user) for user in users])
        if settings.docs:
            opening.announce(f"API page: {url}/admin/swagger-ui/")
        opening.announce(f"Listening on {url}")

    shape = Shape(
        settings.capabilities,
        docs=settings.docs,
        threads=settings.threads,
        metrics=settings.metrics,
    )
    deadlines = Deadlines(settings.header_seconds, settings.body_seconds)
    proxies = tuple(map(str, settings.proxies))
    limits = service.Service(deadlines, settings.connections, settings.shutdown_seconds, proxies)
    service.run(create_app(world, shape), opening.listener, limits, announce_all)


def _ready_row(user: NewUser) -> dict[str, str]:
    return {"login": user.login_name, "password": user.password, "role": user.role}


def _lines(start: Start, users: Sequence[NewUser]) -> Iterator[str]:
    if start.demo and not users:
        yield "The database has users already; the demo changed nothing."
    elif start.demo:
        yield "Demo: sample data and these users"
        for user in users:
            yield f"  {user.role:<12}  {user.login_name:<20}  {user.password}"
    for user in () if start.demo else users:
        yield f"First start. Sign in as {user.login_name} with this one-time password:"
        yield f"  {user.password}"
        yield "It is not shown again; change it after signing in."


def _first_users(world: World, settings: Settings, start: Start) -> Sequence[NewUser]:
    """The users that were made now and whose passwords nobody knows yet."""
    if start.demo:
        return fill_demo(world)
    given = settings.admin_password
    try:
        made = create_first_administrator(
            world, None if given is None else given.get_secret_value()
        )
    except DomainError as error:
        message = f"PVM_ADMIN_PASSWORD: {error.detail}"
        raise ServeError(message, "choose another one") from error
    return () if made is None or given is not None else (made,)


def _check_demo(settings: Settings, start: Start) -> None:
    """Demo passwords are printed, so nobody but this machine may reach a demo."""
    if start.demo and not _is_loopback(settings.host):
        message = f"a demo listens on this machine only, not on {settings.host}"
        raise ServeError(message, "leave --host out, or run without --demo")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bind(settings: Settings) -> service.Listener:
    try:
        return service.bind(settings.host, settings.port)
    except OSError as error:
        message = f"cannot listen on {settings.host} port {settings.port}: {error.strerror}"
        fix = "check --host and --port"
        if error.errno == errno.EADDRINUSE:
            message = f"port {settings.port} of {settings.host} is in use by another program"
            fix = "choose another with --port, or --port 0 for any that is free"
        raise ServeError(message, fix) from error


@contextmanager
def _database_url(settings: Settings, start: Start) -> Iterator[str]:
    """The database to use; a demo that names none gets one that is gone afterwards."""
    url = settings.database.get_secret_value()
    if start.demo and "database" not in settings.model_fields_set:
        with tempfile.TemporaryDirectory(prefix="pvm-demo-") as folder:
            yield f"sqlite:///{folder}/demo.db"
        return
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    yield url
