"""Connections: one recipe for SQLite, one for PostgreSQL."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

_READERS = 64
_POOL_SECONDS = 30
_BUSY_MILLISECONDS = 5000
_INSTALL = 'install it with: pip install "pvm[server,postgres]"'


class DatabaseError(Exception):
    """The database cannot be used; the text never shows a password. `fix` says what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Engines:
    """A reader that cannot write, and a writer. `lock` is an open file descriptor, for SQLite."""

    reader: Engine
    writer: Engine
    lock: int | None

    def close(self) -> None:
        """Close every connection, then let the next server in."""
        self.reader.dispose()
        self.writer.dispose()
        if self.lock is not None:
            os.close(self.lock)


def read_url(text: str) -> URL:
    """A database's address. Raises DatabaseError for another kind of database, or none."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        message = "the database URL cannot be read"
        fix = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
        raise DatabaseError(message, fix) from error
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        message = f"{backend} databases are not supported"
        raise DatabaseError(message, "use sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")
    if url.database in {None, "", ":memory:"}:
        message = "a SQLite database must be a file"
        raise DatabaseError(message, "write sqlite:///FILE, or sqlite:////FILE from the root")
    return url.set(drivername="sqlite+pysqlite")


def shown(url: URL) -> str:
    """The address without its password."""
    return url.render_as_string(hide_password=True)


def open_engines(url: URL) -> Engines:
    """Open a database for serving. Raises DatabaseError; connections are made when needed."""
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    return Engines(_postgres_reader(url), _postgres_writer(url), None)


def open_reader(url: URL) -> Engine:
    """Only the reader: it works beside a server too. Its transactions are snapshots."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_reader(sqlite_path(url))
    return _postgres_reader(url)


def take_lock(path: Path, *, wait: bool) -> int:
    """The descriptor of a lock file; closing it lets go. Raises BlockingIOError, OSError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        raise
    return handle


def sqlite_path(url: URL) -> Path:
    """The file of a SQLite database."""
    return Path(url.database or "").resolve()


def _open_sqlite(url: URL) -> Engines:
    """One writer, many readers, one server: SQLite's own locks then never collide."""
    path = sqlite_path(url)
    try:
        lock = take_lock(path.with_name(path.name + ".lock"), wait=False)
    except BlockingIOError as error:
        message = f"another server uses the database {path}"
        raise DatabaseError(message, "stop that server, or name another database") from error
    except OSError as error:
        message = f"the database {path} cannot be used: {error.strerror}"
        raise DatabaseError(message, "name a file in a folder that you may write to") from error
    return Engines(_sqlite_reader(path), sqlite_writer(path), lock)


def sqlite_writer(path: Path) -> Engine:
    """The only connection that writes; it takes SQLite's write lock before it reads.

    A new file is its owner's alone: bootstraps hold keys. SQLite gives its other files the same
    rights.
    """
    path.touch(mode=0o600)
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        pool_size=1,
        max_overflow=0,
        pool_timeout=_POOL_SECONDS,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )
    _prepare(engine, "BEGIN IMMEDIATE", ("journal_mode=WAL", "synchronous=FULL"))
    return engine


def _sqlite_reader(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite+pysqlite:///file:{path}?mode=ro&uri=true",
        pool_size=8,
        max_overflow=_READERS - 8,
        pool_timeout=_POOL_SECONDS,
        connect_args={"isolation_level": None, "check_same_thread": False},
    )
    _prepare(engine, "BEGIN", ("query_only=ON", "wal_autocheckpoint=0"))
    return engine


def _prepare(engine: Engine, begin: str, own: tuple[str, ...]) -> None:
    """Run the pragmas on each new connection, and begin transactions in our own words."""
    pragmas = (
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "trusted_schema=OFF",
        *own,
    )

    def connected(connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - DB-API
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)


def _postgres_reader(url: URL) -> Engine:
    return _postgres(url, "REPEATABLE READ", "-c default_transaction_read_only=on")


def _postgres_writer(url: URL) -> Engine:
    return _postgres(url, "READ COMMITTED", "")


def _postgres(url: URL, isolation: str, options: str) -> Engine:
    try:
        return create_engine(
            url,
            isolation_level=isolation,
            pool_size=8,
            max_overflow=_READERS - 8,
            pool_timeout=_POOL_SECONDS,
            pool_pre_ping=True,
            connect_args={"options": f"-c timezone=UTC {options}".strip()},
        )
    except ModuleNotFoundError as error:
        message = f"the PostgreSQL driver is not installed ({error.name})"
        raise DatabaseError(message, _INSTALL) from error


def unusable(url: URL, error: SQLAlchemyError) -> DatabaseError:
    """The refusal for a database that does not answer; drivers' texts may hold credentials."""
    origin = getattr(error, "orig", None)
    reason = type(origin or error).__name__
    state = getattr(origin, "sqlstate", None)
    message = (
        f"the database {shown(url)} does not answer ({f'{reason} {state}' if state else reason})"
    )
    return DatabaseError(message, "check its address, that it runs, and the user's rights")
