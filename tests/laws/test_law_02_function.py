"""Law 2: a plan is a function: the same inputs give the same bytes, in whatever order they come.

Planted and caught: steps in the order in which they were found, a plan that counts plans.
"""

from dataclasses import dataclass
from itertools import count
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import planning
from reconciler.core import situation as situation_module
from reconciler.core.json_text import dump_json
from reconciler.core.kind import Kind
from reconciler.core.plan import Plan
from reconciler.core.plan_json import encode_plan
from reconciler.core.resource import Desired, Live
from reconciler.core.situation import Situation
from reconciler.remote.reader import ServerReader
from tests.laws.bugs import Bug, assert_caught
from tests.world.strategies import Chapter, chapters
from tests.world.world import World


@dataclass(frozen=True, slots=True)
class Shuffle:
    """A chapter, and another order of its files and of what the server lists."""

    chapter: Chapter
    seed: int


def shuffles() -> st.SearchStrategy[Shuffle]:
    return st.builds(Shuffle, chapters(), st.integers(0, 99))


def hold(world: World, drawn: Shuffle) -> None:
    chapter = drawn.chapter
    chance = Random(drawn.seed)  # noqa: S311 -- another order, no secret
    chapter.tell(world)
    plan = world.plan(world.task(chapter.second, chapter.rules))
    declared: list[Desired] = list(chapter.second)
    chance.shuffle(declared)
    honest = ServerReader.fetch

    def fetch(self: ServerReader, kind: Kind) -> list[Live]:
        found = list(honest(self, kind))
        chance.shuffle(found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerReader, "fetch", fetch)
        again = world.plan(world.task(declared, chapter.rules))
    assert text(again) == text(plan)


def text(plan: Plan) -> str:
    return dump_json(encode_plan(plan))


@given(shuffles())
def test_another_order_gives_the_same_bytes(world: World, drawn: Shuffle) -> None:
    hold(world, drawn)


def _as_they_come(patch: pytest.MonkeyPatch) -> None:
    numbers = count()
    patch.setattr(planning, "order", lambda _: next(numbers))


def _counting(patch: pytest.MonkeyPatch) -> None:
    numbers = count(1)

    def unrecorded_kinds(situation: Situation) -> tuple[str, ...]:
        return (*situation_module.unrecorded_kinds(situation), f"plan {next(numbers)} of today")

    patch.setattr(planning, "unrecorded_kinds", unrecorded_kinds)


BUGS = (
    Bug("steps stand in the order in which they were found", _as_they_come),
    Bug("a plan tells how often it was made", _counting),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda drawn: hold(world, drawn), shuffles())
