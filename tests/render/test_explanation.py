from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.explanation import Author, By, ExplainedValue, Explanation, Told, Variable
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.values import ABSENT, MASK
from reconciler.render.explanation import explanation_text
from reconciler.render.explanation_json import explanation_json
from reconciler.render.json import json_text
from reconciler.render.screen import columns_of
from reconciler.render.view import View

PLACE = Place("bootstraps/nl.yaml", 40, 3, 40, 12)
BASE = Place("layers/retail-base.yaml", 8, 12, 8, 14)
CELL = Place("fleets/stores/nl.csv", 412, 20, 412, 22)


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


@pytest.fixture
def sourced(explanation: Explanation) -> Explanation:
    """With everything that can be told of a value."""
    ada = Author("Ada Lovelace", "2026-11-02", "9d03e77")
    layer = Told(By.LAYER, "retail-base", 30, BASE, wins=False, author=ada)
    removal = Told(By.REMOVAL, "", ABSENT, PLACE, wins=True, author=Author())
    cell = Told(By.CELL, "idle", 45, CELL, wins=False, author=ada, template=PLACE)
    exception = Told(
        By.EXCEPTION,
        "",
        600,
        PLACE,
        wins=True,
        reason="INC-4417 roaming test of the handhelds in the back of the store, until they move",
        until=date(2026, 12, 31),
        author=ada,
    )
    ring = Variable("ring", "canary", Place("pvm.yaml", 9, 22, 9, 30))
    host = Told(By.LAYER, "retail-base", "p.canary", BASE, wins=True, variables=(ring,))
    default = Told(By.DEFAULT, "", "", None, wins=True)
    rows = (
        ExplainedValue("/description", "", "", equal=True, told=(default,)),
        ExplainedValue(
            "/kiosk/idle", 600, 45, equal=False, told=(layer, cell, exception), applied=45
        ),
        ExplainedValue("/kiosk/light", ABSENT, told=(replace(layer, value=80), removal)),
        ExplainedValue(
            "/proxy/host", "p.canary", "p.canary", equal=True, told=(host,), applied="p.canary"
        ),
    )
    notes = ("no Git here: who wrote the lines is not told",)
    return replace(explanation, rows=rows, notes=notes, recorded=True, facts=None)


@pytest.mark.parametrize("width", [80, 120])
def test_the_sources_of_a_value_read_as_agreed(
    sourced: Explanation, golden: Callable[[str, str], None], width: int
) -> None:
    golden(f"explanation-sources-{width}.txt", explanation_text(sourced, View(width)))


def test_the_sources_of_a_value_as_data(
    sourced: Explanation, golden: Callable[[str, str], None]
) -> None:
    golden("explanation-sources.json", json_text(explanation_json(sourced)))


def test_what_was_applied_is_told_where_it_differs_or_all_is_asked_for(
    sourced: Explanation,
) -> None:
    assert explanation_text(sourced, View(80)).count("applied ") == 1
    assert explanation_text(sourced, View(80, full=True)).count("applied ") == 2


def test_an_object_that_was_never_applied_says_so(explanation: Explanation) -> None:
    never = explanation_text(replace(explanation, recorded=False), View(80))
    assert never.split("\n")[0].endswith("on the server · never applied")


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
    explanation: Explanation, sourced: Explanation, width: int
) -> None:
    both = (explanation_text(one, View(width)) for one in (explanation, sourced))
    lines = [line for text in both for line in text.split("\n")]

    assert [line for line in lines if columns_of(line) > width or not line.isprintable()] == []
