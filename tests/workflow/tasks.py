"""Tasks over generated stores, and one way to run each workflow against a server in memory."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.project import Prune, Selection
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.apply import Run, Stop, apply_plan
from reconciler.workflow.drift import find_drift
from reconciler.workflow.inventory import Pace
from reconciler.workflow.journal import Journal, NoJournal
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.task import Task
from tests.remote.fake_server import FakeServer, access
from tests.stores import store_project, store_target

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "http://127.0.0.1:1"
EVERYTHING = Selection()


def task(declared: Sequence[Desired], *, concurrency: int = 4, prune: bool = False) -> Task:
    """What the command line would have gathered; with `prune` all that is undeclared goes."""
    project = store_project(URL, secrets=("/pin",))
    if prune:
        safety = replace(project.safety, allow_empty=True)
        project = replace(project, prune=Prune.SCOPE, safety=safety)
    return Task(project, store_target(URL, concurrency), declared, NOON, "0", warnings=("careful",))


def desired(kind: str, name: str, value: dict[str, JsonValue], line: int = 7) -> Desired:
    pointer = "/parameters" if kind == "Bootstrap" else ""
    return Desired(ResourceId(kind, name), value, Origin("stores/nl.yaml", 0, line, pointer))


def plan(server: FakeServer, given: Task, options: PlanOptions | None = None) -> Plan:
    """As `pvm plan`."""
    with connect_reader(access(), server.transport) as reader:
        return plan_changes(given, reader, options or PlanOptions())


def apply(
    server: FakeServer, given: Task, made: Plan | None = None, run: Run | None = None
) -> Receipt:
    """As `pvm apply`."""
    made = made or plan(server, given)
    with connect_writer(access(), server.transport) as writer:
        return apply_plan(made, given, writer, run or running())


def drift(server: FakeServer, given: Task, selection: Selection = EVERYTHING) -> Drift:
    """As `pvm drift`."""
    with connect_reader(access(), server.transport) as reader:
        return find_drift(given, reader, selection)


def running(stop: Stop | None = None, journal: Journal | None = None) -> Run:
    """A run that nobody watches, and that never waits."""
    pace = Pace(sleep=lambda _: None)
    return Run(stop or threading.Event(), lambda: NOON, journal=journal or NoJournal(), pace=pace)
