from dataclasses import replace

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied, Failed, Skipped
from reconciler.core.plan import Plan, Stop
from reconciler.core.receipt import Discrepancy, Receipt
from reconciler.core.rehearsal import Rehearsal
from reconciler.render.rehearsal import rehearsal_text
from reconciler.render.view import View
from tests.core.situations import HEADER

A, B = ResourceId("Bootstrap", "a"), ResourceId("Token", "b")
NOTHING = Receipt(Plan(HEADER, (), ()), (), HEADER.created, HEADER.created)
MANY = tuple(Discrepancy(A, "it would be gone") for _ in range(12))


def test_a_rehearsal_that_went_well_says_so_and_that_nothing_was_written() -> None:
    text = rehearsal_text(Rehearsal(NOTHING, copied=3402), View())
    assert "as the plan says" in text
    assert "3,402 objects" in text
    assert "nothing to default" in text


def test_a_stopped_plan_was_not_rehearsed() -> None:
    stopped = replace(NOTHING, plan=replace(NOTHING.plan, stops=(Stop("deletes", "too many"),)))
    assert "a guard stops this plan" in rehearsal_text(Rehearsal(stopped), View())


@pytest.mark.parametrize(
    ("rehearsal", "shown"),
    [
        (Rehearsal(NOTHING, stranded=("token b had no bootstrap a",)), "token b had no bootstrap"),
        (Rehearsal(replace(NOTHING, outcomes=(Failed(B, "409 IN_USE"),))), "409 IN_USE"),
        (Rehearsal(replace(NOTHING, unverified="503")), "not read back: 503"),
        (
            Rehearsal(NOTHING, (Discrepancy(A, "it would differ", (FieldChange("/x", 1, 2),)),)),
            "/x    1 → 2",
        ),
        (Rehearsal(replace(NOTHING, discrepancies=MANY)), "and 2 more"),
    ],
)
def test_whatever_went_otherwise_is_named(rehearsal: Rehearsal, shown: str) -> None:
    assert not rehearsal.as_predicted
    text = rehearsal_text(rehearsal, View())
    assert shown in text
    assert "not all as the plan says" in text


def test_a_step_that_was_not_tried_is_no_success() -> None:
    for outcomes in ((Skipped(A, B),), (Applied(A, "created"),)):
        assert not Rehearsal(replace(NOTHING, outcomes=outcomes)).as_predicted
