"""Law 11 once more, after an apply that came to its end, partly failed or was killed.

What the inventory remembers is not read: it follows from what was there before that apply, from
what was there after it and from its receipt. Where that leaves two possibilities, the plan has to
agree with one. A change set brings an object and its announcement, or neither; what was read back
of it is remembered later, and a kill may come in between.

Planted and caught: an object that counts as ours, or a change as applied, before it is; one that
was read back and is remembered as announced only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import event, given, note
from hypothesis import strategies as st

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, State
from reconciler.core.outcome import Applied
from reconciler.core.plan import PlanOptions
from reconciler.core.ports import RemoteFailure
from reconciler.core.project import Adopt, DriftPolicy, Project, Prune, Scope, Selection
from reconciler.core.receipt import Receipt
from reconciler.core.recording import Ledger
from reconciler.core.resource import Desired
from reconciler.workflow.plan import prepare
from tests.faults import FaultyTransport
from tests.laws.bugs import Bug, assert_caught
from tests.laws.kills import Kill, kills
from tests.laws.test_law_11_truth_table import ID, KEY, NAME, compare, flat, nested
from tests.laws.truth_table import Flat, Owner, Row, flats, near, same
from tests.world.strategies import OFFERS
from tests.world.world import Edit, World, declared, project

OTHER = "b2"


@dataclass(frozen=True, slots=True)
class Course:
    """Versions of one bootstrap; `None` where it is not declared, or not there."""

    first: Flat | None
    second: Flat | None
    """Its apply may fail."""
    kill: Kill
    live: Flat | None
    """What somebody leaves there after it, if `edited`."""
    edited: bool
    third: Flat | None
    rules: Project
    side: str
    offers: tuple[str, ...]


@st.composite
def courses(draw: st.DrawFn) -> Course:
    first = draw(flats())
    second, live, third = (draw(st.one_of(near(first), near(first), st.none())) for _ in range(3))
    rules = replace(
        project(),
        scope=Scope({"Bootstrap": ("b*",)}),
        drift=draw(st.sampled_from(DriftPolicy)),
        adopt=draw(st.sampled_from(Adopt)),
        prune=draw(st.sampled_from(Prune)),
    )
    return Course(
        first=first if draw(st.booleans()) else None,
        second=second,
        kill=draw(kills()),
        live=live,
        edited=draw(st.booleans()),
        third=draw(st.sampled_from((second, third))),
        rules=rules,
        side=draw(st.sampled_from(("", "", "ours", "theirs"))),
        offers=draw(st.sampled_from(OFFERS)),
    )


def hold(world: World, course: Course) -> None:
    world.begin_anew()
    world.server.offer(*course.offers)
    world.apply(world.task(_objects(course.first, 1), course.rules))
    ended = _apply_partly(world, course)
    left = _there(world)
    if course.edited:
        world.meddle(
            [Edit("Bootstrap", NAME, None if course.live is None else nested(course.live))]
        )
    pair = (("Bootstrap", NAME),)
    options = PlanOptions(
        selection=Selection(pair),
        ours=pair if course.side == "ours" else (),
        theirs=pair if course.side == "theirs" else (),
    )
    with world.reading() as reader:
        made = prepare(world.task(_objects(course.third, 3), course.rules), reader, options)
    errors = []
    for row in _possible(course, Outcome(left, ended), _there(world)):
        try:
            compare(row, made.plan, made.bodies.get(ID))
        except AssertionError as error:
            errors.append(f"{row}: {error}")
        else:
            return
    note("\n".join(errors))
    message = f"the plan agrees with none of {len(errors)} that are possible"
    raise AssertionError(message)


def _apply_partly(world: World, course: Course) -> bool:
    """Whether its receipt says that everything was done and recorded."""
    kill = course.kill
    task = world.task(_objects(course.second, 2), course.rules)
    plan = world.plan(task)
    world.wrap = lambda inner: FaultyTransport(inner, kill.k, kill.fault, kill.times)
    receipt = None
    try:
        receipt = world.apply(task, plan)
    except RemoteFailure as failure:
        event(f"ended by {type(failure).__name__}")
    world.wrap = lambda inner: inner
    return receipt is not None and _is_done(receipt)


def _objects(one: Flat | None, number: int) -> tuple[Desired, ...]:
    """With another that changes as well, so that one may be done and one not."""
    other = declared("Bootstrap", OTHER, {"version": number})
    return (other,) if one is None else (declared("Bootstrap", NAME, nested(one)), other)


def _there(world: World) -> Flat | None:
    value = world.objects().get(KEY)
    return None if value is None else flat(value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the second apply left, and whether it says that all was done and recorded."""

    left: Flat | None
    ended: bool


def _is_done(receipt: Receipt) -> bool:
    failings = (receipt.unverified, receipt.unrecorded, receipt.lease_lost, receipt.discrepancies)
    return not any(failings) and all(isinstance(one, Applied) for one in receipt.outcomes)


def _possible(course: Course, outcome: Outcome, live: Flat | None) -> Iterator[Row]:
    for owner, asked in _remembered(course, outcome):
        yield Row(
            owner=owner,
            asked=asked,
            seen=asked,
            declared=course.third,
            live=live,
            drift=course.rules.drift,
            adopt=course.rules.adopt,
            prune=course.rules.prune,
            side=course.side,
        )


def _remembered(course: Course, outcome: Outcome) -> Iterator[tuple[Owner, Flat]]:
    """What may be remembered: nothing that came into being is ever unknown."""
    first, second, left = course.first, course.second, outcome.left
    before: tuple[Owner, Flat] = (Owner.NOBODY, {}) if first is None else (Owner.OURS, first)
    after: tuple[Owner, Flat] = (Owner.NOBODY, {}) if second is None else (Owner.OURS, second)
    if outcome.ended:
        retained = second is None and course.rules.prune is Prune.NEVER
        yield before if retained else after
        return
    if _alike(left, second):
        yield after
    if first is not None or left is None:
        yield before
    if first is None and second is not None:
        yield Owner.BEGUN, second


def _alike(one: Flat | None, other: Flat | None) -> bool:
    return (one is None) == (other is None) and same(one or {}, other or {})


@given(courses())
def test_after_a_partial_apply_too_the_plan_does_what_the_truth_table_says(
    world: World, course: Course
) -> None:
    hold(world, course)


def _ours_at_once(patch: pytest.MonkeyPatch) -> None:
    honest = Ledger.announced

    def announced(self: Ledger, id_: ResourceId) -> Entry | None:
        entry = honest(self, id_)
        return entry and replace(entry, state=State.OWNED, seen=entry.asked)

    patch.setattr(Ledger, "announced", announced)


def _applied_at_once(patch: pytest.MonkeyPatch) -> None:
    def announced(self: Ledger, id_: ResourceId) -> Entry | None:
        page = self.pages[id_]
        if page.declared is None:
            return None
        asked = self.fingerprint(id_, page.declared.value)
        return Entry(id_, State.OWNED, asked, asked, page.sealer.seal(page.declared.value))

    patch.setattr(Ledger, "announced", announced)


def _never_read_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ledger, "written", lambda self, id_, _live: self.announced(id_))


BUGS = (
    Bug("what is about to be created counts as created", _ours_at_once),
    Bug("what is about to be written counts as written", _applied_at_once),
    Bug("what was read back is remembered as announced only", _never_read_back),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda course: hold(world, course), courses())
