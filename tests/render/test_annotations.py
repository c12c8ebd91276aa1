import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import FieldChange
from reconciler.core.drift import Drift
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.plan import Class, Drifted, Group, Header, Plan
from reconciler.core.problem import Problem, Severity
from reconciler.render.annotation_lists import (
    drift_annotations,
    plan_annotations,
    problems_annotations,
)
from reconciler.render.annotations import Annotation, Level, annotations_text
from reconciler.render.plan_text import totals
from reconciler.render.screen import printable
from tests.render.test_drift import LOST
from tests.render.test_problems import PROBLEMS

texts = st.lists(st.sampled_from(("%0A", "%", "::", ",", ":", "\r\n")) | st.text(max_size=5)).map(
    "".join
)
COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^,:\r\n]*,?)*)::([^\r\n]*)")


def read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """As the runner does: one command a line, properties first, escapes taken back."""
    found = []
    for line in text.split("\n"):
        command = COMMAND.fullmatch(line)
        assert command, line
        pairs = (pair.partition("=") for pair in command[2].split(","))
        properties = {key: _plain(value) for key, _, value in pairs}
        found.append((command[1], properties, _plain(command[3])))
    return found


def _plain(text: str) -> str:
    for escape, character in (("%0A", "\n"), ("%2C", ","), ("%3A", ":"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_each_problem_stands_beside_its_line() -> None:
    summary, *found = read(problems_annotations(PROBLEMS, 246, "stores/nl"))

    assert summary[2] == "validate: 246 objects · 3,404 errors · 1 warning"
    assert [level for level, _, _ in found] == ["error", "error", "error", "warning"]
    assert found[0][1] == {
        "file": "stores/nl/tokens/kiosk.yaml",
        "line": "8",
        "endLine": "8",
        "col": "12",
        "endColumn": "28",
        "title": "token-unknown-bootstrap",
    }
    assert found[0][2].split("\n")[1] == "not declared in this project"
    assert "col" not in found[1][1], "it ends on another line"
    assert found[2][1] == {"title": "no-place"}


def test_ten_of_a_level_are_shown_and_the_rest_is_counted() -> None:
    problems = [
        Problem("a", f"m{n}", Place("a.yaml", n + 1, 1, n + 1, 2), severity)
        for n, severity in enumerate([Severity.WARNING] * 14 + [Severity.ERROR] * 12)
    ]

    found = read(problems_annotations(problems, 1, ""))
    assert found[0][2].endswith("not shown here: 2 more errors, 4 more warnings")
    assert [level for level, _, _ in found] == ["notice"] + ["error"] * 10 + ["warning"] * 10
    assert found[1][2] == "m14"


def test_a_plan_says_what_stops_it_first_and_changes_at_their_causes(busy_plan: Plan) -> None:
    summary, *found = read(plan_annotations(busy_plan, ""))

    assert summary[2] == f"plan acme-retail → prod: {totals(busy_plan)}"
    assert found[0][0] == "error"
    assert found[0][1]["title"] == "stopped: updates"
    titles = [(level, properties["title"]) for level, properties, _ in found]
    assert titles[1:4] == [("warning", "left alone: conflict"), *[("warning", "drift, kept")] * 2]
    assert titles.index(("notice", "left alone: hold")) < titles.index(("notice", "would delete"))
    change = next(
        one
        for one in found
        if one[1].get("file") == "bootstraps/retail.yaml" and one[0] == "notice"
    )
    assert change[1]["line"] == "8"
    assert '/apps/scanner/version    "9.8.1" → "9.9.0"' in change[2]
    assert "because of bootstraps/more.yaml:12" in change[2]


@pytest.mark.parametrize(
    ("cause", "file", "told"),
    [
        ("stores/nl.csv", "stores/nl.csv", ""),
        ("not declared", None, "because of not declared"),
        ("removed in 1c9e0d4", None, "because of removed in 1c9e0d4"),
        ("removed from a.yaml:3", None, "because of removed from a.yaml:3"),
    ],
)
def test_what_is_in_no_file_any_more_stands_beside_the_run(
    empty_plan: Plan, cause: str, file: str | None, told: str
) -> None:
    group = Group("delete", Class.PENDING_DELETE, "Site", (cause,), (), (ResourceId("Site", "a"),))

    _, (_, properties, message) = read(plan_annotations(replace(empty_plan, groups=(group,)), ""))
    assert (properties.get("file"), "line" in properties) == (file, False)
    assert message == "\n".join(filter(None, ("1 site: a", told)))


def test_drift_stands_where_the_object_is_declared(header: Header) -> None:
    id_, field = ResourceId("Site", "a"), FieldChange("/proServerName", "a", "b")
    drift = Drift(
        header,
        drifted=(Drifted(id_, (field,), "sites.yaml:3", "j.doe"),),
        conflicts=(Drifted(id_, (LOST,), "sites.yaml:9"),),
    )

    _, conflict, changed = read(drift_annotations(drift, ""))
    assert conflict[2] == "1 site: a\nnot on the server"
    assert (changed[0], changed[1]["line"], changed[1]["title"]) == ("warning", "3", "drift")
    assert changed[2].endswith("last written by j.doe")


@given(texts, texts, texts)
def test_any_text_is_read_back_as_it_was_shown(file: str, title: str, line: str) -> None:
    """Nothing ends its command or starts another."""
    place = Place(file, 3, 1, 3, 2)
    text = annotations_text([Annotation(Level.ERROR, title, (line, line), place)], "all")

    _, (level, properties, message) = read(text)
    assert level == "error"
    assert (properties["file"], properties["title"]) == (printable(file), printable(title))
    assert message == "\n".join(printable(each) for each in (line, line) if each)
