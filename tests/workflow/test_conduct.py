import errno
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from reconciler.core.outcome import Skipped
from reconciler.core.plan import Plan, Record, Sort
from reconciler.core.project import Rollout, Window
from reconciler.core.resource import Desired
from reconciler.remote.connection import connect_reader
from reconciler.workflow.apply import Progress
from reconciler.workflow.inventory import read_inventory
from reconciler.workflow.journal import Point
from tests.remote.fake_server import (
    LOGIN_NAME,
    FakeServer,
    access,
)
from tests.stores import stores
from tests.workflow.scripts import Script, once
from tests.workflow.stage import (
    MODES,
    SINGLE,
    STORE,
    lease_is_free,
    meddle,
    outcomes,
    recorded,
    rows,
    task,
)
from tests.workflow.tasks import apply, desired, plan, running


def test_asked_to_stop_running_writes_finish_and_the_rest_is_skipped() -> None:
    server = FakeServer(offers=SINGLE)
    stop = threading.Event()
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        stop.set()

    given = task(stores(5), concurrency=1)
    receipt = apply(server, given, run=replace(running(stop), progress=tell))
    assert receipt.interrupted
    assert [type(one).__name__ for one in receipt.outcomes].count("Applied") == 1
    assert {one.because for one in receipt.outcomes if isinstance(one, Skipped)} == {None}
    assert len(rows(server)) == len(told) == 1
    assert lease_is_free(server, given)
    assert apply(server, given).number == 2


def test_stopping_before_the_first_write_writes_nothing() -> None:
    stop = threading.Event()
    stop.set()
    server = FakeServer()
    receipt = apply(server, task(STORE), run=running(stop))
    assert receipt.interrupted
    assert server.writes == 0


@MODES
def test_stopping_under_the_lease_lets_it_go(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    stop = threading.Event()
    given = task(STORE)
    receipt = apply(server, given, run=running(stop, Script({Point.LEASED: stop.set})))
    assert receipt.interrupted
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_stopping_after_the_last_write_is_no_interruption() -> None:
    server = FakeServer()
    stop = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.done == progress.total:
            stop.set()

    receipt = apply(server, task(STORE), run=replace(running(stop), progress=tell))
    assert not receipt.interrupted
    assert set(outcomes(receipt).values()) == {"Applied"}


@MODES
def test_what_is_adopted_is_recorded_without_a_write_of_its_own(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    meddle(server, "store-1", {"a": 1})
    given = task((desired("Bootstrap", "store-1", {"a": 1}),))
    made = plan(server, given)
    assert made.records == (Record(given.declared[0].id, Sort.ADOPTED),)
    receipt = apply(server, given, made)
    assert (receipt.outcomes, receipt.number) == ((), 1)
    assert recorded(server, given) == {"Bootstrap/store-1"}
    assert server.rows["bootstrap"]["store-1"]["version"] == 1


def test_a_note_counts_what_was_done() -> None:
    server = FakeServer()
    apply(server, task(stores(2)))
    given = task(stores(3)[4:], prune=True)
    apply(server, given)
    with connect_reader(access(), server.transport) as reader:
        head = read_inventory(given, reader, None, ()).inventory.head
    assert head is not None
    first, second = head.notes
    assert (first.number, second.number, second.actor) == (1, 2, LOGIN_NAME)
    assert (first.counts["created"], second.counts["created"], second.counts["deleted"]) == (
        8,
        4,
        4,
    )


def test_the_journal_hears_of_every_step_and_of_no_content() -> None:
    server = FakeServer(offers=SINGLE)
    script = Script()
    apply(server, task(STORE), run=running(journal=script))
    assert [one for one in script.points if one is not Point.WRITTEN] == [
        Point.STARTED,
        Point.LEASED,
        Point.PREPARED,
        Point.WAVE,
        Point.ANNOUNCED,
        Point.READ_BACK,
        Point.RECORDED,
        Point.RELEASED,
        Point.FINISHED,
    ]
    objects = {one["object"] for one in script.details if "object" in one}
    assert objects == {"Site/site-1", "Bootstrap/store-1", "Token/STORE-1"}
    assert "1234" not in repr(script.details)
    assert "1234" not in repr(script.undo)


def in_waves(made: Plan, size: int) -> Plan:
    """The plan with so many steps in each wave."""
    steps = tuple(replace(s, wave=1 + n // size) for n, s in enumerate(made.steps))
    waves = tuple(Counter(step.wave for step in steps).values())
    return replace(made, steps=steps, waves=waves)


def bootstraps(count: int) -> tuple[Desired, ...]:
    return tuple(desired("Bootstrap", f"store-{n}", {"n": n}) for n in range(count))


@MODES
def test_waves_go_one_after_the_other(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(bootstraps(6))
    script = Script()
    receipt = apply(
        server, given, in_waves(plan(server, given), 2), replace(running(), journal=script)
    )
    assert set(outcomes(receipt).values()) == {"Applied"}
    assert script.points.count(Point.WAVE) == script.points.count(Point.RECORDED) == 3


def test_only_the_wave_that_was_asked_for_is_executed() -> None:
    server = FakeServer()
    given = task(bootstraps(6))
    made = in_waves(plan(server, given), 2)
    receipt = apply(server, given, made, replace(running(), wave=2))
    assert {name for _, name in rows(server)} == {"store-2", "store-3"}
    assert not receipt.interrupted
    assert {one.reason for one in receipt.outcomes if isinstance(one, Skipped)} == {
        "wave 1 was not asked for",
        "wave 3 was not asked for",
    }
    for wave in (1, 3):
        apply(server, given, made, replace(running(), wave=wave))
    assert len(rows(server)) == 6


def lose_the_lease(server: FakeServer) -> Callable[[], None]:
    """Somebody takes the lease away, as after a pause that outlasted it."""

    def take() -> None:
        name = next(n for n in server.rows["bootstrap"] if n.endswith("-00"))
        del server.rows["bootstrap"][name]

    return once(take)


@MODES
def test_when_the_lease_is_lost_the_next_wave_is_not_started(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(bootstraps(4))
    script = Script({Point.RECORDED: lose_the_lease(server)})
    receipt = apply(
        server, given, in_waves(plan(server, given), 2), replace(running(), journal=script)
    )
    assert receipt.lease_lost
    assert not receipt.interrupted
    assert {name for _, name in rows(server)} == {"store-0", "store-1"}
    skipped = [one for one in receipt.outcomes if isinstance(one, Skipped)]
    assert len(skipped) == 2
    assert "the lease was lost" in skipped[0].reason


def fill_the_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@MODES
@pytest.mark.parametrize("point", [Point.WRITTEN, Point.RECORDED, Point.FINISHED])
def test_a_journal_that_ends_halfway_does_not_end_the_apply(
    offers: Sequence[str], point: Point
) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    receipt = apply(server, given, run=running(journal=Script({point: fill_the_disk})))
    assert set(outcomes(receipt).values()) == {"Applied"}
    assert receipt.unjournaled == "No space left on device"
    assert lease_is_free(server, given)
    assert plan(server, given).records == ()


def test_between_two_waves_the_window_may_close() -> None:
    minutes = iter(range(0, 600, 20))
    server = FakeServer(
        clock=lambda: datetime(2026, 11, 22, 21, tzinfo=UTC) + timedelta(minutes=next(minutes))
    )
    given = task(bootstraps(20))
    rollout = Rollout((), Window(time(20), time(22), "UTC"))
    given = replace(given, project=replace(given.project, rollout=rollout))
    receipt = apply(server, given, in_waves(plan(server, given), 2), running())
    assert 2 <= len(rows(server)) < 20
    assert receipt.postponed == "the window opens again 2026-11-23 20:00 UTC"
    skipped = [one for one in receipt.outcomes if isinstance(one, Skipped)]
    assert {one.reason for one in skipped} == {receipt.postponed}
    assert not receipt.interrupted
    assert lease_is_free(server, given)
