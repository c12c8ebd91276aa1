"""Requests that come while others are worked on are gathered, and worked on together.

Nobody waits for company: who comes while nothing runs, starts at once. So what is idle answers as
fast as before, and what is busy shares the costs of a transaction.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Gathering(Generic[Item, Answer]):
    """Belongs to one event loop. `work` runs in a thread, one at a time, with up to `most` items.

    It answers each item, or None for one that it leaves to its request. It raises only when it has
    stored nothing: then each request goes on alone, and meets its own error.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Sequence[Answer | None]], most: int
    ) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer | None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Answer | None:
        """The item's answer, when it is stored."""
        future: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                answers = await self._answers([item for item, _ in batch])
                for (_, future), answer in zip(batch, answers, strict=True):
                    if not future.done():  # its request was cancelled
                        future.set_result(answer)
        finally:
            self._running = None

    async def _answers(self, items: Sequence[Item]) -> Sequence[Answer | None]:
        try:
            return await run_in_threadpool(self._work, items)
        except Exception:  # noqa: BLE001 - each request meets it again, and reports its own
            return [None] * len(items)
