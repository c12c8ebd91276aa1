"""Law 11: the plan agrees with the truth table, for whole objects and for each field.

Planted and caught: a conflict that Git wins unasked, a deletion of what the server changed, drift
taken back along with something else, true that passes for 1.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import event, given, note

from reconciler.core import classify, merge
from reconciler.core.change import Change, Create, Delete
from reconciler.core.classify import Verdict
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, Inventory, State
from reconciler.core.merge import FieldClass
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.planning import draft_plan
from reconciler.core.resource import Desired
from reconciler.core.values import ABSENT, JsonValue
from tests.core import situations
from tests.core.situations import HEAD, desired, live, project, sealer
from tests.laws.bugs import Bug, assert_caught
from tests.laws.truth_table import Flat, Owner, Row, rows, same, verdict

NAME = "b1"
ID = ResourceId("Bootstrap", NAME)
KEY = ("Bootstrap", NAME)


def nested(flat: Flat) -> dict[str, JsonValue]:
    inner = {pointer[3:]: leaf for pointer, leaf in flat.items() if pointer.startswith("/k/")}
    outer = {p[1:]: leaf for p, leaf in flat.items() if not p.startswith("/k/")}
    return {**outer, "k": inner}


def flat(value: Mapping[str, JsonValue]) -> Flat:
    inner = value["k"]
    assert isinstance(inner, Mapping)
    outer = {f"/{key}": leaf for key, leaf in value.items() if key != "k"}
    return outer | {f"/k/{key}": leaf for key, leaf in inner.items()}


def inventory(row: Row) -> Inventory:
    """What is remembered; a stranger keeps the rules about empty sets out of the way."""
    if row.owner is Owner.OTHERS:
        return Inventory(HEAD, foreign={KEY: "another"})
    if row.owner is Owner.NOBODY:
        return Inventory(HEAD)
    seal = sealer(project(), "Bootstrap")
    asked = seal.seal(nested(row.asked))
    if row.owner is Owner.BEGUN:
        return Inventory(HEAD, {KEY: Entry(ID, State.ANNOUNCED, asked=seal.of_sealed(asked))})
    seen = seal.fingerprint(nested(row.seen))
    content = ABSENT if row.whole else asked
    return Inventory(HEAD, {KEY: Entry(ID, State.OWNED, seal.of_sealed(asked), seen, content)})


def hold(row: Row) -> None:
    rules = replace(project(prune=row.prune), drift=row.drift, adopt=row.adopt)
    declared = [] if row.declared is None else [desired("Bootstrap", NAME, nested(row.declared))]
    lives = [] if row.live is None else [live("Bootstrap", NAME, nested(row.live))]
    pair = (("Bootstrap", NAME),)
    options = PlanOptions(
        ours=pair if row.side == "ours" else (), theirs=pair if row.side == "theirs" else ()
    )
    state = situations.situation(declared, lives, rules, inventory=inventory(row))
    draft = draft_plan(state, options)
    compare(row, draft.plan, draft.bodies.get(ID))


def compare(row: Row, plan: Plan, body: Desired | None) -> None:
    wanted = verdict(row)
    note(f"{row} has to come to {wanted}")
    event(f"{wanted.action or wanted.blocked or wanted.record or 'nothing'}")
    assert plan.stops == ()
    assert [_action(step.change) for step in plan.steps] == (
        [wanted.action] if wanted.action else []
    )
    if wanted.action in ("create", "update"):
        assert body is not None
        assert same(flat(body.value), wanted.body)
    assert [one.guard for one in plan.blocked] == ([wanted.blocked] if wanted.blocked else [])
    if wanted.conflicts:
        assert {one.pointer for one in plan.blocked[0].fields} == wanted.conflicts
    if not plan.blocked:
        drifted = {one.pointer for found in plan.drifted for one in found.fields}
        assert drifted == wanted.drifted
    sorts = [record.sort.value for record in plan.records]
    assert (
        len(sorts) == 1
        if wanted.record == "any"
        else sorts == [wanted.record] * bool(wanted.record)
    )
    assert plan.unmanaged == ((ID,) if wanted.unmanaged else ())
    assert plan.retained == ((ID,) if wanted.retained else ())


def _action(change: Change) -> str:
    if isinstance(change, Create):
        return "create"
    return "delete" if isinstance(change, Delete) else "update"


@given(rows())
def test_the_plan_does_what_the_truth_table_says(row: Row) -> None:
    hold(row)


def _git_wins(patch: pytest.MonkeyPatch) -> None:
    table = {**merge.FIELD_TABLE, (True, True): FieldClass.PENDING}
    patch.setattr(merge, "FIELD_TABLE", table)


def _deaf_on_delete(patch: pytest.MonkeyPatch) -> None:
    verdicts = {
        facts: Verdict.PENDING_DELETE if found is Verdict.CONFLICT_ON_DELETE else found
        for facts, found in classify._VERDICTS.items()  # noqa: SLF001 -- a bug keeps no rules
    }
    patch.setattr(classify, "_VERDICTS", verdicts)


def _drift_taken_back(patch: pytest.MonkeyPatch) -> None:
    table = {**merge.FIELD_TABLE, (False, True): FieldClass.PENDING}
    patch.setattr(merge, "FIELD_TABLE", table)


def _true_is_one(patch: pytest.MonkeyPatch) -> None:
    """As Python has it."""
    patch.setattr(merge, "json_equal", lambda one, other: one == other)


BUGS = (
    Bug("where both sides changed a field, Git wins unasked", _git_wins),
    Bug("what the server changed is deleted all the same", _deaf_on_delete),
    Bug("drift inside an object that is written is taken back", _drift_taken_back),
)
CONFUSED = Bug("true is 1", _true_is_one)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_law_catches_its_bugs(bug: Bug) -> None:
    assert_caught(bug, hold, rows())


def confusing(row: Row) -> Row:
    """Git changed 1 to true, and the server changed the same field."""
    asked = {**row.asked, "/a": 1}
    declared, live = {**(row.declared or {}), "/a": True}, {**(row.live or {}), "/a": 2}
    row = replace(row, owner=Owner.OURS, whole=False, side="")
    return replace(row, asked=asked, seen=asked, declared=declared, live=live)


def test_the_law_catches_who_confuses_true_with_1() -> None:
    assert_caught(CONFUSED, hold, rows().map(confusing))
