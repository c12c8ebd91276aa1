"""One store, one server in memory, and the people around it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.core.inventory import is_reserved
from reconciler.core.outcome import Failed
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader
from reconciler.workflow.inventory import read_inventory
from reconciler.workflow.task import Task
from tests.remote.fake_server import (
    EVERYTHING,
    FakeServer,
    access,
)
from tests.workflow.tasks import desired
from tests.workflow.tasks import task as unkeyed

SETS: Sequence[str] = EVERYTHING


SINGLE: Sequence[str] = ("etag",)


BARE: Sequence[str] = ()


MODES = pytest.mark.parametrize("offers", [SETS, SINGLE, BARE], ids=["sets", "single", "bare"])


STORE = (
    desired("Site", "site-1", {"proServerName": "dev"}),
    desired("Bootstrap", "store-1", {"site": "site-1", "pin": "1234"}),
    desired("Token", "STORE-1", {"appId": "X", "bootstrap": "store-1", "description": ""}),
)


SERVER_MADE = ("version", "updatedAt", "updatedBy")


def task(declared: Sequence[Desired], *, concurrency: int = 4, prune: bool = False) -> Task:
    """One whose every object is recorded."""
    given = unkeyed(declared, concurrency=concurrency, prune=prune)
    return replace(given, key=b"a key of tests")


def outcomes(receipt: Receipt) -> dict[str, str]:
    return {str(one.id): type(one).__name__ for one in receipt.outcomes}


def failed(receipt: Receipt) -> Failed:
    (found,) = (one for one in receipt.outcomes if isinstance(one, Failed))
    return found


def rows(server: FakeServer) -> dict[tuple[str, str], dict[str, JsonValue]]:
    """What people declare, without what the server adds to it."""
    return {
        (path, name): {key: item for key, item in row.items() if key not in SERVER_MADE}
        for path, found in server.rows.items()
        for name, row in found.items()
        if not is_reserved("Bootstrap" if path == "bootstrap" else "", name)
    }


def recorded(server: FakeServer, given: Task) -> set[str]:
    with connect_reader(access(), server.transport) as reader:
        held = read_inventory(given, reader, None, ())
    assert held.inventory.damages == ()
    return {str(entry.id) for entry in held.inventory.entries.values()}


def lease_is_free(server: FakeServer, given: Task) -> bool:
    with connect_reader(access(), server.transport) as reader:
        head = read_inventory(given, reader, None, ()).inventory.head
    return head is None or head.lease is None


def meddle(server: FakeServer, name: str, parameters: dict[str, JsonValue]) -> None:
    """Somebody replaces a bootstrap by hand."""
    row = server.rows["bootstrap"].get(name, {"name": name, "version": 0})
    version = row["version"]
    assert isinstance(version, int)
    who: dict[str, JsonValue] = {"updatedBy": "j.doe", "updatedAt": "2026-11-22T12:00:07Z"}
    server.rows["bootstrap"][name] = row | who | {"parameters": parameters, "version": version + 1}
