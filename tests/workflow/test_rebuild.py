"""Rebuilding after every sort of loss, killed at any write, and refused where it must be."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.core.holdings import Repair
from reconciler.core.inventory import Locked
from reconciler.core.plan import PlanOptions, Stopped
from reconciler.core.ports import RemoteFailure
from reconciler.core.project import Adopt, Prune
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.pace import Pace
from reconciler.workflow.rebuild import examine, rebuild
from reconciler.workflow.task import Task
from tests.core.inventories import KEY
from tests.remote.fake_server import EVERYTHING, FakeServer, access
from tests.stores import stores
from tests.workflow.keeping import (
    NO_TAGS,
    Clock,
    DiedError,
    dying_after,
    forge,
    held_on,
    keeping,
    server_with,
)
from tests.workflow.tasks import NOON, apply, plan, task

STORES = stores(2)
PACE = Pace(sleep=Clock().sleep)


def ours(declared: Sequence[Desired] = STORES, key: bytes | None = KEY) -> Task:
    """A task that owns what it creates, and deletes what it owns."""
    given = task(declared)
    project = replace(given.project, prune=Prune.OWNED)
    return replace(given, project=project, key=key, run="j.doe@laptop")


def applied(offers: Sequence[str] = EVERYTHING, key: bytes | None = KEY) -> FakeServer:
    server = server_with(offers)
    receipt = apply(server, ours(key=key))
    assert receipt.unrecorded == ""
    return server


def rebuilt(server: FakeServer, given: Task | None = None) -> Repair:
    """As `pvm inventory rebuild --yes`."""
    given = given or ours()
    with connect_reader(access(), server.transport) as reader:
        examined = examine(given, reader)
    with connect_writer(access(), server.transport) as writer:
        return rebuild(examined, given, writer, lambda count: b"x" * count, PACE)


def shards(server: FakeServer) -> list[str]:
    return sorted(name for name in server.rows["bootstrap"] if name.startswith("pvm-"))


def objects(server: FakeServer) -> Mapping[str, Mapping[str, JsonValue]]:
    """All that is not pvm's own, with versions."""
    return {
        f"{kind}/{name}": dict(row)
        for kind, rows in server.rows.items()
        for name, row in rows.items()
        if not name.startswith("pvm-")
    }


def is_quiet(server: FakeServer, given: Task | None = None) -> bool:
    made = plan(server, given or ours())
    return not (made.steps or made.records or made.stops or made.blocked or made.drifted)


@pytest.mark.parametrize("offers", [EVERYTHING, NO_TAGS], ids=["etag", "none"])
@pytest.mark.parametrize("loss", ["missing", "damaged"])
def test_any_loss_is_made_good_and_no_object_is_touched(offers: Sequence[str], loss: str) -> None:
    names = shards(applied())
    for count in range(1, len(names) + 1):
        for lost in itertools.combinations(names, count):
            server = applied(offers)
            before = objects(server)
            for name in lost:
                if loss == "damaged":
                    forge(server, name)
                else:
                    del server.rows["bootstrap"][name]
            server.writes = 0
            rebuilt(server)
            assert objects(server) == before
            assert held_on(server, ours()).inventory.damages == ()
            assert is_quiet(server)


def test_what_differs_is_left_to_a_plan() -> None:
    server = applied()
    del server.rows["bootstrap"][shards(server)[1]]
    name = next(iter(server.rows["site"]))
    server.rows["site"][name]["proServerName"] = "edited"
    repair = rebuilt(server)
    assert [str(id_) for id_ in repair.differing] == [f"Site/{name}"]
    assert len(repair.recorded) == len(STORES) - 1
    assert f"Site/{name}" not in {
        str(e.id) for e in held_on(server, ours()).inventory.entries.values()
    }


def test_a_project_that_never_adopts_gets_back_what_is_as_declared() -> None:
    server = applied()
    del server.rows["bootstrap"][shards(server)[1]]
    given = ours()
    strict = replace(given, project=replace(given.project, adopt=Adopt.NEVER))
    assert len(rebuilt(server, strict).recorded) == len(STORES)


def test_nothing_that_is_declared_no_more_becomes_ours() -> None:
    server = applied()
    del server.rows["bootstrap"][shards(server)[1]]
    fewer = ours(STORES[:4])
    rebuilt(server, fewer)
    assert len(held_on(server, fewer).inventory.entries) == 4
    assert plan(server, fewer, PlanOptions()).steps == ()


def test_entries_that_can_be_trusted_stay_without_a_document() -> None:
    server = applied()
    del server.rows["bootstrap"][shards(server)[0]]
    repair = rebuilt(server, ours(STORES[:4]))
    assert (repair.kept, list(repair.recorded)) == (len(STORES), [])


def test_a_new_key_signs_and_knows_all_there_was() -> None:
    server = applied(key=None)
    assert plan(server, ours()).stops
    repair = rebuilt(server)
    sites = [id_ for id_ in repair.recorded if id_.kind == "Site"]
    assert len(sites) == 2
    assert is_quiet(server)


@pytest.mark.parametrize("offers", [EVERYTHING, NO_TAGS], ids=["etag", "none"])
@pytest.mark.parametrize("key", [KEY, None], ids=["lost", "unsigned"])
def test_a_rebuilding_that_is_killed_goes_on(offers: Sequence[str], key: bytes | None) -> None:
    for survived in itertools.count(0):
        clock = Clock()
        server = applied(offers, key)
        server.clock = clock.now
        if key is not None:
            for name in shards(server):
                forge(server, name)
        server.person = dying_after(server.asked + survived)
        died = False
        try:
            rebuilt(server)
        except DiedError:
            died = True
        server.person = lambda _, __: None
        clock.moment = NOON + timedelta(minutes=5)
        rebuilt(server)
        assert is_quiet(server)
        if not died:
            assert survived > 2
            return


def test_a_rebuilding_waits_for_an_apply() -> None:
    server = applied()
    with keeping(server, ours()) as keeper:
        keeper.take_lease()
    del server.rows["bootstrap"][shards(server)[1]]
    with pytest.raises(Locked):
        rebuilt(server)


def test_an_unsigned_lease_counts_too() -> None:
    server = applied(key=None)
    with keeping(server, ours(key=None)) as keeper:
        keeper.take_lease()
    writes = server.writes
    with pytest.raises(Locked):
        rebuilt(server)
    assert server.writes == writes


def test_an_inventory_of_another_project_is_left_alone() -> None:
    server = applied()
    given = ours()
    mine = replace(given, project=replace(given.project, id="1"))
    other = replace(given, project=replace(given.project, id="2"))
    del server.rows["bootstrap"][shards(server)[0]]
    rebuilt(server, mine)
    with pytest.raises(Stopped, match="another project"):
        rebuilt(server, other)


def test_without_the_key_nothing_is_rebuilt() -> None:
    server = applied()
    with pytest.raises(Stopped, match="PVM_DIGEST_KEY"):
        rebuilt(server, ours(key=None))


def test_somebody_who_writes_meanwhile_stops_it() -> None:
    server = applied()
    name = shards(server)[1]
    forge(server, name)
    with connect_reader(access(), server.transport) as reader:
        examined = examine(ours(), reader)
    forge(server, name)
    with connect_writer(access(), server.transport) as writer, pytest.raises(RemoteFailure):
        rebuild(examined, ours(), writer, lambda count: b"x" * count, PACE)
    head = held_on(server, ours()).inventory.head
    assert head is not None
    assert head.lease is None
