from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.core.inventory import Locked
from reconciler.remote.connection import connect_reader
from reconciler.workflow.pace import Pace
from reconciler.workflow.task import Task
from reconciler.workflow.waiting import await_others
from tests.remote.fake_server import FakeServer, access
from tests.workflow.keeping import Clock, keeping, ours, server_with
from tests.workflow.tasks import NOON

EVERY_WAY: Mapping[str, str] = {}


def wait(
    server: FakeServer,
    clock: Clock,
    seconds: float,
    given: Task | None = None,
    bootstraps: Mapping[str, str] = EVERY_WAY,
) -> None:
    reached = replace(access(), endpoints={"Bootstrap": bootstraps})
    with connect_reader(reached, server.transport) as reader:
        await_others(given or ours(), reader, seconds, Pace(sleep=clock.sleep))


def test_nobody_to_wait_for_costs_no_time() -> None:
    clock = Clock()
    server = server_with(clock=clock)
    wait(server, clock, 60)
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.release()
    wait(server, clock, 60)
    assert clock.naps == []


def test_another_apply_is_waited_for_until_it_lets_go() -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()

        def second() -> None:
            if len(clock.naps) == 2:
                keeper.release()

        clock.waiting = second
        wait(server, clock, 60)
    assert clock.naps == [2.0, 2.0]


def test_a_lease_that_was_left_behind_ends_by_itself() -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()
    wait(server, clock, 600)
    assert clock.moment == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(("seconds", "naps"), [(3.0, [2.0, 1.0]), (0.5, [0.5])])
def test_who_still_applies_after_that_is_named(seconds: float, naps: Sequence[float]) -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()
        with pytest.raises(Locked) as caught:
            wait(server, clock, seconds)
    assert (caught.value.holder, clock.naps) == ("ci-7", naps)


def test_without_time_to_wait_nobody_is_asked() -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()
    asked = server.asked
    wait(server, clock, 0)
    assert (server.asked, clock.naps) == (asked, [])


def test_an_inventory_that_can_not_be_trusted_is_left_to_the_guards() -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()
    wait(server, clock, 60, ours(key=None))
    assert clock.naps == []


@pytest.mark.parametrize(
    ("bootstraps", "naps"),
    [({"get": ""}, 30), ({"get": "", "list": ""}, 0)],
    ids=["lists only", "out of reach"],
)
def test_where_the_head_can_not_be_read_by_name_the_list_has_it(
    bootstraps: Mapping[str, str], naps: int
) -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()
    wait(server, clock, 600, bootstraps=bootstraps)
    assert len(clock.naps) == naps
