from collections.abc import Callable

import pytest

from reconciler.core.plan import Plan
from reconciler.render.plan_text import plan_text
from reconciler.render.screen import columns_of
from reconciler.render.view import View


@pytest.mark.parametrize("width", [80, 120])
def test_a_plan_of_every_sort_of_row_reads_as_agreed(
    busy_plan: Plan, golden: Callable[[str, str], None], width: int
) -> None:
    golden(f"plan-{width}.txt", plan_text(busy_plan, View(width)))


def test_an_empty_plan_says_that_there_is_nothing_to_do(
    empty_plan: Plan, golden: Callable[[str, str], None]
) -> None:
    golden("plan-empty.txt", plan_text(empty_plan, View(80)))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_screen(busy_plan: Plan, width: int) -> None:
    lines = plan_text(busy_plan, View(width)).splitlines()

    assert [line for line in lines if columns_of(line) > width] == []


def test_full_names_every_object(busy_plan: Plan) -> None:
    text = plan_text(busy_plan, View(120, full=True))

    assert all(step.change.id.name in text for step in busy_plan.steps if step.group != 2)


@pytest.mark.parametrize("full", [False, True])
def test_nothing_reaches_the_terminal_but_text(busy_plan: Plan, *, full: bool) -> None:
    text = plan_text(busy_plan, View(120, full=full))

    assert "日本語" in text
    assert all(line.isprintable() for line in text.split("\n"))
