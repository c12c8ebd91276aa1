from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Failed
from reconciler.core.plan import Plan
from reconciler.core.receipt import Receipt
from reconciler.render.markdown import BUDGET
from reconciler.render.receipt import receipt_totals
from reconciler.render.receipt_markdown import receipt_markdown
from tests.render.conftest import receipt_of


def test_a_receipt_reads_as_agreed(mixed: Receipt, golden: Callable[[str, str], None]) -> None:
    golden("receipt.md", receipt_markdown(replace(mixed, undo_file=".pvm/undo/1.json")))


def test_an_apply_that_a_guard_stopped_says_so(
    busy_plan: Plan, golden: Callable[[str, str], None]
) -> None:
    golden("receipt-stopped.md", receipt_markdown(receipt_of(replace(busy_plan, blocked=()))))


@pytest.mark.parametrize("count", [60, 1_000])
def test_the_budget_holds_for_any_number_of_failures(empty_plan: Plan, count: int) -> None:
    """Each failed for a reason of its own."""
    failed = tuple(Failed(ResourceId("Site", f"s{n}"), f"{n} {'x' * 280}") for n in range(count))
    text = receipt_markdown(replace(receipt_of(empty_plan), outcomes=failed))

    assert len(text) <= BUDGET
    assert f"{count:,} failed" in text
    assert (" more" in text) is (count > 60)


def test_without_any_room_the_totals_are_still_told(mixed: Receipt) -> None:
    assert receipt_totals(mixed) in receipt_markdown(mixed, budget=1)
