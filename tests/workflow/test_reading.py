import gc

import pytest

from reconciler.core.inventory import is_reserved
from reconciler.core.ports import Denied
from reconciler.core.resource import Live
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader
from reconciler.workflow.reading import read_lists
from tests.remote.fake_server import FakeServer, Fault, access, problem
from tests.stores import stores
from tests.workflow.tasks import apply, task


def test_all_lists_are_read_by_kind() -> None:
    server = FakeServer()
    apply(server, task(stores(3)))
    with connect_reader(access(), server.transport) as reader:
        found = read_lists(reader, KINDS.values(), 2)
    own = {name: [one for one in rows if not is_ours(one)] for name, rows in found.items()}
    assert {name: len(rows) for name, rows in own.items()} == {
        "Site": 3,
        "Bootstrap": 3,
        "Token": 6,
        "PortalUser": 0,
    }


def is_ours(one: Live) -> bool:
    return is_reserved(one.id.kind, one.id.name)


def test_no_kinds_are_no_requests() -> None:
    server = FakeServer()
    with connect_reader(access(), server.transport) as reader:
        assert read_lists(reader, (), 2) == {}
    assert server.seen == []


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was_also_after_a_failure(*, enabled: bool) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "sites", lambda _: problem(403, "FORBIDDEN")))
    if not enabled:
        gc.disable()
    try:
        with connect_reader(access(), server.transport) as reader, pytest.raises(Denied):
            read_lists(reader, KINDS.values(), 2)
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
