from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.explanation import ExplainedValue, Explanation
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.values import ABSENT, MASK
from reconciler.render.explanation import explanation_text
from reconciler.render.explanation_json import explanation_json
from reconciler.render.json import json_text
from reconciler.render.screen import columns_of
from reconciler.render.view import View

PLACE = Place("bootstraps/nl.yaml", 40, 3, 40, 12)


@pytest.fixture
def explanation() -> Explanation:
    rows = (
        ExplainedValue("/site", "site-1", "site-1", equal=True, place=PLACE),
        ExplainedValue("/kiosk/idle", 30, ABSENT, equal=False, place=PLACE),
        ExplainedValue("/wifi/psk", MASK, MASK, equal=False, place=PLACE, hidden=True),
        ExplainedValue("/left\x1b[2J", ABSENT, "x" * 200, equal=False),
        ExplainedValue("/lastUpload", "a", "b", equal=True, place=PLACE, ignored=True),
        ExplainedValue("/description", "", "", equal=True),
    )
    return Explanation(
        ResourceId("Bootstrap", "store-0421"),
        rows,
        declared=True,
        on_server=True,
        in_scope=True,
        place=Place("bootstraps/nl.yaml", 38, 1, 44, 1),
        version="7",
        facts={"updatedBy": "j.doe", "lastUsedAt": None},
    )


@pytest.mark.parametrize("width", [80, 120])
def test_an_explanation_reads_as_agreed(
    explanation: Explanation, golden: Callable[[str, str], None], width: int
) -> None:
    golden(f"explanation-{width}.txt", explanation_text(explanation, View(width)))


def test_an_explanation_as_data(
    explanation: Explanation, golden: Callable[[str, str], None]
) -> None:
    golden("explanation.json", json_text(explanation_json(explanation)))


def test_without_the_server_only_the_files_speak(
    explanation: Explanation, golden: Callable[[str, str], None]
) -> None:
    rows = (ExplainedValue("", {}, place=PLACE), ExplainedValue("/site", "s", place=PLACE))
    offline = replace(explanation, rows=rows, on_server=None, facts=None, in_scope=False)

    golden("explanation-offline.txt", explanation_text(offline, View(80)))


def test_what_nothing_declares_is_shown_as_the_server_has_it(explanation: Explanation) -> None:
    live = replace(explanation, declared=False, place=None)

    assert "not declared · on the server" in explanation_text(live, View(80)).split("\n")[0]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_screen_or_acts_on_it(
    explanation: Explanation, width: int
) -> None:
    lines = explanation_text(explanation, View(width)).split("\n")

    assert [line for line in lines if columns_of(line) > width or not line.isprintable()] == []
