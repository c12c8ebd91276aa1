"""The workflows against the bundled server as a process of its own, over HTTP."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx
import pytest

from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Locked
from reconciler.core.json_text import parse_json
from reconciler.core.origin import Origin
from reconciler.core.outcome import Applied, Failed, Why
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.ports import Denied, Observer, Rejected
from reconciler.core.project import Limits, Scope, Selection
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.access import Access, Credentials
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.remote.device import DeviceRequest, fetch_bootstrap
from reconciler.workflow.apply import Run, apply_plan
from reconciler.workflow.doctor import diagnose
from reconciler.workflow.drift import find_drift
from reconciler.workflow.explain import Question, explain_object
from reconciler.workflow.export import export_objects
from reconciler.workflow.observation import plan_changes
from reconciler.workflow.task import Task
from tests.databases import postgres_server
from tests.live_server import RunningServer, running_server
from tests.stores import store_project, store_target, stores
from tests.workflow.tasks import desired

STORES = 500
KEY = b"a key of more than sixteen bytes"
ALL = Selection()


@dataclass(slots=True)
class Recording(httpx.BaseTransport):
    """The network, and what was sent over it."""

    inner: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)
    sent: list[tuple[str, str]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((request.method, request.url.path))
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Iterator[RunningServer]:
    if request.param == "sqlite":
        with running_server() as found:
            yield found
        return
    with (
        postgres_server() as postgres,
        postgres.database(prepare=None) as url,
        running_server(url) as found,
    ):
        yield found


def access(server: RunningServer, role: str = "Super-Admin") -> Access:
    user = server.user(role)
    limits = Limits(concurrency=8, requests_per_second=100_000, retries=5)
    return Access(
        server.url,
        Credentials(user.login, user.password),
        limits=limits,
        source="acme-retail@9d03e77",
    )


def task(server: RunningServer, declared: tuple[Desired, ...], part: str = "") -> Task:
    """A project of its own for each `part` of the names: no test meets another's objects."""
    target, project = store_target(server.url), store_project(server.url)
    if part:
        scope = Scope({"Bootstrap": (f"store-{part}*",), "Token": (f"STORE-{part}*",)})
        project = replace(project, name=part, scope=scope)
    return Task(project, target, declared, datetime.now(UTC), "0", key=KEY)  # noqa: TID251 -- a test's clock


def plan(server: RunningServer, given: Task) -> Plan:
    with connect_reader(access(server)) as reader:
        return plan_changes(given, reader, PlanOptions())


def apply(server: RunningServer, given: Task, made: Plan | None = None) -> Receipt:
    made = made or plan(server, given)
    run = Run(threading.Event(), lambda: datetime.now(UTC))  # noqa: TID251 -- a test's clock
    with connect_writer(access(server)) as writer:
        return apply_plan(made, given, writer, run)


def bootstrap(server: RunningServer, part: str, parameters: dict[str, JsonValue]) -> Task:
    """A project with one bootstrap."""
    return task(server, (desired("Bootstrap", f"store-{part}", parameters),), part)


def edit(server: RunningServer, name: str, parameters: dict[str, JsonValue]) -> None:
    """As somebody does it by hand."""
    with connect_writer(access(server)) as writer:
        live = writer.find(KINDS["Bootstrap"], name)
        writer.upsert(
            KINDS["Bootstrap"],
            desired("Bootstrap", name, parameters),
            live.version if live else None,
        )


@pytest.mark.requirement("T-21")
@pytest.mark.requirement("S-18")
def test_five_hundred_stores_are_applied_once_and_stay_as_they_are(server: RunningServer) -> None:
    given = task(server, stores(STORES, seed=7))
    receipt = apply(server, given)
    assert Counter(type(one).__name__ for one in receipt.outcomes) == {"Applied": 4 * STORES}
    assert (receipt.discrepancies, receipt.unverified) == ((), "")
    again = plan(server, given)
    assert (again.steps, again.blocked, again.unchanged) == ((), (), 4 * STORES)
    with connect_reader(access(server)) as reader:
        found = find_drift(given, reader, ALL)
        assert (found.drifted, found.conflicts) == ((), ())
        exported = export_objects(given.project, reader, Selection(select=(("*", "*"),)))
    read = tuple(Desired(one.id, one.value, Origin("e.yaml", 0, 1)) for one in exported)
    assert {digest(one.value) for one in given.declared} <= {digest(one.value) for one in read}
    assert plan(server, replace(given, declared=read)).steps == ()


def test_one_is_not_true_to_the_server_either(server: RunningServer) -> None:
    apply(server, bootstrap(server, "bool", {"on": 1}))
    changed = bootstrap(server, "bool", {"on": True})
    (step,) = plan(server, changed).steps
    (outcome,) = apply(server, changed).outcomes
    assert outcome == Applied(step.change.id, "updated")
    assert plan(server, changed).steps == ()


def test_an_object_changed_after_the_plan_is_stale_and_stays(server: RunningServer) -> None:
    apply(server, bootstrap(server, "stale", {"v": 1}))
    mine = bootstrap(server, "stale", {"v": 2})
    made = plan(server, mine)
    edit(server, "store-stale", {"v": 1, "theirs": 1})
    (outcome,) = apply(server, mine, made).outcomes
    assert isinstance(outcome, Failed)
    assert outcome.why is Why.STALE
    with connect_reader(access(server)) as reader:
        found = find_drift(mine, reader, ALL)
    (drifted,) = found.drifted
    assert [field.pointer for field in drifted.fields] == ["/theirs"]
    assert drifted.changed_by == server.user("Super-Admin").login


def test_two_applies_at_once_never_mix(server: RunningServer) -> None:
    sides = [
        task(
            server,
            tuple(desired("Bootstrap", f"store-race-{n}", {"side": side}) for n in range(10)),
            "race",
        )
        for side in ("a", "b")
    ]
    plans = [plan(server, side) for side in sides]

    def one(pair: tuple[Task, Plan]) -> Receipt | Locked:
        try:
            return apply(server, *pair)
        except Locked as locked:
            return locked

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(one, zip(sides, plans, strict=True)))
    assert any(isinstance(end, Receipt) for end in ends)
    with connect_reader(access(server)) as reader:
        live = export_objects(sides[0].project, reader, ALL)
    assert len({str(item.value["side"]) for item in live}) == 1
    assert len(live) == 10


def test_a_device_gets_what_was_declared(server: RunningServer) -> None:
    parameters: dict[str, JsonValue] = {"z": 2**70, "a": None, "t": [True, 1]}
    token = desired(
        "Token",
        "STORE-device",
        {"appId": "WFC_PRO_ANDROID", "bootstrap": "store-device", "description": ""},
    )
    declared = (desired("Bootstrap", "store-device", parameters), token)
    apply(server, task(server, declared, "device"))
    asked = DeviceRequest(server.url, "store-device", "WFC_PRO_ANDROID")
    assert parse_json(fetch_bootstrap(asked)) == parameters
    with pytest.raises(Rejected) as caught:
        fetch_bootstrap(replace(asked, token="STORE-NOBODY"))
    assert caught.value.status == 404
    with pytest.raises(Denied):
        fetch_bootstrap(replace(asked, app_id="WFC_VOICE_ANDROID"))


def test_a_write_leaves_its_file_and_line_with_the_object(server: RunningServer) -> None:
    apply(server, bootstrap(server, "source", {}))
    user = server.user("Super-Admin")
    with httpx.Client(base_url=server.url) as client:
        login = client.post(
            "/admin/api/v1/auth/admin", json={"username": user.login, "password": user.password}
        ).json()
        row = client.get(
            "/admin/api/v1/bootstrap",
            params={"name": "store-source"},
            headers={"Authorization": f"Bearer {login['accessToken']}"},
        ).json()
    assert row["source"] == "acme-retail@9d03e77 stores/nl.yaml:7"


READING: dict[str, Callable[[Task, Observer], object]] = {
    "plan": lambda given, reader: plan_changes(given, reader, PlanOptions()),
    "drift": lambda given, reader: find_drift(given, reader, ALL),
    "export": lambda given, reader: export_objects(given.project, reader, ALL),
    "explain": lambda given, reader: explain_object(
        given, Question(ResourceId("Bootstrap", "store-x")), reader
    ),
    "doctor": lambda given, reader: diagnose(given, reader, (), lambda: given.created),
}


@pytest.mark.parametrize("command", READING)
def test_reading_commands_send_nothing_but_get_head_and_one_login(
    server: RunningServer, command: str
) -> None:
    network = Recording()
    with connect_reader(access(server), network) as reader:
        READING[command](bootstrap(server, "x", {"new": 1}), reader)
    others = [path for method, path in network.sent if method not in ("GET", "HEAD")]
    assert others == ["/admin/api/v1/auth/admin"]


def test_a_wrong_password_is_denied(server: RunningServer) -> None:
    wrong = replace(access(server), credentials=Credentials("nobody", "not this one"))
    with connect_reader(wrong) as reader, pytest.raises(Denied, match="password is wrong"):
        reader.account()


def test_a_user_may_read_but_every_write_is_denied(server: RunningServer) -> None:
    given = bootstrap(server, "denied", {})
    with connect_reader(access(server, "User")) as reader:
        made = plan_changes(given, reader, PlanOptions())
    run = Run(threading.Event(), lambda: given.created)
    with connect_writer(access(server, "User")) as writer, pytest.raises(Denied, match="403"):
        apply_plan(made, given, writer, run)
    assert len(plan(server, given).steps) == 1


def test_a_kind_that_these_credentials_may_not_list_ends_the_plan(server: RunningServer) -> None:
    given = task(server, ())
    with connect_reader(access(server, "User")) as reader, pytest.raises(Denied):
        plan_changes(given, reader, PlanOptions())
