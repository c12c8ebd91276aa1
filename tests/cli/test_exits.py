"""The expected codes stand here once more, written from the contract and not from the code."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from reconciler.cli.exits import (
    Exit,
    Interruption,
    of_diagnosis,
    of_drift,
    of_formatting,
    of_plan,
    of_problems,
    of_receipt,
    of_remote_failure,
)
from reconciler.core.change import Create, FieldChange, Update
from reconciler.core.diagnosis import Check, Diagnosis, Status
from reconciler.core.drift import Drift
from reconciler.core.formatting import Formatting, Reformed
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Outcome, Skipped, Why
from reconciler.core.plan import Blocked, Class, Drifted, Header, Plan, Record, Sort, Step, Stop
from reconciler.core.ports import Denied, Rejected, Stale, Unreachable
from reconciler.core.problem import Problem, Severity
from reconciler.core.receipt import Discrepancy, Receipt

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEADER = Header("acme", "prod", "http://x", "", NOW, "0")
ID = ResourceId("Site", "s")
FIELD = FieldChange("/a", 1, 2)
STEP = Step(Create(ID, (), "sha256:a"), Class.PENDING_CREATE, (), 0)
UPDATE = Step(Update(ID, (FIELD,), "a", "b", None), Class.PENDING_UPDATE, (), 0)
REVERT = replace(UPDATE, class_=Class.DRIFT)
DRIFTED = Drifted(ID, (FIELD,), "a:1")
BLOCKED = Blocked(ID, "delete", "referenced", "why")
HELD = Blocked(ID, "update", "hold", "why")
STOP = Stop("deletes", "too many")
LOCK = Stop("lock", "INC-4417")
EMPTY = Plan(HEADER, (), ())
CHANGED = (Reformed("a.yaml", 1),)

PLANS = {
    "nothing to do": (EMPTY, 0),
    "unmanaged objects": (replace(EMPTY, unmanaged=(ID,), warnings=("w",)), 0),
    "kept, as nothing is pruned": (replace(EMPTY, retained=(ID,), normalised=(ID,)), 0),
    "pending create": (replace(EMPTY, steps=(STEP,)), 2),
    "pending update": (replace(EMPTY, steps=(UPDATE,)), 2),
    "interrupted": (replace(EMPTY, steps=(replace(UPDATE, class_=Class.INTERRUPTED),)), 2),
    "adopted with changes": (replace(EMPTY, steps=(replace(UPDATE, class_=Class.ADOPT),)), 2),
    "only the inventory changes": (replace(EMPTY, records=(Record(ID, Sort.ADOPTED),)), 2),
    "kept drift": (replace(EMPTY, drifted=(DRIFTED,)), 3),
    "drift to be reverted": (replace(EMPTY, steps=(REVERT,)), 3),
    "drift kept and drift reverted": (replace(EMPTY, steps=(REVERT,), drifted=(DRIFTED,)), 3),
    "pending, and drift elsewhere": (replace(EMPTY, steps=(STEP,), drifted=(DRIFTED,)), 4),
    "pending, and drift to be reverted": (replace(EMPTY, steps=(STEP, REVERT)), 4),
    "pending, and drift in the same object": (
        replace(EMPTY, steps=(replace(UPDATE, kept=(FIELD,)),)),
        4,
    ),
    "a conflict that Git wins": (
        replace(EMPTY, steps=(replace(UPDATE, class_=Class.CONFLICT),)),
        4,
    ),
    "a guard left one out": (replace(EMPTY, blocked=(BLOCKED,)), 4),
    "a hold left one out": (replace(EMPTY, blocked=(HELD,)), 4),
    "changes, and a guard left one out": (replace(EMPTY, steps=(STEP,), blocked=(BLOCKED,)), 4),
    "drift, and a guard left one out": (
        replace(EMPTY, drifted=(DRIFTED,), blocked=(BLOCKED,)),
        4,
    ),
    "changes that a guard stops": (replace(EMPTY, steps=(STEP,), stops=(STOP,)), 6),
    "drift and a guard that stops": (replace(EMPTY, drifted=(DRIFTED,), stops=(STOP,)), 6),
    "nothing to do, and a guard stops": (replace(EMPTY, stops=(STOP,)), 6),
}


@pytest.mark.parametrize(("plan", "code"), PLANS.values(), ids=PLANS)
def test_a_plan_tells_its_content_only_when_asked(plan: Plan, code: int) -> None:
    assert (of_plan(plan, detailed=False), of_plan(plan, detailed=True)) == (0, code)


NONE = Drift(HEADER, pending=7, in_sync=3)
DRIFTS = {
    "nothing differs": (NONE, (0, 0)),
    "the server changed": (replace(NONE, drifted=(DRIFTED,)), (3, 3)),
    "both changed": (replace(NONE, conflicts=(DRIFTED,)), (3, 3)),
    "nobody can tell who changed": (replace(NONE, undecided=(DRIFTED,)), (3, 3)),
    "unmanaged objects": (replace(NONE, unmanaged=(ID,)), (0, 3)),
    "the answer can't be trusted": (replace(NONE, drifted=(DRIFTED,), stops=(STOP,)), (6, 6)),
}


@pytest.mark.parametrize(("drift", "codes"), DRIFTS.values(), ids=DRIFTS)
def test_drift_counts_unmanaged_objects_only_when_asked(
    drift: Drift, codes: tuple[int, int]
) -> None:
    assert (of_drift(drift, unmanaged=False), of_drift(drift, unmanaged=True)) == codes


OK, FAILED, STALE = Applied(ID, "created"), Failed(ID, "no"), Failed(ID, "no", Why.STALE)
DENIED, SILENT = Failed(ID, "no", Why.DENIED), Failed(ID, "no", Why.UNREACHABLE)
DONE = Applied(ID, "unchanged")
SKIPPED = Skipped(ID, None)
OUTCOMES: dict[str, tuple[tuple[Outcome, ...], int]] = {
    "nothing to do": ((), 0),
    "all applied": ((OK, OK), 0),
    "one failed": ((OK, FAILED), 7),
    "one failed and its dependant was skipped": ((OK, FAILED, SKIPPED), 7),
    "one was stale": ((OK, STALE), 7),
    "one was done already, the rest stale": ((DONE, STALE), 5),
    "all were done already": ((DONE, DONE), 0),
    "one was done already, the rest failed": ((DONE, FAILED), 1),
    "all failed": ((FAILED, FAILED), 1),
    "all stale": ((STALE, STALE, SKIPPED), 5),
    "stale and failed": ((STALE, FAILED), 1),
    "all denied": ((DENIED, DENIED), 77),
    "one denied": ((OK, DENIED), 7),
    "denied and stale": ((DENIED, STALE), 1),
    "none answered": ((SILENT, SKIPPED), 69),
}


@pytest.mark.parametrize(("outcomes", "code"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_receipt_tells_how_far_the_run_came(outcomes: tuple[Outcome, ...], code: int) -> None:
    receipt = Receipt(EMPTY, outcomes, NOW, NOW)

    assert of_receipt(receipt, Interruption.INTERRUPT) == code


def test_a_receipt_tells_of_guards_and_signals() -> None:
    done = Receipt(EMPTY, (OK,), NOW, NOW)
    cases = {
        "stopped": (replace(done, plan=replace(EMPTY, stops=(STOP,)), outcomes=()), 6),
        "blocked": (replace(done, plan=replace(EMPTY, blocked=(BLOCKED,))), 4),
        "held": (replace(done, plan=replace(EMPTY, blocked=(HELD,))), 0),
        "held and blocked": (replace(done, plan=replace(EMPTY, blocked=(HELD, BLOCKED))), 4),
        "drift kept": (replace(done, plan=replace(EMPTY, drifted=(DRIFTED,))), 0),
        "failed beside blocked": (
            replace(done, plan=replace(EMPTY, blocked=(BLOCKED,)), outcomes=(OK, FAILED)),
            7,
        ),
        "reads back differently": (replace(done, discrepancies=(Discrepancy(ID, "x"),)), 7),
        "not read back": (replace(done, unverified="503"), 7),
        "interrupted": (replace(done, interrupted=True), 130),
        "not recorded": (replace(done, unrecorded="503"), 7),
        "not announced": (replace(done, unrecorded="503", outcomes=(SKIPPED,)), 1),
        "records alone not recorded": (replace(done, unrecorded="503", outcomes=()), 7),
        "waves left for later": (replace(done, postponed="the window closed"), 4),
        "the lease was lost": (replace(done, lease_lost=True, outcomes=(OK, SKIPPED)), 7),
        "the lease was lost at once": (replace(done, lease_lost=True, outcomes=(FAILED,)), 7),
        "locked": (replace(done, plan=replace(EMPTY, stops=(LOCK,)), outcomes=()), 8),
        "locked, and stopped": (
            replace(done, plan=replace(EMPTY, stops=(LOCK, STOP)), outcomes=()),
            6,
        ),
    }

    codes = {
        name: of_receipt(receipt, Interruption.INTERRUPT) for name, (receipt, _) in cases.items()
    }

    assert codes == {name: code for name, (_, code) in cases.items()}
    terminated = replace(done, interrupted=True)
    assert of_receipt(terminated, Interruption.TERMINATE) == 143


def test_a_signal_after_the_last_write_changes_nothing() -> None:
    assert of_receipt(Receipt(EMPTY, (OK,), NOW, NOW), Interruption.TERMINATE) == 0


def test_only_errors_make_files_invalid() -> None:
    warning, error = Problem("w", "w", severity=Severity.WARNING), Problem("e", "e")

    assert [of_problems(p) for p in ((), (warning,), (warning, error))] == [0, 0, 65]


@pytest.mark.parametrize(
    ("failure", "code"), [(Unreachable, 69), (Denied, 77), (Rejected, 1), (Stale, 1)]
)
def test_a_failed_request_tells_why(failure: type[Unreachable], code: int) -> None:
    assert of_remote_failure(failure("GET /", "no")) == code


def test_the_first_failed_check_decides() -> None:
    ok, warned = Check("a", Status.OK, ""), Check("b", Status.WARNING, "")
    denied = Check("c", Status.FAILED, "", failure=Denied("GET /", "no"))
    failed = Check("d", Status.FAILED, "")

    codes = [
        of_diagnosis(Diagnosis(checks, ()))
        for checks in ((), (ok, warned), (ok, denied, failed), (failed, denied))
    ]

    assert codes == [0, 0, 77, 1]


def test_the_table_is_that_of_the_contract() -> None:
    assert sorted(Exit) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 64, 65, 69, 77, 130, 143]


@pytest.mark.parametrize(
    ("formatting", "written", "code"),
    [
        (Formatting(3), True, 0),
        (Formatting(3, CHANGED), True, 0),
        (Formatting(3, CHANGED), False, 2),
        (Formatting(3, CHANGED, left=("a",)), False, 1),
        (Formatting(3, CHANGED, (Problem("a", "b"),), ("a",)), False, 65),
    ],
    ids=["nothing", "written", "looked", "left", "errors"],
)
def test_formatting_has_the_code_of_what_weighs_most(
    formatting: Formatting, *, written: bool, code: int
) -> None:
    assert of_formatting(formatting, written=written) == code
