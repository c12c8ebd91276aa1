from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Hold
from reconciler.core.situation import Situation, expired_holds
from tests.core.situations import situation

PLACE = Place("pvm.yaml", 12, 5, 12, 60)
"""The plan of these situations is made on 22 November 2026."""


def held(*days: int, strict: bool = False) -> Situation:
    calm = situation([], [])
    holds = tuple(Hold("Site", f"s{day}", date(2026, 11, day), "x", PLACE) for day in days)
    safety = replace(calm.project.safety, expired_is_error=strict)
    return replace(calm, project=replace(calm.project, holds=holds, safety=safety))


def test_the_last_day_of_a_hold_is_included() -> None:
    assert expired_holds(held(22, 23)) == ()


def test_a_hold_whose_day_has_passed_is_told_with_its_place() -> None:
    assert expired_holds(held(21, 22)) == (
        "pvm.yaml:12: the hold of Site/s21 ended on 2026-11-21; remove it",
    )


def test_it_is_an_error_where_the_project_says_so() -> None:
    assert expired_holds(held(22, strict=True)) == ()
    with pytest.raises(InvalidInput) as invalid:
        expired_holds(held(20, 21, 22, strict=True))
    assert [(p.code, p.place) for p in invalid.value.problems] == [("hold-expired", PLACE)] * 2
