from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.plan import Plan, Stop
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


def test_only_a_plan_on_its_own_says_how_to_go_on(busy_plan: Plan) -> None:
    plan = replace(busy_plan, stops=())

    assert plan_text(plan, View(80)).endswith("next      pvm apply")
    assert "next" not in plan_text(plan, View(80), advise=False)


@pytest.mark.parametrize("full", [False, True])
def test_nothing_reaches_the_terminal_but_text(busy_plan: Plan, *, full: bool) -> None:
    text = plan_text(busy_plan, View(120, full=full))

    assert "日本語" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_long_lists_are_cut_and_say_so(busy_plan: Plan) -> None:
    fields = tuple(FieldChange(f"/f{n}", 1, 2) for n in range(31))
    blocked = replace(busy_plan.blocked[0], fix="")
    plan = replace(
        busy_plan,
        groups=(replace(busy_plan.groups[1], fields=fields),),
        blocked=(blocked,) * 30,
        stops=(Stop("customer", "another customer"),),
    )

    short, full = plan_text(plan, View(80)), plan_text(plan, View(80, full=True))

    assert ("21 more" in short, "20 more" in short, "/f30" in short) == (True, True, False)
    assert (" more (" in full, "/f30" in full, "Site/lab-4" in full) == (False, True, True)


def test_a_plan_that_changes_something_says_what_comes_next(busy_plan: Plan) -> None:
    assert plan_text(replace(busy_plan, stops=()), View(80)).endswith("next      pvm apply")


def test_files_that_are_not_committed_are_told(empty_plan: Plan) -> None:
    dirty = replace(empty_plan, header=replace(empty_plan.header, clean=False, customer=""))

    assert "commit 9d03e77 and uncommitted changes" in plan_text(dirty, View(120))


def test_without_lists_or_git_the_head_is_short(empty_plan: Plan) -> None:
    bare = replace(empty_plan, listed=None, header=replace(empty_plan.header, commit=None))

    head = plan_text(bare, View(120)).split("\n")[0]
    assert head == "acme-retail → prod  https://pvm.acme.example · customer ACME"
