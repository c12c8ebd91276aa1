from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

import pytest

from reconciler.core.inventory import LeaseLost
from reconciler.core.ports import Unreachable
from reconciler.remote.connection import connect_writer
from reconciler.workflow.heartbeat import Lease, beating
from reconciler.workflow.inventory import Keeper, Pace, read_inventory
from tests.remote.fake_server import FakeServer, access
from tests.workflow.stage import STORE, task

PACE = Pace(ttl=60, heartbeat=15, sleep=lambda _: None)
PATIENCE_SECONDS = 30


@dataclass(slots=True)
class Renewals:
    """What becomes of each renewal, in order; then all is well."""

    failures: list[Exception | None] = field(default_factory=list)
    count: int = 0

    def renew(self) -> None:
        self.count += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


def lease(*failures: Exception | None) -> Lease:
    return Lease(Renewals(list(failures)), PACE)


def silent() -> Unreachable:
    return Unreachable("POST /admin/api/v1/bootstrap", "no answer")


def test_a_lease_that_is_renewed_stays_ours() -> None:
    mine = lease()
    assert mine.check()
    mine.beat()
    assert not mine.is_lost()


@pytest.mark.parametrize("look", [Lease.check, Lease.beat])
def test_a_lease_that_somebody_else_has_is_lost_for_good(look: Callable[[Lease], object]) -> None:
    mine = lease(LeaseLost("ci-2 took the lease"))
    look(mine)
    assert mine.is_lost()
    assert mine.reason == "ci-2 took the lease"
    assert not mine.check()


def test_before_a_wave_no_answer_is_an_answer() -> None:
    assert not lease(silent()).check()


def test_a_missed_beat_does_no_harm_while_the_lease_still_holds() -> None:
    mine = lease(silent(), silent(), None, silent(), silent())
    for _ in range(5):
        mine.beat()
    assert not mine.is_lost()


def test_missed_beats_lose_the_lease_before_its_time_is_over() -> None:
    mine = lease(silent(), silent(), silent())
    for _ in range(3):
        mine.beat()
    assert mine.is_lost()


def test_the_heart_beats_beside_the_work_and_stops_with_it() -> None:
    server, beats = FakeServer(), Event()
    given = task(STORE)
    with connect_writer(access(), server.transport) as writer:
        held = read_inventory(given, writer, None, ())
        pace = Pace(ttl=60, heartbeat=0.001, sleep=lambda _: None)
        keeper = Keeper(held, given, writer, bytes, pace)
        keeper.take_lease()
        begin = server.asked

        def person(number: int, when: str) -> None:
            if number >= begin + 3 and when == "after":
                beats.set()

        server.person = person
        with beating(keeper, pace) as mine:
            assert beats.wait(PATIENCE_SECONDS)
        asked = server.asked
        assert not mine.is_lost()
        assert keeper.release() is None
        assert server.asked == asked + 1
