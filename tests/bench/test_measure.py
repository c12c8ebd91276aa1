import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bench.comparison import Comparison
from bench.measure import BEGIN, DOCUMENT, END, Stage, WrongAnswerError, check_answers, open_stage
from bench.program import Run


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(100, 7, tmp_path_factory.mktemp("bench")) as opened:
        yield opened


def test_floor_and_plan_find_the_same(stage: Stage) -> None:
    check_answers(stage)


def test_a_wrong_answer_ends_the_measurement(stage: Stage) -> None:
    mistaken = replace(stage, changed=stage.changed | {("Site", "site-999999")})

    with pytest.raises(WrongAnswerError, match=r"found 1 differences, 2 exist"):
        check_answers(mistaken)


def test_the_floor_tells_true_from_one(tmp_path: Path) -> None:
    seed = 1  # the one of the changed objects is a bootstrap, whose true became 1
    with open_stage(1000, seed, tmp_path) as stage:
        assert {kind for kind, _ in stage.changed} >= {"Bootstrap"}
        found = json.loads(stage.floor(stage.changed_url).output)

    assert frozenset(map(tuple, found)) == stage.changed


def test_a_ratio_is_that_of_neighbours() -> None:
    floor = [Run(1.0, 10, ""), Run(2.0, 11, ""), Run(1.0, 10, "")]
    pvm = [Run(1.5, 30, ""), Run(2.0, 31, ""), Run(2.0, 30, "")]

    row = Comparison("plan", 1.3, floor, pvm).row()

    assert row == "| plan | 1.50 (1.00 to 2.00) | ≤ 1.3 | 1,000 / 2,000 ms | 11 / 31 MiB |"


def test_the_document_has_a_place_for_the_figures() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)
