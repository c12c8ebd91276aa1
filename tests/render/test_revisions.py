from dataclasses import replace
from html import unescape

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.plan import Class, Group, Record, Sort
from reconciler.core.project import Project, Scope
from reconciler.core.revisions import Revision, RevisionDiff
from reconciler.render.revisions import revisions_markdown, revisions_text, totals_of
from reconciler.render.revisions_html import revisions_html
from reconciler.render.view import View
from tests.render.pages import read_page

PROJECT = Project("acme", ("objects",), Scope({}))
OLD = Revision("main", "1c9e0d4" * 6, PROJECT, ())
NEW = Revision("9d03e77", "9d03e77" * 6, PROJECT, ())
NOTHING = RevisionDiff(OLD, NEW, (), (), {}, (), (), 246)


def shown(diff: RevisionDiff) -> list[str]:
    """For a terminal, a comment, a browser; with one kind of blank."""
    texts = revisions_text(diff, View(120)), revisions_markdown(diff)
    plain = (*map(unescape, texts), read_page(revisions_html(diff)).text)
    return [" ".join(text.split()) for text in plain]


def test_nothing_that_changes_is_told_with_its_totals() -> None:
    assert all("no change" in text and "246 unchanged" in text for text in shown(NOTHING))
    assert "Nothing that is declared changes." in shown(NOTHING)[-1]


@pytest.mark.parametrize(
    ("diff", "name"),
    [
        (replace(NOTHING, before=replace(OLD, project=None)), "main (1c9e0d4)"),
        (replace(NOTHING, after=replace(NEW, project=None)), "9d03e77"),
    ],
    ids=["before", "after"],
)
def test_a_commit_without_a_project_is_named(diff: RevisionDiff, name: str) -> None:
    assert [f"there is no project in {name}" in text for text in shown(diff)] == [True] * 3


def test_who_is_protected_from_now_on_is_told() -> None:
    record = Record(ResourceId("Site", "site-1"), Sort.PROTECTED)
    texts = shown(replace(NOTHING, records=(record,)))

    assert ["protect 1 site" in text for text in texts] == [True] * 3
    assert "Nothing that is declared changes." not in texts[-1]


def test_without_any_room_the_totals_are_still_told() -> None:
    ids = tuple(ResourceId("Bootstrap", f"store-{n}") for n in range(40))
    groups = (Group("create", Class.PENDING_CREATE, "Bootstrap", ("a.yaml:1",), (), ids),)
    diff = replace(NOTHING, groups=groups)

    assert totals_of(diff) == "40 create · 246 unchanged"
    assert totals_of(diff) in revisions_markdown(diff, budget=1)
