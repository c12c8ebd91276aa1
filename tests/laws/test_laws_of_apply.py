"""Laws 1, 5, 6 and 12, all of one apply that may be killed at any request.

1. After an apply nothing is pending but what is blocked, also after one that was killed; with
   drift reverted, everything adopted and Git winning each conflict, the plan is empty.
5. Nothing outside the scope is written; pvm's own bootstraps are in nobody's.
6. At every instant each object that we created is in the inventory.
12. At every instant each token has a bootstrap, and a whole one: old or new.

What was planted and caught stands in `BUGS` and `OTHERS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, is_reserved
from reconciler.core.kind import Kind
from reconciler.core.outcome import Failed
from reconciler.core.plan import PlanOptions, Record
from reconciler.core.ports import Operation, Put, RemoteFailure, Written
from reconciler.core.project import Adopt, DriftPolicy, Project, Prune, Scope
from reconciler.core.receipt import Receipt
from reconciler.core.recording import Ledger
from reconciler.core.resource import Desired, Live
from reconciler.core.values import json_equal
from reconciler.remote.writer import ServerWriter
from reconciler.workflow.task import Task
from tests.faults import Fault, FaultyTransport
from tests.laws.bugs import Bug, assert_caught
from tests.laws.kills import Kill, kills
from tests.laws.moments import Witness
from tests.world.server import EVERYTHING
from tests.world.strategies import Chapter, chapters
from tests.world.watch import Watched
from tests.world.world import Edit, World

LEGITIMATE = {"starter-pair", "referenced", "needs-blocked"}
"""What no option overrules, because somebody else needs the object."""
OURS = PlanOptions(ours=(("*", "*"),))


def hold(world: World, chapter: Chapter, kill: Kill) -> None:
    chapter.tell(world)
    task = world.task(chapter.second, chapter.rules)
    _watch_one(world, task, kill)
    _finish(world, task)
    _revert(world, replace(task, project=_reverting(task)))


def _watch_one(world: World, task: Task, kill: Kill) -> None:
    """The apply that may be killed: laws 5, 6 and 12."""
    witness = Witness(world, task)
    plan = world.plan(task)
    witness.begin()
    world.wrap = lambda inner: FaultyTransport(
        Watched(inner, witness.look), kill.k, kill.fault, kill.times
    )
    try:
        _check_order(world.apply(task, plan))
    except RemoteFailure as failure:
        event(f"ended by {type(failure).__name__}")
    world.wrap = lambda inner: inner
    witness.look()
    witness.end()


def _check_order(receipt: Receipt) -> None:
    """The server refuses what comes in the wrong order."""
    for outcome in receipt.outcomes:
        if isinstance(outcome, Failed):
            assert "UNKNOWN_BOOTSTRAP" not in outcome.reason, f"law 12: {outcome}"
            assert "IN_USE" not in outcome.reason, f"law 12: {outcome}"


def _finish(world: World, task: Task) -> None:
    """Another apply goes on: law 1."""
    world.server.clock.advance(seconds=61)  # a lease that was left behind is over
    plan = world.plan(task)
    receipt = world.apply(task, plan)
    again = world.plan(task)
    assert again.steps == (), f"law 1: still pending after {receipt.outcomes}"
    assert again.records == (), "law 1: something is still to be recorded"
    assert {one.id for one in again.blocked} <= {one.id for one in plan.blocked}, "law 1"


def _reverting(task: Task) -> Project:
    return replace(task.project, drift=DriftPolicy.REVERT, adopt=Adopt.ALWAYS)


def _revert(world: World, task: Task) -> None:
    """Git wins everything: law 1."""
    world.apply(task, options=OURS)
    again = world.plan(task, OURS)
    left = (again.steps, again.records, again.drifted)
    assert left == ((), (), ()), "law 1: the plan is not empty"
    blocked = {one.id for one in again.blocked}
    there = world.objects()
    for one in task.declared:
        if one.id.kind == "Bootstrap" and one.id not in blocked:
            # pvm takes for the server's own form what it reads back, so that it can't tell.
            same = json_equal(there["Bootstrap", one.id.name], one.value)
            assert same, f"law 1: {one.id} is not as declared"
    held = {one.guard for one in again.blocked} - LEGITIMATE
    assert not held, f"law 1: something is blocked by {held}"


def examples() -> st.SearchStrategy[tuple[Chapter, Kill]]:
    return st.tuples(chapters(), kills())


@given(examples())
def test_an_apply_keeps_its_laws_even_if_it_is_killed(
    world: World, drawn: tuple[Chapter, Kill]
) -> None:
    hold(world, *drawn)


def _everything_in_scope(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Scope, "matcher", lambda _self, _kind: lambda _key: True)


def _folding_scope(patch: pytest.MonkeyPatch) -> None:
    honest = Scope.matcher

    def matcher(self: Scope, kind: Kind) -> Callable[[str], bool]:
        globs = tuple(glob.lower() for glob in self.globs.get(kind.name, ()))
        folded = honest(Scope({kind.name: globs}), kind)
        return lambda key: folded(key.lower())

    patch.setattr(Scope, "matcher", matcher)


def _unannounced(patch: pytest.MonkeyPatch) -> None:
    def announced(_self: Ledger, _id: ResourceId) -> Entry | None:
        return None

    patch.setattr(Ledger, "announced", announced)


def _unwritten(patch: pytest.MonkeyPatch) -> None:
    def written(_self: Ledger, _id: ResourceId, _live: Live) -> Entry | None:
        return None

    patch.setattr(Ledger, "written", written)


def _unrecorded(patch: pytest.MonkeyPatch) -> None:
    def recorded(_self: Ledger, _record: Record, _live: Live | None) -> Entry | None:
        return None

    patch.setattr(Ledger, "recorded", recorded)


def _back_to_front(patch: pytest.MonkeyPatch) -> None:
    honest = ServerWriter.change_set

    def change_set(self: ServerWriter, operations: Sequence[Operation]) -> tuple[Written, ...]:
        return honest(self, operations[::-1])[::-1]

    patch.setattr(ServerWriter, "change_set", change_set)


def _half_first(patch: pytest.MonkeyPatch) -> None:
    honest = ServerWriter.upsert

    def upsert(self: ServerWriter, kind: Kind, desired: Desired, version: str | None) -> Written:
        if kind.name == "Bootstrap" and not is_reserved(kind.name, desired.id.name):
            half = replace(desired, value={"half": True})
            version = honest(self, kind, half, version).version
        return honest(self, kind, desired, version)

    patch.setattr(ServerWriter, "upsert", upsert)


def calm(chapter: Chapter) -> tuple[Chapter, Kill]:
    """Nobody kills anything, and the server takes sets."""
    return replace(chapter, offers=EVERYTHING), Kill(0, Fault.REFUSE, 0)


def single(chapter: Chapter) -> tuple[Chapter, Kill]:
    """As `calm`, and the server takes single writes only."""
    return replace(chapter, offers=("etag",)), Kill(0, Fault.REFUSE, 0)


def beside(chapter: Chapter) -> tuple[Chapter, Kill]:
    """Somebody has a bootstrap whose name differs from ours in its case."""
    rules = replace(chapter.rules, prune=Prune.SCOPE)
    return calm(replace(chapter, rules=rules, found=(Edit("Bootstrap", "B1", {}),)))


def _something_else(patch: pytest.MonkeyPatch) -> None:
    honest = ServerWriter.change_set

    def changed(operation: Operation) -> Operation:
        if isinstance(operation, Put) and not is_reserved(
            operation.kind.name, operation.desired.id.name
        ):
            value = {**operation.desired.value, "a": "something else"}
            if operation.kind.name == "Bootstrap":
                return replace(operation, desired=replace(operation.desired, value=value))
        return operation

    def change_set(self: ServerWriter, operations: Sequence[Operation]) -> tuple[Written, ...]:
        return honest(self, [changed(one) for one in operations])

    patch.setattr(ServerWriter, "change_set", change_set)


BUGS = (
    Bug("law 1: what is adopted gets no entry", _unrecorded),
    Bug("law 1: a change set writes something else", _something_else),
    Bug("law 5: everything counts as in scope", _everything_in_scope),
    Bug("law 6: nothing is announced before it is created", _unannounced),
    Bug("law 6: what was read back gets no entry", _unwritten),
    Bug("law 12: a change set goes out back to front", _back_to_front),
)
OTHERS = (
    (Bug("law 5: bootstraps are told apart as tokens are", _folding_scope), beside),
    (Bug("law 12: a bootstrap is written in two halves", _half_first), single),
)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_laws_catch_their_bugs(world: World, bug: Bug) -> None:
    assert_caught(bug, lambda drawn: hold(world, *drawn), chapters().map(calm))


@pytest.mark.parametrize(("bug", "told"), OTHERS, ids=[str(bug) for bug, _ in OTHERS])
def test_the_laws_catch_bugs_that_show_elsewhere(
    world: World, bug: Bug, told: Callable[[Chapter], tuple[Chapter, Kill]]
) -> None:
    assert_caught(bug, lambda drawn: hold(world, *drawn), chapters().map(told))
