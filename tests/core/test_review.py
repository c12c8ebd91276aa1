from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.core.change import Change, Create, Delete, Update
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Why
from reconciler.core.plan import Blocked, Class, Drifted, Header, Plan, Record, Sort, Step
from reconciler.core.resource import Live
from reconciler.core.review import Fresh, Match, is_all_stale, match_steps, reviewed_records
from reconciler.core.values import JsonValue

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = ResourceId("Bootstrap", "store-1")
OTHER = ResourceId("Bootstrap", "store-2")
TOKEN = ResourceId("Token", "STORE-1")
CREATE = Create(ID, (), "new")
UPDATE = Update(ID, (), "old", "new", "3")
DELETE = Delete(ID, (), "old", "3")


def step(change: Change, needs: tuple[ResourceId, ...] = (), wave: int = 1) -> Step:
    return Step(change, Class.PENDING_UPDATE, needs, 0, wave)


def plan(*steps: Step, **changes: object) -> Plan:
    header = Header("acme", "prod", "https://pvm.example", "acme", NOON, "1")
    made = Plan(header, steps, ())
    return replace(made, **changes)  # type: ignore[arg-type] # each test names fields that exist


def live(**facts: JsonValue) -> Live:
    return Live(ID, {"digest": "old"}, "3", facts)


def told(_: ResourceId, value: JsonValue) -> str:
    assert isinstance(value, Mapping)
    return str(value["digest"])


def fresh(made: Plan, there: Mapping[ResourceId, Live] | None = None) -> Fresh:
    return Fresh(made, (there or {}).get, told)


def match(reviewed: Step, now: Fresh) -> Match:
    (found,) = match_steps(plan(reviewed), now)
    return found


def reason(found: Match) -> str:
    assert isinstance(found.outcome, Failed)
    assert found.outcome.why is Why.STALE
    return found.outcome.reason


@pytest.mark.parametrize("change", [CREATE, UPDATE, DELETE])
def test_what_both_plans_say_is_executed_in_the_reviewed_wave(change: Change) -> None:
    found = match(step(change, wave=2), fresh(plan(step(change, wave=1))))
    assert (found.outcome, found.step.change, found.step.wave) == (None, change, 2)


def test_the_precondition_is_that_of_now() -> None:
    now = replace(UPDATE, version="7")
    assert match(step(UPDATE), fresh(plan(step(now)))).step.change == now


def test_a_secret_that_was_not_known_then_may_be_anything_now() -> None:
    then = replace(UPDATE, after="")
    assert match(step(then), fresh(plan(step(UPDATE)))).outcome is None


def test_steps_that_nobody_reviewed_are_left_out() -> None:
    extra = step(Create(OTHER, (), "new"))
    assert len(match_steps(plan(step(UPDATE)), fresh(plan(step(UPDATE), extra)))) == 1


def test_needs_of_then_and_of_now_count() -> None:
    reviewed = plan(step(CREATE), step(Create(OTHER, (), "x")), step(Create(TOKEN, (), "y"), (ID,)))
    now = plan(*reviewed.steps[:2], step(Create(TOKEN, (), "y"), (OTHER,)))
    assert match_steps(reviewed, fresh(now))[2].step.needs == (ID, OTHER)


def test_a_step_that_needs_what_nobody_reviewed_is_stale() -> None:
    now = plan(step(Create(OTHER, (), "x")), step(UPDATE, (OTHER,)))
    assert "Bootstrap/store-2" in reason(match(step(UPDATE), fresh(now)))


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        (UPDATE, replace(UPDATE, before="else"), "somebody changed it"),
        (UPDATE, replace(UPDATE, after="else"), "what would be written"),
        (UPDATE, CREATE, "the plan says update, and it would be create now"),
        (DELETE, replace(DELETE, before="else"), "somebody changed it"),
    ],
)
def test_what_would_be_another_change_by_now_is_stale(then: Change, now: Change, says: str) -> None:
    assert says in reason(match(step(then), fresh(plan(step(now)))))


def test_who_changed_it_is_told_where_the_server_tells() -> None:
    there = {ID: live(updatedBy="j.doe", updatedAt="2026-11-21T22:14:00Z")}
    found = match(step(UPDATE), fresh(plan(step(replace(UPDATE, before="else"))), there))
    assert reason(found).endswith("(j.doe, 2026-11-21T22:14:00Z)")


@pytest.mark.parametrize("change", [CREATE, UPDATE])
def test_what_is_as_wanted_already_counts_as_applied(change: Change) -> None:
    assert match(step(change), fresh(plan(), {ID: live()})).outcome == Applied(ID, "unchanged")


def test_what_is_gone_already_counts_as_deleted() -> None:
    assert match(step(DELETE), fresh(plan())).outcome == Applied(ID, "unchanged")


def test_what_is_kept_though_it_was_to_be_deleted_is_stale() -> None:
    assert "somebody changed it" in reason(match(step(DELETE), fresh(plan(), {ID: live()})))


def test_what_was_deleted_though_it_was_to_be_changed_is_stale() -> None:
    now = plan(drifted=(Drifted(ID, (), "a.yaml:1"),))
    assert "somebody changed it" in reason(match(step(UPDATE), fresh(now)))


@pytest.mark.parametrize(("after", "done"), [("old", True), ("new", False)])
def test_kept_drift_is_as_wanted_if_it_was_to_be_kept(after: str, *, done: bool) -> None:
    now = plan(drifted=(Drifted(ID, (), "a.yaml:1"),))
    found = match(step(replace(UPDATE, after=after)), fresh(now, {ID: live()}))
    assert isinstance(found.outcome, Applied) is done


def test_what_a_guard_leaves_alone_now_is_stale_for_its_reason() -> None:
    now = plan(blocked=(Blocked(ID, "update", "hold", "on hold until Friday"),))
    assert "on hold until Friday" in reason(match(step(UPDATE), fresh(now, {ID: live()})))


def test_only_records_that_the_plan_covers_are_written() -> None:
    seen, unseen = Record(OTHER, Sort.ADOPTED), Record(TOKEN, Sort.ADOPTED)
    done = Record(ID, Sort.CONVERGED)
    reviewed = plan(step(UPDATE), records=(seen,))
    assert reviewed_records(reviewed, plan(records=(seen, unseen, done))) == (seen, done)


def test_a_plan_is_stale_as_a_whole_only_if_every_step_is() -> None:
    stale = Match(step(UPDATE), Failed(ID, "", Why.STALE))
    assert is_all_stale([stale, stale])
    assert not is_all_stale([stale, Match(step(UPDATE))])
    assert not is_all_stale([stale, Match(step(UPDATE), Applied(ID, "unchanged"))])
    assert not is_all_stale([])
