"""Several who write at once: applies against each other, and people against an apply."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Barrier

import httpx
import pytest

from reconciler.core.inventory import Locked
from reconciler.core.outcome import Failed, Why
from reconciler.core.receipt import Receipt
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_writer
from reconciler.workflow.apply import apply_plan
from reconciler.workflow.task import Task
from tests.remote.fake_server import FakeServer, access
from tests.workflow.scripts import once
from tests.workflow.stage import BARE, MODES, SETS, SINGLE, meddle, rows, task
from tests.workflow.tasks import apply, desired, plan, running

ROUNDS = 50
OBJECTS = 500
EDITS = 20
NAMES = ("store-1", "store-2", "store-3")


def declaring(word: str, names: Sequence[str] = NAMES) -> Task:
    """Every object says the word; any number of them may change."""
    given = task([desired("Bootstrap", name, {"says": word}) for name in names], concurrency=2)
    safety = replace(given.project.safety, updates={})
    return replace(given, project=replace(given.project, safety=safety))


def words(server: FakeServer) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {}
    for (_, name), row in rows(server).items():
        parameters = row["parameters"]
        assert isinstance(parameters, Mapping)
        said[name] = parameters["says"]
    return said


def named(receipt: Receipt | Locked) -> set[str]:
    """What an apply says was not as it should be."""
    if isinstance(receipt, Locked):
        return set()
    failed = {one.id.name for one in receipt.outcomes if isinstance(one, Failed)}
    return failed | {one.id.name for one in receipt.discrepancies}


@dataclass(slots=True)
class Rivals:
    """Two applies of one project that both made their plans already."""

    server: FakeServer
    tasks: tuple[Task, Task] = field(default_factory=lambda: (declaring("one"), declaring("two")))

    def race(self) -> list[Receipt | Locked]:
        plans = [plan(self.server, given) for given in self.tasks]
        start = Barrier(2)

        def run(number: int) -> Receipt | Locked:
            start.wait()
            try:
                return apply(self.server, self.tasks[number], plans[number])
            except Locked as locked:
                return locked

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(run, (0, 1)))


@pytest.mark.parametrize("offers", [SETS, SINGLE], ids=["sets", "single"])
def test_of_two_applies_at_once_one_wins_and_the_other_ends_cleanly(offers: Sequence[str]) -> None:
    for _ in range(ROUNDS // 2):
        server = FakeServer(offers=offers)
        apply(server, declaring("zero"))
        receipts = Rivals(server).race()
        assert set(words(server).values()) in ({"one"}, {"two"})
        (winner,) = (n for n, word in enumerate(("one", "two")) if word in words(server).values())
        loser = receipts[1 - winner]
        assert isinstance(loser, Locked) or named(loser) == set(NAMES)
        assert not isinstance(receipts[winner], Locked)
        assert named(receipts[winner]) == set()


def test_of_two_applies_at_once_without_tags_every_lost_race_is_named() -> None:
    for _ in range(ROUNDS):
        server = FakeServer(offers=BARE)
        apply(server, declaring("zero"))
        receipts = Rivals(server).race()
        said = words(server)
        told = named(receipts[0]) | named(receipts[1])
        winners = {word for word in said.values() if word != "zero"}
        mixed = {name for name in said if len(winners) > 1}
        assert mixed <= told


def before_write(server: FakeServer, at: int, action: Callable[[], None]) -> httpx.MockTransport:
    """The way to the server, where something happens just before the numbered write request."""
    numbers = count(1)

    def handle(request: httpx.Request) -> httpx.Response:
        is_write = request.method != "GET" and not request.url.path.endswith("auth/admin")
        if is_write and next(numbers) == at:
            action()
        return server.handle(request)

    return httpx.MockTransport(handle)


@MODES
@pytest.mark.parametrize("at", [1, 2, 3, 4, 6, 8])
def test_an_apply_between_two_writes_of_another_never_mixes_with_it(
    offers: Sequence[str], at: int
) -> None:
    """The other runs from its beginning to its end just before the numbered write."""
    server = FakeServer(offers=offers)
    apply(server, declaring("zero"))
    first, second = declaring("one"), declaring("two")
    made, others = plan(server, first), plan(server, second)
    ends: list[Receipt | Locked] = []

    def intrude() -> None:
        try:
            ends.append(apply(server, second, others))
        except Locked as locked:
            ends.append(locked)

    with connect_writer(access(), before_write(server, at, intrude)) as writer:
        mine = apply_plan(made, first, writer, running())
    assert len(set(words(server).values())) == 1
    winner = mine if "one" in words(server).values() else ends[0]
    assert not isinstance(winner, Locked)
    assert named(winner) == set()


def edit_meanwhile(server: FakeServer, begin: int) -> set[str]:
    """People change every twenty-fifth object, a moment before a write; returns which so far."""
    edited: set[str] = set()
    gap = OBJECTS // EDITS

    def person(number: int, when: str) -> None:
        turn = number - begin
        sets = "changes" in server.offers
        if when != "before" or len(edited) == EDITS or (not sets and turn % gap):
            return
        edits = EDITS if sets and turn > 1 else 0 if sets else 1
        for _ in range(edits):
            # Some are written already, some are just being written, most are still to come.
            name = f"store-{len(edited) * gap:03d}"
            edited.add(name)
            meddle(server, name, {"says": "theirs"})

    server.person = person
    return edited


@MODES
def test_people_who_edit_during_a_large_apply_are_neither_overwritten_nor_passed_over(
    offers: Sequence[str],
) -> None:
    server = FakeServer(offers=offers)
    names = [f"store-{number:03d}" for number in range(OBJECTS)]
    apply(server, declaring("before", names))
    given = declaring("ours", names)
    made = plan(server, given)
    edited = edit_meanwhile(server, server.asked)
    receipt = apply(server, given, made)

    assert len(edited) == EDITS
    said = words(server)
    overwritten = {name for name in edited if said[name] != "theirs"}
    assert {name for name in names if said[name] != "ours"} == edited - overwritten
    assert named(receipt) == edited
    assert not (overwritten and "etag" in offers)
    stale = [one for one in receipt.outcomes if isinstance(one, Failed)]
    assert {one.why for one in stale} <= {Why.STALE}


def test_without_tags_an_edit_between_look_and_write_is_lost_and_named() -> None:
    server = FakeServer(offers=BARE)
    apply(server, declaring("before"))
    given = declaring("ours")
    made = plan(server, given)
    edit = once(lambda: meddle(server, "store-2", {"says": "theirs"}))

    def person(number: int, when: str) -> None:
        del number
        if when == "before" and server.seen[-1].params.get("name") == "store-2":
            edit()

    server.person = person
    receipt = apply(server, given, made)
    assert words(server)["store-2"] == "ours"
    assert named(receipt) == {"store-2"}


def test_the_second_of_two_applies_waits_for_the_first_as_long_as_it_may() -> None:
    server = FakeServer()
    apply(server, declaring("zero"))
    first, second = declaring("one"), declaring("two")
    made, others = plan(server, first), plan(server, second)
    naps: list[float] = []

    def intrude() -> None:
        run = running()
        pace = replace(run.pace, sleep=naps.append)
        with pytest.raises(Locked):
            apply(server, second, others, replace(run, lock_wait_seconds=5, pace=pace))

    with connect_writer(access(), before_write(server, 2, intrude)) as writer:
        apply_plan(made, first, writer, running())
    assert sum(naps) == 5
