from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.core.change import FieldChange
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, Group, Plan
from reconciler.core.plan_json import encode_plan
from reconciler.render.html_rows import BUDGET
from reconciler.render.plan_html import plan_html
from reconciler.render.plan_text import notes_of
from reconciler.render.screen import printable
from tests.render.pages import Page, read_page


@pytest.fixture
def shown(busy_plan: Plan) -> Page:
    return read_page(plan_html(busy_plan))


def test_every_section_of_the_plan_has_a_heading(shown: Page) -> None:
    assert shown.elements["h2"] == 10
    for title in ("Stopped", "Pending", "Conflict", "Drift", "Blocked", "Notes"):
        assert title in shown.texts


def test_every_group_shows_its_causes_fields_and_members(shown: Page, busy_plan: Plan) -> None:
    for group in busy_plan.groups:
        assert [c for c in group.causes if printable(c) not in shown.texts] == []
        assert [f for f in group.fields if printable(f.pointer) not in shown.texts] == []
    assert "1,234 bootstraps" in shown.texts
    assert "All 1,234 objects" in shown.texts
    assert {f"store-{n:04}" for n in range(1, 1235)} <= set(shown.texts)


def test_whatever_there_is_to_note_is_there(shown: Page, busy_plan: Plan) -> None:
    notes = [text for pair in notes_of(busy_plan, full=True) for text in pair]

    assert [note for note in notes if note not in shown.texts] == []
    assert busy_plan.warnings[0] in shown.texts
    assert encode_plan(busy_plan)["digest"] in shown.texts


def test_a_saved_plan_is_named_as_its_file_is(busy_plan: Plan) -> None:
    page = read_page(plan_html(busy_plan, digest="sha256:of-the-file"))

    assert "sha256:of-the-file" in page.texts
    assert encode_plan(busy_plan)["digest"] not in page.texts


def test_a_conflict_has_three_sides(busy_plan: Plan) -> None:
    (conflict,) = [one for one in busy_plan.blocked if one.guard == "conflict"]
    known = replace(busy_plan, blocked=(conflict,), drifted=(), groups=())

    cells = read_page(plan_html(known)).texts
    at = cells.index("Last apply")
    assert [c for c in cells[at : at + 8] if c.strip()][:7] == [
        *("Last apply", "Git", "Server", "/kiosk/idleSeconds"),
        *("30", "60", "45"),
    ]
    forgotten = replace(known, blocked=(replace(conflict, was=()),))
    assert "not recorded" in read_page(plan_html(forgotten)).texts


def test_an_undo_says_what_it_takes_back(undo_plan: Plan) -> None:
    text = read_page(plan_html(undo_plan)).text

    assert "Undo plan" in text
    assert "back to what it was before apply #117" in text


def test_an_empty_plan_says_so(empty_plan: Plan) -> None:
    assert "There is nothing to do." in read_page(plan_html(empty_plan)).texts


def many_groups(plan: Plan, count: int, fields: int = 1) -> Plan:
    """Each object changes in a way of its own."""
    groups = tuple(
        Group(
            "update",
            Class.PENDING_UPDATE,
            "Bootstrap",
            (f"stores/nl.csv:{n}",),
            tuple(FieldChange(f"/apps/{f}", "9.8.1", f"9.9.{n}") for f in range(fields)),
            (ResourceId("Bootstrap", f"store-{n}"),),
        )
        for n in range(count)
    )
    return replace(plan, groups=groups, steps=(), drifted=(), blocked=(), unmanaged=())


def created(names: Sequence[str], kind: str = "Bootstrap") -> Group:
    """What one line of a list makes."""
    ids = tuple(ResourceId(kind, name) for name in names)
    return Group("create", Class.PENDING_CREATE, kind, ("stores/nl.csv:7",), (), ids)


def listed(plan: Plan, *groups: Group) -> list[str]:
    """The texts behind the heading of what is pending, which is all that is unfolded."""
    page = read_page(plan_html(replace(plan, groups=groups)))
    assert ("details", "open", None) not in page.attributes
    return page.texts[page.texts.index("Pending") :]


def test_a_row_with_nothing_but_its_objects_unfolds_to_their_names(empty_plan: Plan) -> None:
    names = ("store-1", "store-2", "store-3")
    assert [one for one in listed(empty_plan, created(names)) if one in names] == list(names)

    text = listed(empty_plan, created(names[:2]))
    assert not [one for one in text if one in names], "both are in the row"


def test_a_row_of_several_kinds_names_objects_with_their_kinds(empty_plan: Plan) -> None:
    texts = listed(empty_plan, created(["store-7"]), created(["store-7"], "Site"))

    assert {"Bootstrap/store-7", "Site/store-7"} <= set(texts)


def test_details_give_way_to_the_budget_and_groups_do_not(busy_plan: Plan) -> None:
    plan = many_groups(busy_plan, 30, fields=60)
    whole = len(plan_html(plan))
    pages = [read_page(plan_html(plan, budget=budget)) for budget in (whole, whole - 1, 1)]

    assert all(f"stores/nl.csv:{n}" in page.text for page in pages for n in range(30))
    assert all("30" in page.texts for page in pages)
    assert [page.text.count("… and 10 more") for page in pages] == [0, 30, 0]
    assert [page.elements["table"] for page in pages] == [31, 31, 1]


def test_members_that_do_not_fit_are_counted(busy_plan: Plan) -> None:
    plan = replace(busy_plan, drifted=(), blocked=())
    text = read_page(plan_html(plan, budget=28_000)).text

    assert "… and 1,034 more" in text


def test_fifteen_thousand_groups_stay_within_the_budget(busy_plan: Plan) -> None:
    text = plan_html(many_groups(busy_plan, 15_000))

    assert len(text) < BUDGET
    assert text.count("<p data-row>update · 1 bootstrap · store-") == 15_000
