"""Two servers that an apply can be tried on again and again: the bundled one, one in memory."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx

from reconciler.core.inventory import is_reserved
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.apply import Run, apply_plan
from reconciler.workflow.inventory import Pace
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.task import Task
from tests.remote.fake_server import FakeServer, access
from tests.server.api.deployment import Chance
from tests.workflow.tasks import NOON
from tests.world.world import KEY, URL, World, project, world

Objects = Mapping[tuple[str, str], tuple[Mapping[str, JsonValue], int]]


@dataclass(frozen=True, slots=True)
class State:
    """What must be the same however often a run is repeated."""

    objects: Objects
    """Values and versions of everything but pvm's own bootstraps."""
    mails: Sequence[tuple[str, str]]
    """Recipient and kind; a server in memory sends none."""


class Stage(Protocol):
    """A server, and pvm with it."""

    def begin_anew(self, offers: tuple[str, ...]) -> None:
        """A server without anything that can do this much."""
        ...

    def keep(self) -> Callable[[], None]:
        """What brings everything back to now, time and chance included."""
        ...

    def wire(self) -> httpx.BaseTransport:
        """The way to the server."""
        ...

    def let_pass(self, seconds: float) -> None:
        """Move the server's clock."""
        ...

    def state(self) -> State:
        """Past everything under test."""
        ...

    def task(self, objects: Sequence[Desired]) -> Task: ...

    def plan(self, task: Task, options: PlanOptions) -> Plan: ...

    def apply(self, task: Task, plan: Plan, wire: httpx.BaseTransport) -> Receipt: ...


@dataclass(slots=True)
class Bundled:
    """The bundled server within the process."""

    world: World
    offers: tuple[str, ...] = ()
    chance: Chance = field(default_factory=Chance)

    def begin_anew(self, offers: tuple[str, ...]) -> None:
        self.world.begin_anew()
        self.chance.count = 0
        self.offers = offers
        self.world.server.offer(*offers)

    def keep(self) -> Callable[[], None]:
        server, offers, count = self.world.server, self.offers, self.chance.count
        backup, moment = server.keep(), server.clock.moment

        def restore() -> None:
            server.restore(backup)
            server.offer(*offers)
            server.clock.moment = moment
            self.chance.count = count

        return restore

    def wire(self) -> httpx.BaseTransport:
        return self.world.wire

    def let_pass(self, seconds: float) -> None:
        self.world.server.clock.advance(seconds=seconds)

    def state(self) -> State:
        server = self.world.server
        objects = {
            key: (stored.value, stored.version)
            for key, stored in server.objects().items()
            if not is_reserved(*key)
        }
        return State(objects, server.mails())

    def task(self, objects: Sequence[Desired]) -> Task:
        return self.world.task(objects)

    def plan(self, task: Task, options: PlanOptions) -> Plan:
        return self.world.plan(task, options)

    def apply(self, task: Task, plan: Plan, wire: httpx.BaseTransport) -> Receipt:
        run = replace(self.world.run(), chance=self.chance)
        with connect_writer(self.world.access(), wire) as writer:
            return apply_plan(plan, task, writer, run)


@dataclass(slots=True)
class Memory:
    """The server in memory: many times faster, for what takes many runs."""

    lacks: Mapping[str, object] = field(default_factory=dict)
    """What its server has less of: fields of `FakeServer`."""
    endpoints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    server: FakeServer = field(default_factory=FakeServer)
    moment: datetime = NOON
    chance: Chance = field(default_factory=Chance)

    def begin_anew(self, offers: tuple[str, ...]) -> None:
        self.moment = NOON
        lacks: dict[str, Any] = {"offers": offers, "clock": self._now, **self.lacks}
        self.server = FakeServer(**lacks)

    def keep(self) -> Callable[[], None]:
        server, moment, count = self.server, self.moment, self.chance.count
        rows = deepcopy(server.rows)

        def restore() -> None:
            self.server, self.moment, self.chance.count = server, moment, count
            server.rows = deepcopy(rows)
            server.seen.clear()

        return restore

    def wire(self) -> httpx.BaseTransport:
        return self.server.transport

    def let_pass(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def state(self) -> State:
        objects = {
            (kind.name, key): (_bare(row), int(str(row.get("version", 0))))
            for kind in KINDS.values()
            for key, row in self.server.rows[kind.path].items()
            if not is_reserved(kind.name, key)
        }
        return State(objects, ())

    def task(self, objects: Sequence[Desired]) -> Task:
        rules = project()
        return Task(rules, rules.targets["default"], objects, self._now(), "0", key=KEY)

    def plan(self, task: Task, options: PlanOptions) -> Plan:
        with connect_reader(access(url=URL, endpoints=self.endpoints), self.wire()) as reader:
            return plan_changes(task, reader, options)

    def apply(self, task: Task, plan: Plan, wire: httpx.BaseTransport) -> Receipt:
        pace = Pace(sleep=self.let_pass)
        run = Run(threading.Event(), self._now, chance=self.chance, pace=pace)
        with connect_writer(access(url=URL, endpoints=self.endpoints), wire) as writer:
            return apply_plan(plan, task, writer, run)

    def _now(self) -> datetime:
        return self.moment


def _bare(row: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    made = ("version", "updatedAt", "updatedBy")
    return {field: value for field, value in row.items() if field not in made}


@contextmanager
def bundled(folder: Path) -> Iterator[Bundled]:
    """A bundled server in an empty folder."""
    with world(folder) as found:
        yield Bundled(found)
