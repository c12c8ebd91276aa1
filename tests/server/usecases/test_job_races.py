"""Several processes that run the same jobs: each due time once, whoever dies."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Barrier, Lock

import pytest

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.usecases.jobs import (
    LEASE_LIFE,
    Crew,
    begin,
    run_due,
)
from reconciler.server.usecases.ports import World
from tests.databases import opened
from tests.server.company import Company, world_over
from tests.server.usecases.job_work import NAME, crew, everyone


@contextmanager
def processes(company: Company, url: str, backend: str, count: int) -> Iterator[list[World]]:
    """Worlds over the same database: of their own connections, where a database allows it."""
    with ExitStack() as stack:
        worlds = [company.world]
        if backend == "postgresql":
            others = [stack.enter_context(opened(url)) for _ in range(count - 1)]
            worlds += [replace(world_over(store).world, clock=company.clock) for store in others]
        while len(worlds) < count:
            worlds.append(company.world)
        yield worlds


@pytest.mark.parametrize("rounds", [6])
def test_several_processes_run_each_due_time_once(
    company: Company, company_url: str, backend: str, rounds: int
) -> None:
    done: Counter[str] = Counter()
    guard = Lock()

    def work(world: World, customer: CustomerRef) -> Mapping[str, int]:
        world.store.write(customer, lambda _tx: None)
        with guard:
            done[customer.code] += 1
        return {}

    count = 3
    with processes(company, company_url, backend, count) as worlds:
        crews = [crew(everyone(work), f"holder-{number}") for number in range(count)]
        begin(company.world, crews[0], [])
        for turn in range(1, rounds + 1):
            company.clock.advance(timedelta(hours=1))
            assert all_at_once(worlds, crews) == [0, 0, 1]
            assert done == {"acme": turn, "globex": turn}


class Killed(BaseException):
    """What ends a process runs no handler of ours."""


@dataclass
class Mortal:
    """A job whose first runner dies after its first write."""

    finished: list[str] = field(default_factory=list)
    deaths: Iterator[bool] = field(default_factory=lambda: iter((True, False)))
    guard: Lock = field(default_factory=Lock)

    def __call__(self, world: World, customer: CustomerRef) -> Mapping[str, int]:
        world.store.write(customer, lambda _tx: None)
        with self.guard:
            if customer.code == "acme" and next(self.deaths):
                raise Killed
            self.finished.append(customer.code)
        return {}


def all_at_once(worlds: Sequence[World], crews: Sequence[Crew]) -> list[int]:
    """How many jobs each of them ran; -1 for one that died."""
    start = Barrier(len(worlds))

    def act(world: World, mine: Crew) -> int:
        start.wait(30)
        try:
            return len(run_due(world, mine))
        except Killed:
            return -1

    with ThreadPoolExecutor(len(worlds)) as pool:
        return sorted(pool.map(act, worlds, crews))


def test_of_several_processes_one_finishes_what_a_killed_one_began(
    company: Company, company_url: str, backend: str
) -> None:
    work = Mortal()
    with processes(company, company_url, backend, 3) as worlds:
        crews = [crew(everyone(work), f"holder-{number}") for number in range(3)]
        begin(company.world, crews[0], [NAME])
        assert all_at_once(worlds, crews) == [-1, 0, 0]
        assert all_at_once(worlds, crews) == [0, 0, 0], "nobody takes over before the lease ends"
        company.clock.advance(LEASE_LIFE)
        assert all_at_once(worlds, crews) == [0, 0, 1]
    assert sorted(work.finished) == ["acme", "globex"]
