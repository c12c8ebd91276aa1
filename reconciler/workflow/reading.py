"""Reading the server: every list whole, or nothing."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from reconciler.core.kind import Kind
from reconciler.core.ports import Reader
from reconciler.core.project import Limits, Project
from reconciler.core.resource import Live
from reconciler.kinds import KINDS

Wanted = TypeVar("Wanted")
Answer = TypeVar("Answer")


def read_lists(
    reader: Reader, kinds: Iterable[Kind], concurrency: int
) -> dict[str, Sequence[Live]]:
    """All objects by kind name; raises the first `RemoteFailure` in the order of `kinds`."""
    wanted = tuple(kinds)
    if not wanted:
        return {}
    with _collector_paused():
        found = side_by_side(lambda kind: tuple(reader.fetch(kind)), wanted, concurrency)
    return {kind.name: rows for kind, rows in zip(wanted, found, strict=True)}


def read_names(
    reader: Reader, wanted: Mapping[Kind, Collection[str]], limits: Limits
) -> dict[str, Sequence[Live]]:
    """The objects of these names that exist, by kind name; raises as `read_lists`."""
    pairs = [(kind, name) for kind, names in wanted.items() for name in names]
    found: dict[str, list[Live]] = {kind.name: [] for kind in wanted}
    rows = side_by_side(lambda pair: reader.find(*pair), pairs, limits.concurrency)
    for (kind, _), live in zip(pairs, rows, strict=True):
        if live is not None:
            found[kind.name].append(live)
    return dict(found)


def side_by_side(
    ask: Callable[[Wanted], Answer], wanted: Sequence[Wanted], concurrency: int
) -> Sequence[Answer]:
    """An answer for each, in this order; raises the first failure, in this order too.

    Starting a thread takes longer than many an answer: whatever is asked one by one is asked here.
    """
    workers = min(concurrency, len(wanted))
    if workers <= 1:
        return [ask(one) for one in wanted]
    with ThreadPoolExecutor(workers, "pvm-read") as pool:
        return list(pool.map(ask, wanted))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Rows hold no cycles, and looking for some among 100,000 takes as long as parsing them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def kinds_in_scope(project: Project) -> tuple[Kind, ...]:
    """The kinds that the project manages, in order of creation."""
    return tuple(kind for kind in KINDS.values() if project.scope.globs.get(kind.name))
