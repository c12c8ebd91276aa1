"""Bringing a database's schema up to date."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from reconciler.server.store.engines import (
    DatabaseError,
    read_url,
    sqlite_path,
    sqlite_writer,
    take_lock,
    unusable,
)

Need = Callable[[Connection], bool]
"""Whether there is anything to do; may refuse with a DatabaseError."""
Work = Callable[[Connection], None]

_FOLDER = Path(__file__).with_name("migrations")
# Any number will do, as long as no other program on the same database picks it too.
_ADVISORY_KEY = 7_086_123_905


def migrate(url: str) -> None:
    """Bring the schema up to date; safe to run from many processes at once.

    Raises:
        DatabaseError: unreachable, made by a newer or another program, or in use (SQLite).
    """
    _in_one_transaction(read_url(url), _is_behind, _upgrade)


def create(url: str, fill: Work) -> None:
    """Make today's schema in an empty database and `fill` it: both, or neither.

    Raises:
        DatabaseError: as for `migrate`, or the database is not empty.
    """

    def work(connection: Connection) -> None:
        _upgrade(connection)
        fill(connection)

    _in_one_transaction(read_url(url), _is_empty, work)


def require_current(connection: Connection) -> None:
    """Refuse a schema that is not this program's. Raises DatabaseError."""
    if _stored_revision(connection) != newest_revision():
        message = "the database is not up to date"
        raise DatabaseError(message, "run: pvm serve --migrate-only")


def newest_revision() -> str | None:
    """The schema that this program works with."""
    return _scripts().get_current_head()


def _is_behind(connection: Connection) -> bool:
    return _stored_revision(connection) != newest_revision()


def _is_empty(connection: Connection) -> bool:
    """True, or a refusal."""
    if _stored_revision(connection) is not None:
        message = "the database is not empty"
        raise DatabaseError(message, "name an empty database")
    return True


def _in_one_transaction(url: URL, needed: Need, work: Work) -> None:
    try:
        if url.get_backend_name() == "sqlite":
            _work_on_sqlite(url, needed, work)
        else:
            _work_on_postgres(url, needed, work)
    except SQLAlchemyError as error:
        raise unusable(url, error) from None


def _work_on_postgres(url: URL, needed: Need, work: Work) -> None:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_KEY})"))
            if needed(connection):
                work(connection)
    finally:
        engine.dispose()


def _work_on_sqlite(url: URL, needed: Need, work: Work) -> None:
    """A first lock queues migrations; the server's own refuses to migrate under its feet."""
    path = sqlite_path(url)
    locks: list[int] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        locks.append(take_lock(path.with_name(path.name + ".migration"), wait=True))
        engine = sqlite_writer(path)
        try:
            with engine.begin() as connection:
                if needed(connection):
                    locks.append(take_lock(path.with_name(path.name + ".lock"), wait=False))
                    work(connection)
        finally:
            engine.dispose()
    except BlockingIOError as error:
        message = f"another server uses the database {path}"
        raise DatabaseError(message, "stop that server first") from error
    except OSError as error:
        message = f"the database {path} cannot be used: {error.strerror}"
        raise DatabaseError(message, "name a file in a folder that you may write to") from error
    finally:
        for lock in reversed(locks):
            os.close(lock)


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        message = f"the database could not be brought up to date ({reason}); it is as it was"
        fix = "go on with the version before, and report this"
        raise DatabaseError(message, fix) from None


@cache
def _scripts() -> ScriptDirectory:
    """Reading them means compiling each; they stay as they are while the program runs."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def _stored_revision(connection: Connection) -> str | None:
    """The schema's revision; None for an empty database.

    Raises:
        DatabaseError: another program's tables, or a newer program's.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" not in tables:
        if tables:
            message = "the database holds another program's tables"
            raise DatabaseError(message, "name an empty database")
        return None
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        message = "the database was made by a newer version of this program"
        raise DatabaseError(message, "install that version, or restore an older backup")
    return revision
