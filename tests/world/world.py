"""A project and a server, as the laws and the stories see them: declare, plan, apply, meddle."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Inventory, is_reserved
from reconciler.core.json_text import dump_json
from reconciler.core.origin import Origin
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.ports import Observer, Writer
from reconciler.core.project import Limits, Project, Prune, Safety, Scope, Target
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.access import Access, Credentials
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.apply import Run, apply_plan
from reconciler.workflow.inventory import Pace, read_inventory
from reconciler.workflow.journal import NOTHING_MORE, Point
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.task import Task
from tests.remote.fake_server import Waits
from tests.server.api.deployment import LOGINS, PASSWORD
from tests.world.server import BundledServer, Key, bundled_server
from tests.world.transport import AppTransport

URL = "http://127.0.0.1:1"
KEY = b"a key for the digests of tests only"
SUPER = LOGINS["Super-Admin"]
NO_LIMITS = Safety(deletes={}, updates={}, adopt={}, allow_empty=True)
EVERYTHING = PlanOptions()

Wrap = Callable[[httpx.BaseTransport], httpx.BaseTransport]


def project(**changes: object) -> Project:
    """Every kind of the acme project in scope by its names, and no threshold in the way."""
    given: dict[str, Any] = {
        "name": "acme",
        "id": "7f3c9a",
        "sources": ("files",),
        "scope": Scope(
            {"Site": ("s*",), "Bootstrap": ("b*",), "Token": ("t*",), "PortalUser": ("u*",)}
        ),
        "prune": Prune.OWNED,
        "safety": NO_LIMITS,
        "targets": {"default": target()},
        **changes,
    }
    return Project(**given)


def target(concurrency: int = 1, **changes: object) -> Target:
    """The server of this test; one request at a time is enough."""
    limits = Limits(concurrency=concurrency, requests_per_second=100_000, retries=2)
    return replace(Target("default", URL, limits=limits), **changes)  # type: ignore[arg-type] # as above


def declared(
    kind: str,
    name: str,
    value: Mapping[str, JsonValue],
    file: str = "files/all.yaml",
    line: int = 1,
) -> Desired:
    """An object as read from a file."""
    pointer = "/parameters" if kind == "Bootstrap" else ""
    return Desired(ResourceId(kind, name), value, Origin(file, line - 1, line, pointer))


@dataclass(slots=True)
class Notebook:
    """A journal within the test."""

    points: list[Point] = field(default_factory=list)
    undo: list[Mapping[str, JsonValue]] = field(default_factory=list)
    """What it takes to take each apply back."""
    details: list[Mapping[str, JsonValue]] = field(default_factory=list)

    def mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        self.points.append(point)
        self.details.append(details)

    def keep_undo(self, document: Mapping[str, JsonValue]) -> str:
        self.undo.append(document)
        return "undo.json"


@dataclass(slots=True)
class World:
    """One server, the wire to it and the people around it."""

    server: BundledServer
    wire: AppTransport
    wrap: Wrap = lambda inner: inner
    """Stands between the client and the wire: faults, interruptions, other applies."""
    waits: Waits = field(default_factory=Waits)
    journal: Notebook = field(default_factory=Notebook)

    def begin_anew(self) -> None:
        """As at the beginning; costs less than one request."""
        self.server.begin_anew()
        self.wire.seen.clear()
        self.wrap = lambda inner: inner
        self.waits = Waits()
        self.journal = Notebook()

    def task(
        self, objects: Sequence[Desired], rules: Project | None = None, **changes: object
    ) -> Task:
        """What the command line would have gathered."""
        rules = rules or project()
        made = Task(rules, rules.targets["default"], objects, self.server.now(), "0", key=KEY)
        return replace(made, run="ci-7", **changes)  # type: ignore[arg-type] # each test names fields that exist

    def access(self, login: str = SUPER, *, with_password: bool = False) -> Access:
        """The way of one user; a session that is open already saves the logging in."""
        session = "" if with_password else self.server.sessions[login]
        return Access(
            URL,
            Credentials(login, PASSWORD, session),
            limits=target().limits,
            timing=self.waits.timing,
            source="acme@9d03e77",
        )

    @contextmanager
    def reading(self, access: Access | None = None) -> Iterator[Observer]:
        with connect_reader(access or self.access(), self.wrap(self.wire)) as reader:
            yield reader

    @contextmanager
    def writing(self, access: Access | None = None) -> Iterator[Writer]:
        with connect_writer(access or self.access(), self.wrap(self.wire)) as writer:
            yield writer

    def plan(self, task: Task, options: PlanOptions = EVERYTHING) -> Plan:
        """As `pvm plan`."""
        with self.reading() as reader:
            return plan_changes(task, reader, options)

    def apply(
        self,
        task: Task,
        reviewed: Plan | None = None,
        options: PlanOptions = EVERYTHING,
        run: Run | None = None,
    ) -> Receipt:
        """As `pvm apply --yes`, with the plan that was reviewed or one made now."""
        plan = reviewed or self.plan(task, options)
        with self.writing() as writer:
            return apply_plan(plan, task, writer, run or self.run())

    def run(self) -> Run:
        """A run that nobody watches."""
        pace = Pace(settle=0, sleep=self.waits.sleep)
        return Run(
            threading.Event(),
            self.server.now,
            journal=self.journal,
            chance=self.server.chance,
            pace=pace,
        )

    def inventory(self, task: Task) -> Inventory:
        """What the server holds of it right now, read past the wire."""
        found = self.server.objects()
        bootstraps = [
            Live(ResourceId(key[0], stored.name), stored.value, str(stored.version))
            for key, stored in found.items()
            if key[0] == "Bootstrap"
        ]
        logins = {stored.name for key, stored in found.items() if key[0] == "PortalUser"}
        logins |= {one.id.name for one in task.declared if one.id.kind == "PortalUser"}
        with self.reading() as reader:
            return read_inventory(task, reader, bootstraps, logins).inventory

    def objects(self) -> dict[Key, Mapping[str, JsonValue]]:
        """What the customer has, pvm's own bootstraps left out."""
        return {
            key: stored.value
            for key, stored in self.server.objects().items()
            if not is_reserved(*key)
        }

    def put(self, kind: str, name: str, value: Mapping[str, JsonValue], by: str = SUPER) -> None:
        """Somebody writes an object by hand."""
        answer = self._by_hand("POST", ResourceId(kind, name), value, by)
        assert answer.is_success, answer.text

    def remove(self, kind: str, name: str, by: str = SUPER) -> None:
        """Somebody deletes an object by hand."""
        answer = self._by_hand("DELETE", ResourceId(kind, name), None, by)
        assert answer.is_success, answer.text

    def meddle(self, edits: Iterable["Edit"], by: str = SUPER) -> None:
        """Somebody tries all this by hand; what the server refuses does not happen."""
        for one in edits:
            method = "DELETE" if one.value is None else "POST"
            self._by_hand(method, ResourceId(one.kind, one.name), one.value, by)

    def _by_hand(
        self, method: str, id_: ResourceId, value: Mapping[str, JsonValue] | None, by: str
    ) -> httpx.Response:
        query: dict[str, str] = {"name": id_.name}
        headers = {"Authorization": f"Bearer {self.server.sessions[by]}"}
        body: bytes | None = None
        if value is not None and id_.kind == "Token":
            query |= {field: str(text) for field, text in value.items()}
        elif value is not None:
            body = dump_json(value).encode()
            headers["Content-Type"] = "application/json"
        with httpx.Client(base_url=URL, transport=self.server.people) as client:
            path = f"/admin/api/v1/{KINDS[id_.kind].path}"
            return client.request(method, path, params=query, headers=headers, content=body)


@dataclass(frozen=True, slots=True)
class Edit:
    """Somebody writes an object by hand; without a value it is deleted."""

    kind: str
    name: str
    value: Mapping[str, JsonValue] | None


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """A world whose server lies in an empty folder."""
    with bundled_server(folder) as server:
        wire = AppTransport(server.app)
        try:
            yield World(server, wire)
        finally:
            wire.shut()
