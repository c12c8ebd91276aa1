"""Law 4: an exit code depends on the changes and the errors, and on nothing else.

Planted and caught: a code that counts warnings, one that looks at how many objects were equal, one
that asks how long an apply took.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli import exits
from reconciler.cli.exits import Exit, Interruption
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped, Why
from reconciler.core.plan import Base, Plan, Stop
from reconciler.core.plan_json import decode_plan, encode_plan
from reconciler.core.planning import make_plan
from reconciler.core.receipt import Discrepancy, Receipt
from tests.core.situations import HEADER
from tests.laws.bugs import Bug, assert_caught
from tests.laws.states import options, situations

NOW = HEADER.created
STOPS = (Stop("deletes", "too many"), Stop("lock", "by Ann"))
BASE = Base("4f1c", 118, NOW, "9d03e77", "sha256:" + "1" * 64)


@dataclass(frozen=True, slots=True)
class Ending:
    """An apply, and a chance that moves about what must not matter."""

    receipt: Receipt
    chance: Random


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    plan = make_plan(draw(situations()), draw(options()))
    stops = draw(st.sampled_from(((), (), (), STOPS[:1], STOPS[1:], STOPS)))
    return replace(plan, stops=stops)


@st.composite
def endings(draw: st.DrawFn) -> Ending:
    plan = draw(plans())
    done: list[Outcome] = []
    for step in () if plan.stops else plan.steps:
        id_ = step.change.id
        results = st.sampled_from(("created", "updated", "unchanged", "deleted"))
        done.append(
            draw(
                st.one_of(
                    st.builds(Applied, st.just(id_), results),
                    st.builds(Failed, st.just(id_), st.just("no"), st.sampled_from(Why)),
                    st.just(Skipped(id_, None)),
                )
            )
        )
    odd = plan.steps[0].change.id if plan.steps else None
    receipt = Receipt(
        plan,
        tuple(done),
        NOW,
        NOW,
        interrupted=draw(st.integers(0, 5)) == 0,
        discrepancies=(Discrepancy(odd, "odd"),) if odd and draw(st.booleans()) else (),
        unverified=draw(st.sampled_from(("", "", "", "503"))),
        lease_lost=draw(st.integers(0, 5)) == 0,
    )
    return Ending(receipt, draw(st.randoms(use_true_random=False)))


def elsewhere(plan: Plan, chance: Random) -> Plan:
    """The same changes, seen at another time, in another order, with more to say about them."""
    steps, blocked, groups = list(plan.steps), list(plan.blocked), list(plan.groups)
    for items in (steps, blocked, groups):
        chance.shuffle(items)
    return replace(
        plan,
        header=replace(HEADER, target="other", created=NOW + timedelta(days=3), clean=False),
        steps=tuple(steps),
        groups=tuple(groups),
        blocked=tuple(blocked),
        unchanged=plan.unchanged + chance.randrange(3),
        listed={"Token": chance.randrange(9)},
        requests={"GET": chance.randrange(9)},
        warnings=("careful", *plan.warnings),
        guarantees=("no entity tags",),
        normalised=(),
        base=BASE,
    )


def hold(ending: Ending) -> None:
    receipt, chance = ending.receipt, ending.chance
    plan = receipt.plan
    other = elsewhere(plan, chance)
    for detailed in (False, True):
        code = exits.of_plan(plan, detailed=detailed)
        assert exits.of_plan(other, detailed=detailed) == code
        assert exits.of_plan(decode_plan(encode_plan(plan)), detailed=detailed) == code
    assert exits.of_plan(plan, detailed=False) == Exit.OK
    outcomes = list(receipt.outcomes)
    chance.shuffle(outcomes)
    moved = replace(
        receipt,
        plan=other,
        outcomes=tuple(outcomes),
        finished=NOW + timedelta(seconds=chance.randrange(1, 9000)),
        requests={"POST": 3},
        number=7,
        undo_file="undo.json",
    )
    for interruption in Interruption:
        assert exits.of_receipt(moved, interruption) == exits.of_receipt(receipt, interruption)


@given(endings())
def test_codes_depend_on_changes_and_errors_alone(ending: Ending) -> None:
    hold(ending)


def _also(name: str, spoils: Callable[[Plan], bool]) -> Callable[[pytest.MonkeyPatch], None]:
    def plant(patch: pytest.MonkeyPatch) -> None:
        honest = exits.of_plan

        def of_plan(plan: Plan, *, detailed: bool) -> Exit:
            return Exit.FAILED if spoils(plan) else honest(plan, detailed=detailed)

        patch.setattr(exits, name, of_plan)

    return plant


def _slow_is_broken(patch: pytest.MonkeyPatch) -> None:
    honest = exits.of_receipt

    def of_receipt(receipt: Receipt, stopped_by: Interruption) -> Exit:
        late = receipt.finished > receipt.started
        return Exit.PARTLY_APPLIED if late else honest(receipt, stopped_by)

    patch.setattr(exits, "of_receipt", of_receipt)


BUGS = (
    Bug("a warning counts", _also("of_plan", lambda plan: bool(plan.warnings))),
    Bug("the number of equal objects counts", _also("of_plan", lambda plan: plan.unchanged > 2)),
    Bug("an apply that took long has failed", _slow_is_broken),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(bug: Bug) -> None:
    assert_caught(bug, hold, endings())
