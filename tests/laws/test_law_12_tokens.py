"""Law 12: at every step of an apply each token has a bootstrap, and a whole one: old or new.

Planted and caught: a change set that goes out back to front, and a bootstrap written in halves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.core.json_text import dump_json
from reconciler.core.kind import Kind
from reconciler.core.outcome import Failed
from reconciler.core.ports import Operation, Written
from reconciler.core.resource import Desired
from reconciler.remote.writer import ServerWriter
from tests.laws.bugs import Bug, assert_caught
from tests.world.strategies import Chapter, chapters
from tests.world.watch import Watched
from tests.world.world import World

Delivered = Mapping[str, str | None]
"""What each token delivers, as canonical text; `None` where its bootstrap is missing."""


def delivered(world: World) -> Delivered:
    """What each device would get right now."""
    objects = world.server.objects()
    found: dict[str, str | None] = {}
    for (kind, name), stored in objects.items():
        if kind == "Token":
            bootstrap = objects.get(("Bootstrap", str(stored.value["bootstrap"])))
            found[name] = dump_json(bootstrap.value, sort_keys=True) if bootstrap else None
    return found


def hold(world: World, chapter: Chapter) -> None:
    """Every moment between two requests of the second apply."""
    chapter.tell(world)
    moments = [delivered(world)]
    world.wrap = lambda inner: Watched(inner, lambda: moments.append(delivered(world)))
    receipt = world.apply(world.task(chapter.second, chapter.rules))
    before, after = moments[0], moments[-1]
    for moment in moments:
        for token, text in moment.items():
            assert text is not None, f"{token} has no bootstrap"
            assert text in (before.get(token), after.get(token)), f"{token} delivers a mixture"
    for outcome in receipt.outcomes:
        if isinstance(outcome, Failed):
            assert "UNKNOWN_BOOTSTRAP" not in outcome.reason
            assert "IN_USE" not in outcome.reason


@given(chapters())
def test_no_token_ever_lacks_its_bootstrap(world: World, chapter: Chapter) -> None:
    hold(world, chapter)


def _reversed_sets(patch: pytest.MonkeyPatch) -> None:
    honest = ServerWriter.change_set

    def change_set(self: ServerWriter, operations: Sequence[Operation]) -> tuple[Written, ...]:
        return honest(self, operations[::-1])[::-1]

    patch.setattr(ServerWriter, "change_set", change_set)


def _half_first(patch: pytest.MonkeyPatch) -> None:
    honest = ServerWriter.upsert

    def upsert(self: ServerWriter, kind: Kind, desired: Desired, version: str | None) -> Written:
        if kind.name == "Bootstrap" and version is not None:
            half = replace(desired, value={"site": "half"})
            version = honest(self, kind, half, version).version
        return honest(self, kind, desired, version)

    patch.setattr(ServerWriter, "upsert", upsert)


BUGS = (
    Bug("a change set goes out back to front", _reversed_sets),
    Bug("a bootstrap is written in two halves", _half_first),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda chapter: hold(world, chapter), chapters())
