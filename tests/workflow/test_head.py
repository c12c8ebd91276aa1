import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from reconciler.core.inventory import Head, LeaseLost, Locked
from reconciler.core.ports import RemoteFailure, Stale
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_writer
from reconciler.workflow.inventory import Keeper
from tests.core.inventories import NOTE, owned
from tests.remote.fake_server import EVERYTHING, FakeServer, Fault, access, fails
from tests.workflow.keeping import NO_TAGS, Clock, held_on, keeper_with, keeping, ours, server_with
from tests.workflow.tasks import NOON

HEAD = f"pvm-inventory-{ours().project.name}-00"
with_and_without_tags = pytest.mark.parametrize(
    "offers", [EVERYTHING, NO_TAGS], ids=["etag", "none"]
)


def head_on(server: FakeServer) -> Head:
    found = held_on(server).inventory
    assert found.damages == ()
    assert found.head is not None
    return found.head


@with_and_without_tags
def test_the_first_lease_makes_the_head(offers: Sequence[str]) -> None:
    server = server_with(offers)
    with keeping(server) as keeper:
        keeper.take_lease()
        lease = head_on(server).lease
        assert lease is not None
        assert (lease.holder, lease.until) == ("ci-7", NOON + timedelta(seconds=60))
        assert keeper.release() is None
    assert head_on(server) == replace(head_on(server), lease=None, notes=(), shards=0)


@with_and_without_tags
def test_a_second_apply_is_told_who_is_first(offers: Sequence[str]) -> None:
    server = server_with(offers)
    with keeping(server) as first, keeping(server, ours("ci-8")) as second:
        first.take_lease()
        with pytest.raises(Locked) as caught:
            second.take_lease()
        assert (caught.value.holder, caught.value.reason) == ("ci-7", "")
        assert caught.value.until == NOON + timedelta(seconds=60)
        first.release()
        second.take_lease()
    assert holder_on(server) == "ci-8"


def holder_on(server: FakeServer) -> str:
    lease = head_on(server).lease
    return lease.holder if lease else ""


@with_and_without_tags
def test_a_lease_that_ended_is_taken_over_and_its_holder_finds_out(offers: Sequence[str]) -> None:
    clock = Clock()
    server = server_with(offers, clock)
    with keeping(server) as first, keeping(server, ours("ci-8")) as second:
        first.take_lease()
        clock.moment += timedelta(seconds=61)
        second.take_lease()
        with pytest.raises(LeaseLost, match="ci-8 took the lease"):
            first.renew()
        with pytest.raises(LeaseLost):
            first.release(NOTE)
        assert first.release() is None
        second.renew()
    assert holder_on(server) == "ci-8"
    assert head_on(server).notes == ()


@with_and_without_tags
def test_a_heartbeat_holds_the_lease(offers: Sequence[str]) -> None:
    clock = Clock()
    server = server_with(offers, clock)
    with keeping(server) as first, keeping(server, ours("ci-8")) as second:
        first.take_lease()
        for _ in range(5):
            clock.moment += timedelta(seconds=50)
            first.renew()
            with pytest.raises(Locked):
                second.take_lease()


@with_and_without_tags
def test_waiting_for_a_lease_ends_with_it_or_with_patience(offers: Sequence[str]) -> None:
    clock = Clock()
    server = server_with(offers, clock)
    with keeping(server) as first, keeping(server, ours("ci-8"), clock) as second:
        first.take_lease()
        with pytest.raises(Locked):
            second.take_lease(wait_seconds=5)
        assert clock.naps == [2, 2, 1]
        second.take_lease(wait_seconds=600)
        assert clock.moment >= NOON + timedelta(seconds=60)
    assert holder_on(server) == "ci-8"


@with_and_without_tags
@pytest.mark.parametrize("place", ["before", "after"])
def test_of_two_at_once_one_gets_the_lease(offers: Sequence[str], place: str) -> None:
    """The other one writes just when the first one has looked.

    Without tags both may believe it for a moment: the next heartbeat tells who was overwritten.
    """
    server = server_with(offers)
    taken: list[bool] = []
    with connect_writer(access(), server.transport) as writer:
        other = keeper_with(writer, ours("ci-8"))

        def meddle(number: int, when: str) -> None:
            if (number, when) == (1, place):
                taken.append(took(other))

        server.person = meddle
        with keeping(server, ours("ci-7")) as keeper:
            mine = took(keeper) and still_holds(keeper)
        theirs = taken == [True] and still_holds(other)
    assert mine != theirs
    assert holder_on(server) == ("ci-7" if mine else "ci-8")


def took(keeper: Keeper) -> bool:
    try:
        keeper.take_lease()
    except Locked:
        return False
    return True


def still_holds(keeper: Keeper) -> bool:
    try:
        keeper.renew()
    except LeaseLost:
        return False
    return True


def test_without_tags_the_lease_belongs_to_who_wrote_last() -> None:
    """Another one overwrites the head while this one waits to read it back."""
    clock = Clock()
    server = server_with(NO_TAGS, clock)
    with keeping(server, ours("ci-8")) as second:
        second.take_lease()
        theirs = server.rows["bootstrap"][HEAD]
        clock.moment += timedelta(seconds=60)
        later = replace_lease(theirs, clock)
        with keeping(server, ours("ci-7"), clock) as first:
            clock.waiting = lambda: server.rows["bootstrap"].update({HEAD: later})
            with pytest.raises(Locked):
                first.take_lease()


def replace_lease(row: dict[str, JsonValue], clock: Clock) -> dict[str, JsonValue]:
    """The row as its own keeper would write it now."""
    other = server_with(NO_TAGS, clock)
    with keeping(other, ours("ci-8")) as keeper:
        keeper.take_lease()
    return {**row, "parameters": other.rows["bootstrap"][HEAD]["parameters"]}


def test_threads_that_run_for_the_lease_never_share_it() -> None:
    server, start = server_with(), threading.Barrier(4)
    won: list[bool] = []

    def run(name: str) -> None:
        with keeping(server, ours(name)) as keeper:
            start.wait()
            won.append(took(keeper))

    threads = [threading.Thread(target=run, args=(f"ci-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, False, True]


@with_and_without_tags
def test_notes_are_numbered_and_the_last_twenty_kept(offers: Sequence[str]) -> None:
    server = server_with(offers)
    with keeping(server) as keeper:
        for number in range(1, 24):
            keeper.take_lease()
            noted = keeper.release(replace(NOTE, id=f"a{number}", number=0))
            assert noted is not None
            assert noted.number == number
    notes = head_on(server).notes
    assert [note.number for note in notes] == list(range(4, 24))
    assert held_on(server).inventory.last == replace(NOTE, id="a23", number=23)


@with_and_without_tags
def test_a_lock_keeps_everybody_out_until_it_ends_or_is_taken_away(offers: Sequence[str]) -> None:
    clock = Clock()
    server = server_with(offers, clock)
    with keeping(server, ours("j.doe@laptop")) as person, keeping(server) as keeper:
        assert not person.unlock()
        person.lock(NOON + timedelta(hours=1), "INC-1")
        with pytest.raises(Locked) as caught:
            keeper.take_lease()
        assert (caught.value.holder, caught.value.reason) == ("j.doe@laptop", "INC-1")
        assert person.unlock()
        assert not person.unlock()
        keeper.take_lease()
        keeper.release()
        person.lock(NOON + timedelta(minutes=1), "INC-2")
        clock.moment += timedelta(minutes=1)
        keeper.take_lease()


@with_and_without_tags
def test_a_lock_stops_an_apply_that_runs(offers: Sequence[str]) -> None:
    server = server_with(offers)
    with keeping(server, ours("j.doe")) as person, keeping(server) as keeper:
        keeper.take_lease()
        person.lock(NOON + timedelta(hours=1), "stop it")
        with pytest.raises(LeaseLost, match="locked every apply: stop it"):
            keeper.renew()
        assert keeper.release(NOTE) == NOTE
    head = head_on(server)
    assert head.lock is not None
    assert (head.lease, head.lock.reason) == (None, "stop it")


def test_without_tags_a_lock_that_was_overwritten_is_set_again() -> None:
    clock = Clock()
    server = server_with(NO_TAGS, clock)
    with keeping(server) as keeper:
        keeper.take_lease()
        before = dict(server.rows["bootstrap"][HEAD])
        lost = iter([before])

        def overwrite() -> None:
            for row in lost:
                server.rows["bootstrap"][HEAD] = row

        clock.waiting = overwrite
        with keeping(server, ours("j.doe"), clock) as person:
            person.lock(NOON + timedelta(hours=1), "stop")
    lock = head_on(server).lock
    assert lock is not None
    assert lock.reason == "stop"


def test_without_tags_a_lock_that_never_stays_is_an_error() -> None:
    clock = Clock()
    server = server_with(NO_TAGS, clock)
    with keeping(server) as keeper:
        keeper.take_lease()
        before = dict(server.rows["bootstrap"][HEAD])
        clock.waiting = lambda: server.rows["bootstrap"].update({HEAD: before})
        with keeping(server, ours("j.doe"), clock) as person, pytest.raises(Stale):
            person.lock(NOON + timedelta(hours=1), "stop")


@with_and_without_tags
def test_a_lock_may_be_set_before_the_first_apply(offers: Sequence[str]) -> None:
    server = server_with(offers)
    with keeping(server, ours("j.doe")) as person:
        person.lock(NOON + timedelta(hours=1), "not yet")
    lock = head_on(server).lock
    assert lock is not None
    assert lock.holder == "j.doe"


def test_a_head_that_others_change_all_the_time_is_given_up() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.release()

        def meddle(_: int, when: str) -> None:
            row = server.rows["bootstrap"][HEAD]
            assert isinstance(row["version"], int)
            if when == "before":
                server.rows["bootstrap"][HEAD] = {**row, "version": row["version"] + 1}

        server.person = meddle
        with pytest.raises(Stale, match="each time"):
            keeper.take_lease()


def test_no_head_is_made_where_other_shards_are_left() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([owned("Token", "t", {})], [])
        keeper.release()
    del server.rows["bootstrap"][HEAD]
    with keeping(server) as keeper, pytest.raises(RemoteFailure, match="rebuild"):
        keeper.take_lease()
    assert HEAD not in server.rows["bootstrap"]


def test_a_heartbeat_without_an_answer_is_no_loss_of_the_lease() -> None:
    clock = Clock()
    server = server_with(clock=clock)
    with keeping(server) as keeper:
        keeper.take_lease()
        clock.moment += timedelta(seconds=15)
        server.faults += [Fault("POST", "bootstrap", fails(httpx.ReadError)) for _ in range(4)]
        with pytest.raises(RemoteFailure):
            keeper.renew()
        server.faults.clear()
        keeper.renew()
        keeper.release(NOTE)
    assert head_on(server).notes == (NOTE,)


def test_the_head_learns_how_many_shards_there_are() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([replace(owned("Token", "t", {}), protect=True)], [])
        assert head_on(server).shards == 0
        keeper.renew()
    assert (head_on(server).shards, head_on(server).protected_shards) == (1, 1)
