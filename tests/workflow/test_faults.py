"""Applies to a server in memory, each request of which meets every fault."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.faults import FAULTS, Fault, FaultyTransport
from tests.workflow.fault_scenes import (
    BARE,
    FEW,
    MANY,
    SETS,
    SINGLES,
    Scenes,
    check_every_request,
    check_outage,
    scenes,
)
from tests.workflow.stages import Memory

FOR_EVER = 10**9


@pytest.fixture(scope="module")
def in_memory() -> Iterator[Scenes]:
    with scenes(Memory()) as made:
        yield made


def test_the_plan_creates_updates_and_deletes_sixty_objects_of_every_kind(
    in_memory: Scenes,
) -> None:
    made = in_memory(SETS, MANY).plan
    counts = {(group.action, group.kind): len(group.members) for group in made.groups}
    assert len(made.steps) == 60
    assert len(counts) == 12


@pytest.mark.parametrize(
    ("offers", "stores"),
    [(SETS, MANY), (SINGLES, FEW), (BARE, FEW)],
    ids=["sets", "singles", "bare"],
)
@pytest.mark.parametrize("fault", FAULTS)
def test_any_request_may_meet_any_fault(
    in_memory: Scenes, offers: tuple[str, ...], stores: int, fault: Fault
) -> None:
    check_every_request(in_memory(offers, stores), fault)


@pytest.mark.parametrize("offers", [SETS, SINGLES, BARE], ids=["sets", "singles", "bare"])
@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.DROP])
def test_an_outage_that_begins_at_any_request_is_made_good_by_the_next_run(
    in_memory: Scenes, offers: tuple[str, ...], fault: Fault
) -> None:
    made = in_memory(offers, FEW)
    for k in made.numbers:
        check_outage(made, made.wire(k, fault, FOR_EVER))


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.RESET_BEFORE])
def test_eight_threads_that_lose_replies_together_lose_nothing_else(
    in_memory: Scenes, fault: Fault
) -> None:
    alone = in_memory(SINGLES, MANY)
    limits = replace(alone.task.target.limits, concurrency=8)
    task = replace(alone.task, target=replace(alone.task.target, limits=limits))
    together = replace(alone, task=task)
    for k in alone.numbers[:-1:7]:
        alone.takes[0].restore()
        check_outage(together, FaultyTransport(alone.stage.wire(), k, fault, 8))
