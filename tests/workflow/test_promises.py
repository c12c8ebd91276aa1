"""What every command promises, whatever it is asked to do."""

from collections.abc import Callable

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.plan import PlanOptions
from reconciler.core.ports import Observer
from reconciler.core.project import Prune
from reconciler.remote.connection import connect_reader
from reconciler.workflow.doctor import diagnose
from reconciler.workflow.drift import find_drift
from reconciler.workflow.explain import Question, explain_object
from reconciler.workflow.export import export_objects
from reconciler.workflow.observation import plan_changes
from tests.remote.fake_server import EVERYTHING as EVERY_CAPABILITY
from tests.remote.fake_server import FakeServer, access
from tests.stores import stores
from tests.workflow.tasks import EVERYTHING, NOON, apply, desired, plan, task

CANARIES = ("canary-pin", "canary-key", "canary-word")
SECRETIVE = desired(
    "Bootstrap",
    "store-9",
    {
        "pin": "canary-pin",
        "var_location": "https://exm.example/?api_key=canary-key",
        "wifi": [{"password": "canary-word"}],
    },
)
DECLARED = (*stores(3), SECRETIVE)
GIVEN = task(DECLARED)

READING: dict[str, Callable[[Observer], object]] = {
    "plan": lambda reader: plan_changes(GIVEN, reader, PlanOptions(prune=Prune.SCOPE)),
    "drift": lambda reader: find_drift(GIVEN, reader, EVERYTHING),
    "export": lambda reader: export_objects(GIVEN.project, reader, EVERYTHING),
    "explain": lambda reader: explain_object(GIVEN, Question(SECRETIVE.id), reader),
    "doctor": lambda reader: diagnose(GIVEN, reader, (), lambda: NOON),
}


def drifted_server(offers: tuple[str, ...] = EVERY_CAPABILITY) -> FakeServer:
    """Something to do in each direction."""
    server = FakeServer(offers=offers)
    apply(server, task(DECLARED[:6]))
    server.rows["bootstrap"]["store-00000"]["parameters"] = {"pin": "canary-pin", "other": 1}
    server.rows["bootstrap"]["store-8"] = {"name": "store-8", "parameters": {}, "version": 1}
    server.seen.clear()
    return server


@pytest.mark.parametrize("command", READING)
@pytest.mark.parametrize("offers", [EVERY_CAPABILITY, ()])
def test_reading_commands_send_nothing_but_get_head_and_one_login(
    command: str, offers: tuple[str, ...]
) -> None:
    server = drifted_server(offers)
    writes = server.writes
    with connect_reader(access(), server.transport) as reader:
        READING[command](reader)
    others = [one.path for one in server.seen if one.method not in ("GET", "HEAD")]
    assert others == ["/admin/api/v1/auth/admin"]
    assert server.writes == writes


@pytest.mark.parametrize("command", sorted(set(READING) - {"export"}))
def test_no_secret_stands_in_a_result(command: str) -> None:
    server = drifted_server()
    with connect_reader(access(), server.transport) as reader:
        shown = repr(READING[command](reader))
    assert not [canary for canary in CANARIES if canary in shown]


def test_no_secret_stands_in_a_receipt() -> None:
    shown = repr(apply(drifted_server(), GIVEN))
    assert not [canary for canary in CANARIES if canary in shown]


def test_nothing_outside_the_scope_receives_a_write() -> None:
    server = drifted_server(("etag", "ndjson"))
    for name in ("other-1", "Store-1"):
        server.rows["bootstrap"][name] = {"name": name, "parameters": {}, "version": 1}
    pruned = plan(server, GIVEN, PlanOptions(prune=Prune.SCOPE))
    apply(server, GIVEN, pruned)
    written = {one.params["name"] for one in server.seen if one.params and one.method != "GET"}
    assert {"store-8", "store-9"} <= written
    assert not written & {"other-1", "Store-1"}
    assert ResourceId("Bootstrap", "other-1") not in pruned.unmanaged
