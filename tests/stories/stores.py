"""Bootstraps in numbers, for stories that are about numbers."""

from collections.abc import Iterable

from reconciler.core.ports import Put
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from tests.world.world import World, declared

SET = 5000


def bootstraps(count: int, version: JsonValue = 1) -> tuple[Desired, ...]:
    return tuple(
        declared("Bootstrap", f"b{number:05d}", {"app": version}, "files/b.yaml", 8)
        for number in range(count)
    )


def by_hand(world: World, objects: Iterable[Desired]) -> None:
    """Somebody else's program writes them all; pvm knows nothing of it."""
    puts = [Put(KINDS[one.id.kind], one, None) for one in objects]
    with world.writing() as writer:
        for start in range(0, len(puts), SET):
            writer.change_set(puts[start : start + SET])
    world.wire.seen.clear()
