"""The bundled server, the server in memory and single writes agree on what a change set does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.ports import Operation, Put, Remove, SetRefused, Stale, Writer
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.access import Credentials
from reconciler.remote.connection import connect_writer
from tests.remote.fake_server import FakeServer, access
from tests.server.api.deployment import LOGINS, PASSWORD
from tests.world.server import BundledServer, bundled_server
from tests.world.transport import AppTransport

SITE, BOOTSTRAP, TOKEN = (KINDS[name] for name in ("Site", "Bootstrap", "Token"))
NAMES = {"Site": ("s1", "s2"), "Bootstrap": ("b1", "b2", "b3"), "Token": ("T1", "t2")}


@dataclass(frozen=True, slots=True)
class Servers:
    bundled: BundledServer
    wire: AppTransport


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with bundled_server(tmp_path_factory.mktemp("agreement")) as found:
        wire = AppTransport(found.app)
        yield Servers(found, wire)
        wire.shut()


def versions() -> st.SearchStrategy[str | None]:
    return st.sampled_from((None, "1", "2"))


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    kind = draw(st.sampled_from((SITE, BOOTSTRAP, TOKEN)))
    name = draw(st.sampled_from(NAMES[kind.name]))
    if draw(st.integers(0, 3)) == 0:
        return Remove(kind, name, draw(versions()))
    return Put(kind, Desired(ResourceId(kind.name, name), draw(contents(kind.name)), HERE), None)


HERE = Origin("all.yaml", 0, 1)


def contents(kind: str) -> st.SearchStrategy[dict[str, JsonValue]]:
    words = st.sampled_from(("x", "y"))
    if kind == "Site":
        return st.fixed_dictionaries({"proServerName": words})
    if kind == "Bootstrap":
        return st.fixed_dictionaries({"v": words})
    bootstrap = st.sampled_from(NAMES["Bootstrap"])
    fixed = {"appId": st.just("WFC_PRO_ANDROID"), "bootstrap": bootstrap, "description": words}
    return st.fixed_dictionaries(fixed)


def outcome(writer: Writer, operations: Sequence[Operation]) -> object:
    """The results, or the sort of each reason."""
    try:
        return writer.change_set(operations)
    except SetRefused as refused:
        return {number: type(why) for number, why in refused.reasons.items()}


def one_by_one(writer: Writer, operations: Sequence[Operation]) -> None:
    for operation in operations:
        if isinstance(operation, Put):
            writer.upsert(operation.kind, operation.desired, operation.version)
        else:
            writer.delete(operation.kind, operation.name, operation.version)


def state(writer: Writer) -> dict[str, object]:
    return {
        str(live.id): (live.value, live.version)
        for kind in (SITE, BOOTSTRAP, TOKEN)
        for live in writer.fetch(kind)
        if live.id.name in NAMES[kind.name]
    }


def conditioned(wanted: Sequence[Operation], guesses: Sequence[str | None]) -> list[Operation]:
    """Each operation with a version that may or may not be right."""
    return [
        Put(one.kind, one.desired, guess)
        if isinstance(one, Put)
        else Remove(one.kind, one.name, guess)
        for one, guess in zip(wanted, guesses, strict=True)
    ]


@settings(max_examples=30)
@given(data=st.data())
def test_both_servers_do_the_same_with_a_set(servers: Servers, data: st.DataObject) -> None:
    servers.bundled.begin_anew()
    memory = FakeServer()
    login = LOGINS["Super-Admin"]
    credentials = Credentials(login, PASSWORD, servers.bundled.sessions[login])
    unique = st.lists(operations(), max_size=6, unique_by=_identity)
    with (
        connect_writer(access(credentials=credentials), servers.wire) as bundled,
        connect_writer(access(), memory.transport) as fake,
    ):
        first = data.draw(unique)
        assert outcome(bundled, first) == outcome(fake, first)
        assert state(bundled) == state(fake)
        wanted = data.draw(unique)
        second = conditioned(wanted, [data.draw(versions()) for _ in wanted])
        before = state(bundled)
        found = outcome(bundled, second)
        assert found == outcome(fake, second)
        assert state(bundled) == state(fake)
        if isinstance(found, dict):
            assert state(bundled) == before


def _identity(operation: Operation) -> tuple[str, str]:
    name = operation.desired.id.name if isinstance(operation, Put) else operation.name
    return operation.kind.name, name


@given(wanted=st.lists(operations(), max_size=5, unique_by=_identity))
def test_a_set_that_is_done_leaves_what_its_operations_would_leave_one_by_one(
    wanted: list[Operation],
) -> None:
    together, apart = FakeServer(), FakeServer()
    with (
        connect_writer(access(), together.transport) as whole,
        connect_writer(access(), apart.transport) as single,
    ):
        done = outcome(whole, wanted)
        if isinstance(done, dict):
            assert not any(why is Stale for why in done.values())
            assert together.writes == 0
        else:
            one_by_one(single, wanted)
            assert state(whole) == state(single)


def test_a_lost_set_is_settled_with_the_bundled_server_too(servers: Servers) -> None:
    servers.bundled.begin_anew()
    login = LOGINS["Super-Admin"]
    credentials = Credentials(login, PASSWORD, servers.bundled.sessions[login])
    wanted = [
        Put(SITE, Desired(ResourceId("Site", f"s{n}"), {"proServerName": "d"}, HERE), None)
        for n in range(12)
    ]
    lost: list[str] = []

    def lose_the_first(request: httpx.Request) -> httpx.Response:
        response = servers.wire.handle_request(request)
        if request.url.path.endswith("/changes") and not lost:
            lost.append(request.method)
            message = "on purpose"
            raise httpx.ReadError(message, request=request)
        return response

    with connect_writer(
        access(credentials=credentials), httpx.MockTransport(lose_the_first)
    ) as writer:
        results = writer.change_set(wanted)
    assert [(one.result, one.version) for one in results] == [("created", "1")] * 12
    assert lost == ["POST"]
    assert sum(seen.path.endswith("/changes") for seen in servers.wire.written()) >= 1
