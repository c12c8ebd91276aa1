"""The bundled server within the test: on a SQLite file that goes back to its beginning in no time.

It holds what `tests/server/api/deployment.py` puts into a database: the customers `acme` and
`globex`, a user of each role, and acme's starter pairs.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import structlog
from fastapi import FastAPI
from structlog.testing import CapturingLoggerFactory

from reconciler.core.json_text import parse_json
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.server.api.application import Shape, build, wrap
from reconciler.server.domain.limits import Limits
from reconciler.server.settings import OFFERED
from reconciler.server.store.database import Database, migrate
from reconciler.server.store.engines import open_engines, read_url
from reconciler.server.store.passwords import Argon2Hasher, Cost
from reconciler.server.usecases.ports import World
from tests.databases import at_once
from tests.server.api.deployment import ACME, Chance, Clock, Seed, fill
from tests.world.transport import AppTransport

EVERYTHING = tuple(OFFERED)
# Nothing survives a test, so nothing needs to reach a disk.
HASTE = "PRAGMA synchronous=OFF"

_ROWS: Mapping[str, str] = {
    "Site": "SELECT name, version, pro_server_name FROM site",
    "Bootstrap": "SELECT name, version, text FROM bootstrap",
    "Token": "SELECT name, version, app_id, bootstrap, description FROM token",
    "PortalUser": "SELECT login_name, version, user_name, role, email FROM portal_user",
}
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Site": ("proServerName",),
    "Token": ("appId", "bootstrap", "description"),
    "PortalUser": ("userName", "role", "email"),
}


@dataclass(frozen=True, slots=True)
class Stored:
    """One object as it lies in the database."""

    name: str
    version: int
    value: Mapping[str, JsonValue]


Key: TypeAlias = tuple[str, str]
"""Kind and folded name."""


class BundledServer:
    """One customer's server; `objects` looks into the database, past everything under test."""

    def __init__(self, world: World, file: Path, seed: Seed) -> None:
        self._world = world
        self._seed = seed
        self._file = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._file.execute(HASTE)
        self._beginning = sqlite3.connect(":memory:", check_same_thread=False)
        self._file.backup(self._beginning)
        self._customer = self._file.execute(
            "SELECT id FROM customer WHERE code = ?", (ACME,)
        ).fetchone()[0]
        self._api: FastAPI = build(world, Shape(EVERYTHING, docs=False))
        self.app = wrap(self._api, world, lambda: 0.0)
        self.people = AppTransport(self.app)

    @property
    def sessions(self) -> Mapping[str, str]:
        """Bearer tokens by login name; they last eight hours of the server's clock."""
        return self._seed.tokens

    @property
    def clock(self) -> Clock:
        """The server's; it moves only when a test moves it."""
        assert isinstance(self._world.clock, Clock)
        return self._world.clock

    def now(self) -> datetime:
        return self.clock()

    def chance(self, size: int) -> bytes:
        """Bytes that no other caller got, the same in each run."""
        return self._world.chance(size)

    def offer(self, *capabilities: str) -> None:
        """Have these capabilities and no others."""
        self._api.state.capabilities = capabilities

    def begin_anew(self) -> None:
        """Undo everything since the beginning, on the server and in time."""
        self._beginning.backup(self._file)
        self.clock.moment = Clock().moment
        assert isinstance(self._world.chance, Chance)
        self._world.chance.count = self._seed.chances
        self.offer(*EVERYTHING)

    def keep(self) -> sqlite3.Connection:
        """A backup, for `restore`."""
        backup = sqlite3.connect(":memory:", check_same_thread=False)
        self._file.backup(backup)
        return backup

    def restore(self, backup: sqlite3.Connection) -> None:
        """Forget whatever came after `keep`."""
        backup.backup(self._file)

    def objects(self) -> dict[Key, Stored]:
        """Everything the customer has, inventory and starter pairs included."""
        return {
            (kind, KINDS[kind].key(row[0])): Stored(row[0], row[1], _value(kind, row[2:]))
            for kind, select in _ROWS.items()
            for row in self._file.execute(f"{select} WHERE customer_id = ?", (self._customer,))
        }

    def events(self) -> int:
        """How many events the customer's history has: each change is one."""
        select = "SELECT count(*) FROM event WHERE customer_id = ?"
        return int(self._file.execute(select, (self._customer,)).fetchone()[0])

    def mails(self) -> list[tuple[str, str]]:
        """Recipient and kind of each mail that waits to be sent."""
        return sorted(self._file.execute("SELECT recipient, kind FROM outbox"))

    def touch_token(self, name: str) -> None:
        """Have a device use the token, now."""
        self._file.execute(
            "UPDATE token SET last_used_at = ?, use_count = use_count + 1 WHERE name_key = ?",
            (int(self.clock().timestamp() * 1000), name.lower()),
        )

    def close(self) -> None:
        self.people.shut()
        self._file.close()
        self._beginning.close()


def _value(kind: str, columns: tuple[str, ...]) -> Mapping[str, JsonValue]:
    if kind == "Bootstrap":
        value = parse_json(columns[0])
        assert isinstance(value, dict)
        return value
    return dict(zip(_FIELDS[kind], columns, strict=True))


@contextmanager
def bundled_server(folder: Path) -> Iterator[BundledServer]:
    """A server over a new database in `folder`, which must be empty."""
    file = folder / "server.db"
    url = f"sqlite:///{file}"
    migrate(url)
    with _no_log(), _opened(url) as store:
        seed = fill(store)
        world = World(store, Clock(), Chance(seed.chances), Argon2Hasher(CHEAP), Limits())
        with closing(BundledServer(world, file, seed)) as found:
            yield found


CHEAP = Cost(memory_kib=64, passes=1, at_once=2)


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    engines = open_engines(read_url(url))
    with closing(engines.writer.raw_connection()) as only_writer:
        only_writer.cursor().execute(HASTE)
    with closing(Database(engines, at_once)) as database:
        yield database


@contextmanager
def _no_log() -> Iterator[None]:
    """structlog's own default prints every variable of a failure."""
    structlog.configure(processors=[], logger_factory=CapturingLoggerFactory())
    try:
        yield
    finally:
        structlog.reset_defaults()
