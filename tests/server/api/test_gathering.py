"""Gathered work: one run at a time, everybody gets their own answer, nobody waits for company."""

import asyncio
from collections.abc import Sequence
from threading import Event

import pytest

from reconciler.server.api.gathering import Gathering


class Worker:
    """Doubles numbers; the first run waits until the test lets it go on."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.begun = Event()
        self.go_on = Event()

    def __call__(self, items: Sequence[int]) -> Sequence[int | None]:
        self.runs.append(list(items))
        self.begun.set()
        assert self.go_on.wait(30)
        if 13 in items:
            message = "thirteen"
            raise ValueError(message)
        return [None if item == 0 else 2 * item for item in items]


async def gather(worker: Worker, most: int, numbers: Sequence[int]) -> list[int | None]:
    """The first number runs alone; the others come while it does."""
    gathering: Gathering[int, int] = Gathering(worker, most)
    tasks = [asyncio.create_task(gathering.add(numbers[0]))]
    await asyncio.to_thread(worker.begun.wait, 30)
    tasks += [asyncio.create_task(gathering.add(number)) for number in numbers[1:]]
    await asyncio.sleep(0)
    worker.go_on.set()
    return await asyncio.gather(*tasks)


def test_who_comes_meanwhile_is_worked_on_together() -> None:
    worker = Worker()
    assert asyncio.run(gather(worker, 10, [1, 2, 3, 4])) == [2, 4, 6, 8]
    assert worker.runs == [[1], [2, 3, 4]]


def test_a_run_has_a_most() -> None:
    worker = Worker()
    assert asyncio.run(gather(worker, 2, [1, 2, 3, 4])) == [2, 4, 6, 8]
    assert worker.runs == [[1], [2, 3], [4]]


def test_one_that_is_left_alone_leaves_the_others_their_answers() -> None:
    assert asyncio.run(gather(Worker(), 10, [1, 0, 3])) == [2, None, 6]


def test_a_run_that_fails_leaves_each_of_its_own_alone() -> None:
    assert asyncio.run(gather(Worker(), 2, [1, 2, 13, 4])) == [2, None, None, 8]


def test_a_cancelled_request_leaves_the_others_their_answers() -> None:
    async def main() -> list[int | None]:
        worker = Worker()
        gathering: Gathering[int, int] = Gathering(worker, 10)
        first = asyncio.create_task(gathering.add(1))
        await asyncio.to_thread(worker.begun.wait, 30)
        others = [asyncio.create_task(gathering.add(number)) for number in (2, 3)]
        await asyncio.sleep(0)
        others[0].cancel()
        worker.go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await others[0]
        return [await first, await others[1]]

    assert asyncio.run(main()) == [2, 6]


def test_after_a_quiet_time_the_next_runs_at_once() -> None:
    async def main() -> list[int | None]:
        worker = Worker()
        worker.go_on.set()
        gathering: Gathering[int, int] = Gathering(worker, 10)
        return [await gathering.add(1), await gathering.add(2)]

    assert asyncio.run(main()) == [2, 4]
