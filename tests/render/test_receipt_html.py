from dataclasses import replace

from reconciler.core.outcome import Applied
from reconciler.core.plan import Plan
from reconciler.core.receipt import Receipt
from reconciler.render.receipt_html import receipt_html
from tests.render.conftest import receipt_of
from tests.render.pages import read_page


def test_what_failed_and_why_stands_before_what_was_done(mixed: Receipt, busy_plan: Plan) -> None:
    done = tuple(Applied(id_, "created") for id_ in busy_plan.groups[0].members)
    page = read_page(receipt_html(replace(mixed, outcomes=(*mixed.outcomes, *done))))

    titles = ["Failed", "Stale", "Skipped", "Different", "Incomplete", "Conflict", "Blocked"]
    places = [page.texts.index(title) for title in (*titles, "Applied", "Rewritten")]
    assert places == sorted(places)
    assert "needs Bootstrap/store-1" in page.texts
    assert "not done: GET /admin/api/v1/tokens: 503" in page.texts
    assert page.texts.index("2 tokens", places[-2]) > places[-2]


def test_a_run_says_which_it_was_and_how_to_take_it_back(empty_plan: Plan) -> None:
    receipt = replace(receipt_of(empty_plan), number=1119, undo_file=".pvm/undo/1119.json")
    page = read_page(receipt_html(receipt))

    assert "apply #1,119" in page.texts
    assert "pvm undo .pvm/undo/1119.json" in page.texts
    assert "2026-11-22 18:30:12Z after 12.3 s" in page.texts


def test_above_the_budget_every_reason_is_still_told(mixed: Receipt) -> None:
    page = read_page(receipt_html(mixed, budget=1))

    assert page.elements["details"] == 0
    assert "failed · 1 bootstrap · store-1 · PUT /admin/api/v1/bootstrap: 400" in page.text
