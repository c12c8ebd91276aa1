from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler.core.inventory import Locked
from reconciler.core.outcome import Applied, Failed, Why
from reconciler.core.plan import Stop as PlanStop
from reconciler.core.plan_age import Expired
from reconciler.core.ports import RemoteFailure
from reconciler.core.problem import InvalidInput, Misuse
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_writer
from reconciler.workflow.inventory import Keeper, Pace, read_inventory
from reconciler.workflow.journal import Point
from tests.remote.fake_server import (
    FakeServer,
    Fault,
    access,
    problem,
)
from tests.stores import stores
from tests.workflow.scripts import Script
from tests.workflow.stage import (
    MODES,
    STORE,
    failed,
    lease_is_free,
    meddle,
    outcomes,
    recorded,
    rows,
    task,
)
from tests.workflow.tasks import NOON, apply, desired, drift, plan, running


@MODES
@pytest.mark.parametrize("concurrency", [1, 8])
def test_after_an_apply_the_plan_is_empty_and_nothing_drifts(
    offers: Sequence[str], concurrency: int
) -> None:
    server = FakeServer(offers=offers)
    given = task(stores(25), concurrency=concurrency)
    receipt = apply(server, given)
    assert Counter(outcomes(receipt).values()) == {"Applied": 100}
    assert (receipt.discrepancies, receipt.unverified, receipt.interrupted) == ((), "", False)
    assert (receipt.unrecorded, receipt.lease_lost, receipt.number) == ("", False, 1)
    assert lease_is_free(server, given)
    again = plan(server, given)
    assert (again.steps, again.records) == ((), ())
    assert drift(server, given).in_sync == 100


def test_applying_an_empty_plan_sends_no_write() -> None:
    server = FakeServer()
    receipt = apply(server, task(()))
    assert (receipt.outcomes, server.writes) == ((), 0)


@MODES
def test_a_change_from_one_to_true_is_seen_and_applied(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task((desired("Bootstrap", "store-1", {"on": 1}),)))
    changed = task((desired("Bootstrap", "store-1", {"on": True}),))
    assert outcomes(apply(server, changed)) == {"Bootstrap/store-1": "Applied"}
    assert server.rows["bootstrap"]["store-1"]["parameters"] == {"on": True}
    assert plan(server, changed).steps == ()


@MODES
def test_what_somebody_changed_after_the_review_is_stale_and_stays(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(STORE))
    changed = task((STORE[0], replace(STORE[1], value={"site": "site-1", "pin": "1"}), STORE[2]))
    made = plan(server, changed)
    theirs: dict[str, JsonValue] = {"theirs": 1}
    meddle(server, "store-1", theirs)
    receipt = apply(server, changed, made)
    assert failed(receipt).why is Why.STALE
    assert "j.doe, 2026-11-22T12:00:07Z" in failed(receipt).reason
    assert server.rows["bootstrap"]["store-1"]["parameters"] == theirs
    assert receipt.number == 0


@MODES
def test_what_somebody_created_after_the_plan_is_left_alone_unless_it_is_the_same(
    offers: Sequence[str],
) -> None:
    for theirs, stale in (({"theirs": 1}, True), ({"mine": 1}, False)):
        server = FakeServer(offers=offers)
        given = task((desired("Bootstrap", "store-1", {"mine": 1}),))
        made = plan(server, given)
        parameters: dict[str, JsonValue] = dict(theirs)
        meddle(server, "store-1", parameters)
        (outcome,) = apply(server, given, made).outcomes
        assert (isinstance(outcome, Failed) and outcome.why is Why.STALE) is stale
        assert server.rows["bootstrap"]["store-1"]["parameters"] == theirs
        assert recorded(server, given) == (set() if stale else {"Bootstrap/store-1"})


@MODES
def test_a_deletion_of_what_somebody_changed_after_the_plan_is_stale(
    offers: Sequence[str],
) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(STORE[:2]))
    given = task(STORE[:1], prune=True)
    made = plan(server, given)
    assert len(made.steps) == 1
    meddle(server, "store-1", {})
    assert failed(apply(server, given, made)).why is Why.STALE
    assert "store-1" in server.rows["bootstrap"]


@MODES
def test_a_plan_that_was_executed_already_is_done(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    made = plan(server, given)
    apply(server, given, made)
    before = rows(server)
    again = apply(server, given, made)
    assert {one.result for one in again.outcomes if isinstance(one, Applied)} == {"unchanged"}
    assert rows(server) == before


def test_steps_that_nobody_reviewed_are_not_executed() -> None:
    server = FakeServer()
    other = desired("Bootstrap", "store-2", {"a": 1})
    apply(server, task((*STORE, other)))
    given = task((*STORE, replace(other, value={"a": 2})))
    made = plan(server, given)
    del server.rows["token"]["store-1"]
    assert outcomes(apply(server, given, made)) == {"Bootstrap/store-2": "Applied"}
    assert "store-1" not in server.rows["token"]


def test_a_plan_that_a_guard_stopped_writes_nothing() -> None:
    server = FakeServer()
    given = task(STORE)
    stopped = replace(plan(server, given), stops=(PlanStop("customer", "another one"),))
    receipt = apply(server, given, stopped)
    assert (receipt.outcomes, server.writes) == ((), 0)


def test_a_guard_that_stops_only_now_stops_all() -> None:
    server = FakeServer()
    apply(server, task(stores(30)))
    given = task(stores(28), prune=True)
    made = replace(plan(server, given), stops=())
    receipt = apply(server, given, made)
    assert {stop.guard for stop in receipt.plan.stops} == {"deletes"}
    assert len(rows(server)) == 120
    assert lease_is_free(server, given)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source_hash": "sha256:other"}, "plan-other-sources"),
        ({"project": "another"}, "plan-other-project"),
        ({"target": "staging"}, "plan-other-target"),
        ({"url": "https://elsewhere.example"}, "plan-other-server"),
        ({"customer": "globex"}, "plan-other-customer"),
    ],
)
def test_a_plan_for_something_else_writes_nothing(change: dict[str, Any], code: str) -> None:
    server = FakeServer()
    given = task(STORE)
    made = plan(server, given)
    other = replace(made, header=replace(made.header, **change))
    with pytest.raises(InvalidInput) as caught:
        apply(server, given, other)
    assert [one.code for one in caught.value.problems] == [code]
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_a_plan_that_is_too_old_writes_nothing() -> None:
    server = FakeServer()
    given = task(STORE)
    made = plan(server, given)
    late = replace(running(), now=lambda: NOON + timedelta(hours=1), max_age=timedelta(minutes=59))
    with pytest.raises(Expired):
        apply(server, given, made, late)
    assert server.writes == 0


def test_a_wave_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(Misuse):
        apply(FakeServer(), task(STORE), run=replace(running(), wave=2))


@MODES
def test_while_somebody_else_applies_nothing_is_written(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    pace = Pace(sleep=lambda _: None)
    with connect_writer(access(), server.transport) as writer:
        held = read_inventory(given, writer, None, ())
        Keeper(held, replace(given, run="ci-1"), writer, bytes, pace).take_lease()
    with pytest.raises(Locked) as caught:
        apply(server, given)
    assert caught.value.holder == "ci-1"
    assert rows(server) == {}


def test_spelling_of_a_token_never_counts_as_a_change() -> None:
    server = FakeServer()
    apply(server, task(STORE))
    renamed = desired("Token", "Store-1", {"appId": "Y", "bootstrap": "store-1", "description": ""})
    given = task((*STORE[:2], renamed))
    scope = replace(given.project.scope, globs={**given.project.scope.globs, "Token": ("*",)})
    given = replace(given, project=replace(given.project, scope=scope))
    receipt = apply(server, given)
    assert len(receipt.outcomes) == 1
    assert receipt.discrepancies == ()
    assert plan(server, given).steps == ()


@MODES
def test_a_failure_before_the_first_write_lets_the_lease_go(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    faults = [Fault("GET", "sites", lambda _: problem(403, "FORBIDDEN"))] * 9
    script = Script({Point.LEASED: lambda: server.faults.extend(faults)})
    with pytest.raises(RemoteFailure):
        apply(server, given, run=running(journal=script))
    server.faults.clear()
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_a_journal_that_can_not_be_written_stops_an_apply_before_its_first_write() -> None:
    server = FakeServer()
    given = task(STORE)

    def full() -> None:
        message = "no space left on device"
        raise OSError(message)

    with pytest.raises(OSError, match="no space"):
        apply(server, given, run=running(journal=Script({Point.PREPARED: full})))
    assert rows(server) == {}
    assert lease_is_free(server, given)
