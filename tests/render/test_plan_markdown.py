from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Blocked, Class, Drifted, Group, Plan
from reconciler.render.markdown import BUDGET
from reconciler.render.plan_markdown import plan_markdown
from reconciler.render.plan_text import totals


def test_a_plan_reads_as_agreed(busy_plan: Plan, golden: Callable[[str, str], None]) -> None:
    golden("plan.md", plan_markdown(busy_plan))


def test_an_empty_plan_is_its_totals(empty_plan: Plan, golden: Callable[[str, str], None]) -> None:
    golden("plan-empty.md", plan_markdown(empty_plan))


def test_a_plan_of_an_undo_says_what_it_takes_back(
    undo_plan: Plan, golden: Callable[[str, str], None]
) -> None:
    golden("plan-undo.md", plan_markdown(undo_plan))


def many_groups(plan: Plan, count: int) -> Plan:
    fields = plan.groups[1].fields
    groups = tuple(
        Group(
            "update",
            Class.PENDING_UPDATE,
            "Bootstrap",
            (f"bootstraps/{n}.yaml:{n}",),
            fields,
            tuple(ResourceId("Bootstrap", f"store-{n}-{m}") for m in range(2)),
        )
        for n in range(count)
    )
    return replace(plan, groups=groups)


@pytest.mark.parametrize("count", [1, 100, 200, 500, 1000, 20_000])
def test_the_budget_holds_for_any_number_of_groups(busy_plan: Plan, count: int) -> None:
    assert len(plan_markdown(many_groups(busy_plan, count))) <= BUDGET


@pytest.mark.parametrize("count", [1, 200, 800])
def test_groups_and_totals_outlive_fields_and_examples(busy_plan: Plan, count: int) -> None:
    plan = many_groups(busy_plan, count)
    text = plan_markdown(plan)

    assert totals(plan) in text
    assert all(f"`bootstraps/{n}.yaml:{n}`" in text for n in range(count))


def test_examples_go_before_fields_do(busy_plan: Plan) -> None:
    plan = many_groups(busy_plan, 10)
    whole = plan_markdown(plan)
    lean = plan_markdown(plan, budget=len(whole) - 1)
    bare = plan_markdown(plan, budget=len(lean) - 1)

    assert ("store-0-0" in whole, "/wifi/psk" in whole) == (True, True)
    assert ("store-0-0" in lean, "/wifi/psk" in lean) == (False, True)
    assert ("store-0-0" in bare, "/wifi/psk" in bare) == (False, False)


def test_too_many_groups_are_added_up(busy_plan: Plan) -> None:
    text = plan_markdown(many_groups(busy_plan, 20_000))

    assert "40,000 bootstraps" in text
    assert "20,000 groups" in text


def test_without_any_room_the_totals_are_still_told(busy_plan: Plan) -> None:
    assert totals(busy_plan) in plan_markdown(busy_plan, budget=1)


def test_a_long_list_of_blocked_objects_says_how_many_more(busy_plan: Plan) -> None:
    blocked = tuple(
        Blocked(ResourceId("Site", f"s{n}"), "update", "adopt", "why", "", (changed(n),))
        for n in range(77)
    )

    assert "27 more" in plan_markdown(replace(busy_plan, blocked=blocked))


def changed(number: int) -> FieldChange:
    return FieldChange("/proServerName", "a", f"b{number}")


def test_objects_that_differ_alike_share_a_row(busy_plan: Plan) -> None:
    ids = tuple(ResourceId("Site", f"s{n}") for n in range(3000))
    drifted = tuple(Drifted(id_, (changed(0),), "a:1", "j.doe") for id_ in ids)
    conflicts = tuple(
        Blocked(id_, "update", "conflict", "both changed it", "", (changed(1), changed(2)))
        for id_ in ids
    )
    text = plan_markdown(replace(busy_plan, drifted=drifted, blocked=conflicts))

    cells = "| 3,000 sites | `s0 … s2999` | `/proServerName`"
    assert f'{cells} | `"a"` | `"b0"` | j.doe |' in text
    assert f'{cells} and 1 more |  | `"b1"` | `"a"` | both changed it |' in text


LONG = tuple(ResourceId("Site", f"s{n}|" + "|" * 500) for n in range(100))


def refused(guard: str) -> tuple[Blocked, ...]:
    return tuple(
        Blocked(id_, "update", guard, "|" * 500, "|" * 500, (changed(n),))
        for n, id_ in enumerate(LONG)
    )


def findings(plan: Plan) -> dict[str, Plan]:
    drifted = tuple(Drifted(id_, (changed(n),), "|" * 500) for n, id_ in enumerate(LONG))
    return {
        "drift": replace(plan, drifted=drifted),
        "blocked": replace(plan, blocked=refused("adopt")),
        "conflicts": replace(plan, blocked=refused("conflict")),
        "warnings": replace(plan, warnings=("|" * 500,) * 100),
    }


@pytest.mark.parametrize("sort", ["drift", "blocked", "conflicts", "warnings"])
def test_the_budget_holds_for_any_number_of_findings(busy_plan: Plan, sort: str) -> None:
    assert len(plan_markdown(findings(busy_plan)[sort])) <= BUDGET


@pytest.mark.parametrize("length", [10, 100_000])
def test_one_endless_reason_does_not_break_the_budget(busy_plan: Plan, length: int) -> None:
    blocked = replace(busy_plan.blocked[0], reason="r" * length)

    assert len(plan_markdown(replace(busy_plan, blocked=(blocked,)))) <= BUDGET


def test_long_lists_of_fields_and_warnings_say_how_many_more(busy_plan: Plan) -> None:
    fields = tuple(FieldChange(f"/f{n}", 1, 2) for n in range(31))
    group = replace(busy_plan.groups[1], fields=fields)
    text = plan_markdown(replace(busy_plan, groups=(group,), warnings=("w",) * 63))

    assert ("11 more |" in text, "13 more warnings" in text) == (True, True)
