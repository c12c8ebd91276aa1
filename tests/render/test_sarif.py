"""SARIF is judged by OASIS's own schema (2.1.0, errata 01; kept without its descriptions)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.render.sarif import problems_sarif
from tests.render.test_problems import PROBLEMS

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "vectors" / "sarif" / "sarif-schema-2.1.0.json").read_text("utf-8")
)
VALIDATOR = Draft4Validator(SCHEMA)


def run_of(*problems: Problem, folder: str = "") -> dict[str, Any]:
    document = json.loads(problems_sarif(problems, "1.2.3", folder))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_every_problem_is_a_result_of_its_rule() -> None:
    run = run_of(*PROBLEMS)

    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [problem.code for problem in PROBLEMS]
    assert [rule["help"]["text"] for rule in rules[:2]] == [p.help for p in PROBLEMS[:2]]
    assert "pvm validate" in rules[3]["help"]["text"]
    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in run["results"]] == [
        (problem.code, number, problem.severity) for number, problem in enumerate(PROBLEMS)
    ]
    assert run["results"][0]["occurrenceCount"] == 3402


def test_a_result_has_its_exact_place_and_related_ones() -> None:
    (result,) = run_of(PROBLEMS[0])["results"]

    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "tokens/kiosk.yaml", "uriBaseId": "SRCROOT"},
        "region": {
            "startLine": 8,
            "startColumn": 12,
            "endLine": 8,
            "endColumn": 28,
            "snippet": {"text": "bootstrap: store-0412-kisok"},
        },
    }
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"]["startLine"] == 412


@pytest.mark.parametrize(
    ("file", "folder", "uri"),
    [
        ("a b#?.yaml", "", "a%20b%23%3F.yaml"),
        ("sites/東.yaml", "stores/nl", "stores/nl/sites/%E6%9D%B1.yaml"),
        ("\x1b\udc80.yaml", "", "%1B%5Cudc80.yaml"),
    ],
)
def test_a_file_is_named_from_the_top_of_the_checkout(file: str, folder: str, uri: str) -> None:
    run = run_of(Problem("a", "b", Place(file, 1, 1, 1, 2)), folder=folder)

    (result,) = run["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": uri, "uriBaseId": "SRCROOT"}


def test_what_has_no_place_is_about_the_project_file() -> None:
    (result,) = run_of(PROBLEMS[3], folder="stores")["results"]

    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "stores/pvm.yaml", "uriBaseId": "SRCROOT"}
    }


def marks(*problems: Problem) -> list[str]:
    return [one["partialFingerprints"]["pvm/v1"] for one in run_of(*problems)["results"]]


def test_a_fingerprint_stays_when_lines_move_and_differs_for_every_problem() -> None:
    moved = replace(PROBLEMS[0], place=Place("tokens/kiosk.yaml", 99, 12, 99, 28, "other"))
    elsewhere = replace(PROBLEMS[0], place=Place("tokens/b.yaml", 8, 12, 8, 28))

    assert marks(PROBLEMS[0]) == marks(moved)
    assert len({*marks(*PROBLEMS, elsewhere, PROBLEMS[0])}) == 6


@given(st.text(min_size=1), st.integers(1, 10**6))
def test_any_text_is_valid_sarif(text: str, line: int) -> None:
    place = Place(text, line, 1, line, 2, text)

    run_of(Problem("a-b", f"m{text}", place, label=text, help=text, related=(place,)))
