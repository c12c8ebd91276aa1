"""What a merge would change, as a page."""

from collections.abc import Iterator

from reconciler.core.revisions import RevisionDiff
from reconciler.render.html import Content, element
from reconciler.render.html_header import sums_of
from reconciler.render.html_page import facts, page, section
from reconciler.render.html_rows import BUDGET, Detail, within_budget
from reconciler.render.plan_html import change_rows
from reconciler.render.plan_text import record_rows
from reconciler.render.revisions import notes_of, project_of, totals_of


def revisions_html(diff: RevisionDiff, *, budget: int = BUDGET) -> str:
    """One file with every change; above `budget` characters fields and names give way."""

    def render(detail: Detail) -> str:
        sides = (("Base", diff.before), ("Head", diff.after))
        told = [(word, f"{one.name} · {one.commit}") for word, one in sides]
        top = (sums_of(totals_of(diff)), facts(told))
        return page(project_of(diff), "Changes", top, _sections(diff, detail))

    return within_budget(render, len(diff.groups), budget)


def _sections(diff: RevisionDiff, detail: Detail) -> Iterator[Content]:
    rows = change_rows(dict(enumerate(diff.groups)), {}, detail)
    yield section("Changes", "in what the files declare", rows)
    told = facts(
        (
            *(("inventory", f"{verb} {text}") for verb, text in record_rows(diff.records)),
            *notes_of(diff),
        )
    )
    yield section("Notes", "", [told] if told else [])
    if not diff.found:
        yield element("p", "Nothing that is declared changes.")
