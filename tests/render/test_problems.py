from collections.abc import Callable

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.problem import Problem, Severity
from reconciler.render.json import json_text
from reconciler.render.problems import problems_json, problems_text, verdict_text
from reconciler.render.screen import columns_of

LINE = "bootstrap: store-0412-kisok"
PROBLEMS = (
    Problem(
        "token-unknown-bootstrap",
        "token refers to a bootstrap that does not exist",
        Place("tokens/kiosk.yaml", 8, 12, 8, 28, LINE),
        label="not declared in this project",
        help='did you mean "store-0412-kiosk"?  (bootstraps/nl.yaml:412)',
        pointer="/bootstrap",
        object=ResourceId("Token", "STORE-0412-K"),
        related=(Place("bootstraps/nl.yaml", 412, 7, 412, 23),),
        count=3402,
    ),
    Problem(
        "ambiguous-scalar",
        "YAML 1.1 and 1.2 read 0421 differently",
        Place("sites/東.yaml", 12345, 13, 12345, 17, "\tname: 東京  x 0421"),
        Severity.WARNING,
        label="octal 273, or the number 421",
        help="quote it",
    ),
    Problem(
        "hostile",
        "a name that clears the screen: \x1b[2J",
        Place("a\x1b[2J.yaml", 1, 3, 2, 1, "x \x1b[2J" + "y" * 300),
        label="here\u202e",
    ),
    Problem("no-place", "the folder of sources is empty"),
)


@pytest.mark.parametrize("width", [80, 120])
def test_problems_show_line_carets_and_help(golden: Callable[[str, str], None], width: int) -> None:
    golden(f"problems-{width}.txt", problems_text(PROBLEMS, width=width))


def test_problems_as_data_hold_every_field(golden: Callable[[str, str], None]) -> None:
    golden("problems.json", json_text(problems_json(PROBLEMS, 246)))


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_of_a_problem_is_wider_than_the_screen(width: int) -> None:
    lines = problems_text(PROBLEMS, width=width).split("\n")

    assert [line for line in lines if columns_of(line) > width] == []
    assert all(line.isprintable() for line in lines)


def test_carets_stand_under_the_marked_text() -> None:
    _, _, _, source, carets, *_ = problems_text(PROBLEMS[:1], width=120).split("\n")

    start = source.index("store-0412-kisok")
    assert carets[start : start + 17] == "^" * 16 + " "
    assert carets[:start].strip(" |") == ""


@pytest.mark.parametrize("column", [0, 1, 28])
def test_a_place_at_either_end_of_the_line_is_marked(column: int) -> None:
    place = Place("a.yaml", 1, max(1, column), 1, column + 2, LINE)

    assert "^" in problems_text((Problem("x", "y", place),), width=80)


def test_what_a_masked_line_no_longer_shows_is_not_pointed_at() -> None:
    place = Place("a.yaml", 1, 500, 1, 510, LINE)

    text = problems_text((Problem("x", "y", place, label="why"),), width=80)

    assert "^" not in text
    assert text.endswith(f"1 | {LINE}\n  = why")


def test_the_verdict_counts_every_place_of_a_cause() -> None:
    assert verdict_text(PROBLEMS, 246) == "246 objects · 3,404 errors · 1 warning"


def test_the_verdict_of_good_files_says_so() -> None:
    assert verdict_text((), 1) == "1 object · no problems"
