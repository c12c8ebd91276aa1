"""Change sets over three bootstraps and the server in memory."""

import json

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.ports import Operation, Put, Remove, SetRefused, Written
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_writer
from tests.remote.fake_server import ADMIN, FakeServer, access

BOOTSTRAP = KINDS["Bootstrap"]
PATH = f"{ADMIN}changes"


def put(name: str, value: dict[str, JsonValue], version: str | None = None) -> Put:
    desired = Desired(ResourceId("Bootstrap", name), value, Origin("stores/nl.yaml", 3, 41))
    return Put(BOOTSTRAP, desired, version)


def remove(name: str, version: str | None) -> Remove:
    return Remove(BOOTSTRAP, name, version)


def row(name: str, value: dict[str, JsonValue], version: int = 1) -> dict[str, JsonValue]:
    return {"name": name, "parameters": value, "version": version}


def server_with(names: str = "abc", **changes: object) -> FakeServer:
    """Bootstraps `{"old": <name>}`, each with version 1."""
    server = FakeServer(**changes)  # type: ignore[arg-type] # each test names fields that exist
    server.rows["bootstrap"] = {name: row(name, {"old": name}) for name in names}
    return server


def send(server: FakeServer, *operations: Operation) -> tuple[Written, ...]:
    with connect_writer(access(), server.transport) as writer:
        return writer.change_set(operations)


def refusal(server: FakeServer, *operations: Operation) -> SetRefused:
    with pytest.raises(SetRefused) as caught:
        send(server, *operations)
    return caught.value


def sets(server: FakeServer) -> list[list[str]]:
    """The names in each set that was sent."""
    bodies = [json.loads(one.body) for one in server.seen if one.path == PATH]
    return [[one["name"] for one in body["operations"]] for body in bodies]


def values(server: FakeServer) -> dict[str, JsonValue]:
    return {name: row["parameters"] for name, row in server.rows["bootstrap"].items()}
