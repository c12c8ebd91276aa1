"""Law 10: two applies at once end as one of them wanted, object by object, or one stops cleanly.

The other one starts while the first waits for an answer, at any of its requests; who comes while
the lease is held finds it locked. A person who writes in between is found when reading back, and
named.

Planted and caught: a lease that refuses nobody, a reading back that tells of nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import httpx
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.core.inventory import Key, Locked
from reconciler.core.outcome import Applied
from reconciler.core.plan import PlanOptions
from reconciler.core.project import Adopt, DriftPolicy
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue, json_equal
from reconciler.kinds import KINDS
from reconciler.workflow import conduct, head, readback
from reconciler.workflow.journal import Point
from tests.laws.bugs import Bug, assert_caught
from tests.world.strategies import OFFERS, edits, objects, revisions
from tests.world.world import Edit, World, project

Wanted: TypeAlias = Mapping[Key, Mapping[str, JsonValue]]
RULES = project(adopt=Adopt.ALWAYS, drift=DriftPolicy.REVERT)
OURS = PlanOptions(ours=(("*", "*"),))


@dataclass(slots=True)
class Interlude(httpx.BaseTransport):
    """Something else happens once, before the first request that is due."""

    inner: httpx.BaseTransport
    is_due: Callable[[int], bool]
    """Takes the number of the request, from 0."""
    act: Callable[[], None]
    count: int = 0
    done: bool = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self.done and self.is_due(self.count):
            self.done = True
            self.act()
        self.count += 1
        return self.inner.handle_request(request)


@dataclass(frozen=True, slots=True)
class Race:
    """Three revisions of one project, two of them applied at once; or somebody writes by hand."""

    first: tuple[Desired, ...]
    one: tuple[Desired, ...]
    other: tuple[Desired, ...]
    by_hand: tuple[Edit, ...]
    """Instead of the other apply."""
    k: int
    """Before which request; -1 is right after the first write."""
    offers: tuple[str, ...] = field(default=())

    def is_due(self, number: int, points: Collection[Point]) -> bool:
        return Point.WRITTEN in points if self.k < 0 else number == self.k


@st.composite
def races(draw: st.DrawFn) -> Race:
    first = draw(objects())
    return Race(
        first,
        draw(revisions(first)),
        draw(revisions(first)),
        draw(st.one_of(st.just(()), edits(3))),
        draw(st.one_of(st.just(-1), st.integers(0, 30))),
        draw(st.sampled_from(OFFERS)),
    )


def hold(world: World, race: Race) -> None:
    world.begin_anew()
    world.server.offer(*race.offers)
    world.apply(world.task(race.first, RULES))
    said: list[str] = []
    wrote: list[bool] = []
    """Of the other apply: whether it wrote while the lease was ours."""

    def meanwhile() -> None:
        world.wrap = lambda inner: inner
        said.append("late" if Point.READ_BACK in world.journal.points else "early")
        if race.by_hand:
            world.meddle(race.by_hand)
            return
        held = Point.LEASED in world.journal.points and Point.RELEASED not in world.journal.points
        try:
            receipt = world.apply(world.task(race.other, RULES), options=OURS)
        except Locked:
            said.append("locked")
        else:
            wrote.append(held and bool(receipt.outcomes))

    task = world.task(race.one, RULES)
    plan = world.plan(task, OURS)
    world.journal.points.clear()
    points = world.journal.points
    world.wrap = lambda inner: Interlude(inner, lambda n: race.is_due(n, points), meanwhile)
    receipt = world.apply(task, plan)
    event(" ".join(said) or "nothing in between")
    assert True not in wrote, "two applies held the lease at once"
    _check(world.objects(), race, receipt, said)


def _check(final: Wanted, race: Race, receipt: Receipt, said: Sequence[str]) -> None:
    one, other = _wanted(race.one), _wanted(race.other)
    named = {_key(found.id.kind, found.id.name) for found in receipt.discrepancies}
    for outcome in receipt.outcomes:
        key = _key(outcome.id.kind, outcome.id.name)
        if not isinstance(outcome, Applied) or _same(final, one, key):
            continue
        assert "locked" not in said, f"{key} is not as applied, and nobody else wrote"
        assert "late" in said or key in named, f"{key} was lost, and nobody says so"
    if not race.by_hand:
        for key in one.keys() & other.keys():
            assert _same(final, one, key) or _same(final, other, key), f"{key} is nobody's"


def _key(kind: str, name: str) -> Key:
    return kind, KINDS[kind].key(name)


def _wanted(declared: tuple[Desired, ...]) -> Wanted:
    return {_key(one.id.kind, one.id.name): one.value for one in declared}


def _same(one: Wanted, other: Wanted, key: Key) -> bool:
    if key not in one or key not in other:
        return key not in one and key not in other
    return json_equal(one[key], other[key])


@given(races())
def test_of_two_at_once_none_is_lost_unheard(world: World, race: Race) -> None:
    hold(world, race)


def _open_to_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(head, "_refuse_locked", lambda *_: None)


def _blind(patch: pytest.MonkeyPatch) -> None:
    whole = readback.read_back
    patch.setattr(conduct, "read_back", lambda *a: replace(whole(*a), discrepancies=()))


BUGS = (
    Bug("the lease refuses nobody", _open_to_all),
    Bug("reading back tells of nothing", _blind),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    soon = races().map(lambda race: replace(race, k=-1))
    assert_caught(bug, lambda drawn: hold(world, drawn), soon)
