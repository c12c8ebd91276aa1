"""Rehearsals against the bundled server: the real one within the test, the copy beside it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reconciler.cli.bundled import open_stage
from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind
from reconciler.core.plan import Plan
from reconciler.core.ports import Operation, Put, Written
from reconciler.core.problem import Misuse
from reconciler.core.rehearsal import Rehearsal
from reconciler.core.resource import Live
from reconciler.remote.access import Access, Credentials
from reconciler.remote.inside import connect_inside
from reconciler.remote.writer import ServerWriter
from reconciler.workflow.rehearsal import look_at, rehearse
from reconciler.workflow.task import Task
from tests.world.world import NO_LIMITS, World, declared, project, target
from tests.world.world import world as opened

SITE = declared("Site", "s1", {"proServerName": "dev03b"})
BOOTSTRAP = declared("Bootstrap", "b1", {"site": "s1", "psk": "canary-7c41"})
TOKEN = declared("Token", "t1", {"appId": "WFC_PRO_ANDROID", "bootstrap": "b1", "description": ""})
USER = declared("PortalUser", "u1", {"userName": "U", "role": "Admin", "email": "u1@acme.example"})
ALL = (SITE, BOOTSTRAP, TOKEN, USER)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture
def world(shared: World) -> World:
    shared.begin_anew()
    return shared


def rehearsed(world: World, task: Task, plan: Plan) -> Rehearsal:
    """What `pvm apply --rehearse` finds; only reads reach the real server."""
    world.wire.seen.clear()
    with world.reading() as reader:
        original = look_at(task, reader)
    with open_stage() as stage:
        access = Access("http://127.0.0.1", Credentials(stage.login, stage.password))
        access = replace(access, limits=target().limits)
        with connect_inside(access, stage.app) as writer:
            found = rehearse(plan, task, original, writer, world.run())
    assert world.wire.written() == []
    return found


@pytest.mark.parametrize("offers", [("etag", "ndjson", "changes"), ("etag",), ()])
def test_a_plan_that_is_right_goes_as_predicted(world: World, offers: tuple[str, ...]) -> None:
    world.server.offer(*offers)
    world.apply(world.task(ALL[:2]))
    world.put("Bootstrap", "b1", {"site": "s1", "psk": "canary-7c41", "by": "hand"})
    changed = replace(BOOTSTRAP, value={"site": "s1", "psk": "canary-8d52"})
    task = world.task((SITE, changed, TOKEN, USER))
    plan = world.plan(task)
    assert len(plan.steps) == 3
    found = rehearsed(world, task, plan)
    assert found.as_predicted, found
    assert found.copied > len(ALL)
    assert "canary" not in repr(found)
    before = world.objects()
    assert before["Bootstrap", "b1"]["by"] == "hand"
    receipt = world.apply(task, plan)
    assert receipt.outcomes == found.receipt.outcomes


def test_deletions_are_rehearsed_with_their_order(world: World) -> None:
    world.apply(world.task(ALL))
    task = world.task(())
    found = rehearsed(world, task, world.plan(task))
    assert found.as_predicted, found
    assert len(found.receipt.outcomes) == len(ALL)
    assert ("Token", "t1") in world.objects()


def test_a_stopped_plan_is_not_rehearsed(world: World) -> None:
    world.apply(world.task(ALL))
    rules = project(safety=replace(NO_LIMITS, allow_empty=False))
    task = world.task((), rules)
    found = rehearsed(world, task, world.plan(task))
    assert found.receipt.outcomes == ()
    assert found.receipt.plan.stops


def test_what_somebody_does_after_the_plan_shows_in_the_rehearsal(world: World) -> None:
    task = world.task(ALL)
    plan = world.plan(task)
    world.put("Site", "s1", {"proServerName": "dev04a"})
    found = rehearsed(world, task, plan)
    assert not found.as_predicted
    assert world.objects()["Site", "s1"] == {"proServerName": "dev04a"}


def test_a_writer_that_writes_something_else_is_found_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = world.task(ALL)
    plan = world.plan(task)
    honest = ServerWriter.change_set

    def change_set(self: ServerWriter, operations: list[Operation]) -> tuple[Written, ...]:
        return honest(self, [_spoilt(one) for one in operations])

    monkeypatch.setattr(ServerWriter, "change_set", change_set)
    found = rehearsed(world, task, plan)
    assert not found.as_predicted
    assert ResourceId("Bootstrap", "b1") in {one.id for one in found.surprises}


def _spoilt(one: Operation) -> Operation:
    if isinstance(one, Put) and one.desired.id.name == "b1":
        return replace(one, desired=replace(one.desired, value={"site": "s1"}))
    return one


def test_a_token_without_its_bootstrap_is_noticed_at_its_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundled server would refuse it, so here it looks the wrong way."""
    task = world.task(ALL)
    plan = world.plan(task)
    honest = ServerWriter.find

    def find(self: ServerWriter, kind: Kind, name: str) -> Live | None:
        return None if name == "b1" else honest(self, kind, name)

    monkeypatch.setattr(ServerWriter, "find", find)
    found = rehearsed(world, task, plan)
    assert not found.as_predicted
    assert any("token t1 had no bootstrap b1" in text for text in found.stranded)


def test_a_server_without_lists_can_not_be_copied(world: World) -> None:
    rules = project(targets={"default": target(endpoints={"Token": {"list": ""}})})
    access = replace(world.access(), endpoints={"Token": {"list": ""}})
    with world.reading(access) as reader, pytest.raises(Misuse, match="needs lists"):
        look_at(world.task(ALL, rules), reader)
