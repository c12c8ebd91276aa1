"""Keepers over a server in memory, and a clock that moves when somebody waits."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.core.ports import Writer
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.inventory import Held, Keeper, read_inventory
from reconciler.workflow.pace import Pace
from reconciler.workflow.task import Task
from tests.core.inventories import KEY
from tests.remote.fake_server import EVERYTHING, FakeServer, access
from tests.workflow.tasks import NOON, task

NO_TAGS = tuple(one for one in EVERYTHING if one != "etag")


@dataclass
class Clock:
    """The server's clock; `waiting` is called whenever somebody waits."""

    moment: datetime = NOON
    naps: list[float] = field(default_factory=list)
    waiting: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.moment += timedelta(seconds=seconds)
        self.waiting()


def server_with(offers: Sequence[str] = EVERYTHING, clock: Clock | None = None) -> FakeServer:
    return FakeServer(offers=offers, clock=(clock or Clock()).now)


def ours(run: str = "ci-7", key: bytes | None = KEY, **changes: object) -> Task:
    """A task of a project that keeps an inventory."""
    return replace(task([]), key=key, run=run, **changes)  # type: ignore[arg-type] # each test names fields that exist


def held_on(server: FakeServer, given: Task | None = None, logins: Sequence[str] = ()) -> Held:
    """As a reading command finds it, from the list."""
    with connect_reader(access(), server.transport) as reader:
        return read_inventory(
            given or ours(), reader, tuple(reader.fetch(KINDS["Bootstrap"])), logins
        )


@contextmanager
def keeping(
    server: FakeServer, given: Task | None = None, clock: Clock | None = None
) -> Iterator[Keeper]:
    """A keeper of what is on the server now."""
    given = given or ours()
    with connect_writer(access(), server.transport) as writer:
        yield keeper_with(writer, given, clock)


_numbers = itertools.count(1)


def keeper_with(writer: Writer, given: Task, clock: Clock | None = None) -> Keeper:
    pace = Pace(sleep=(clock or Clock()).sleep)
    held = read_inventory(given, writer, None, ())
    return Keeper(held, given, writer, lambda count: next(_numbers).to_bytes(count, "big"), pace)


def shard_names(server: FakeServer) -> list[str]:
    return sorted(name for name in server.rows["bootstrap"] if name.startswith("pvm-"))


def forge(server: FakeServer, name: str) -> None:
    """What somebody without the key would like to be there."""
    row = server.rows["bootstrap"][name]
    parameters, version = row["parameters"], row["version"]
    assert isinstance(parameters, dict)
    assert isinstance(version, int)
    forged = {**parameters, "about": "store-1 is mine"}
    server.rows["bootstrap"][name] = {**row, "parameters": forged, "version": version + 1}


class DiedError(BaseException):
    """The process is gone."""


def dying_after(number: int) -> Callable[[int, str], None]:
    def person(request: int, when: str) -> None:
        if request > number and when == "before":
            raise DiedError

    return person
