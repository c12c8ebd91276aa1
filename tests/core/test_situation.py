from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.expiry import Exemption
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.plan import TakenBack
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Hold
from reconciler.core.situation import Situation, ended_agreements
from tests.core.situations import situation

PLACE = Place("pvm.yaml", 12, 5, 12, 60)
"""The plan of these situations is made on 22 November 2026."""


def held(*days: int, strict: bool = False) -> Situation:
    calm = situation([], [])
    holds = tuple(Hold("Site", f"s{day}", date(2026, 11, day), "x", PLACE) for day in days)
    safety = replace(calm.project.safety, expired_is_error=strict)
    return replace(calm, project=replace(calm.project, holds=holds, safety=safety))


def test_the_last_day_of_a_hold_is_included() -> None:
    assert ended_agreements(held(22, 23)) == ()


def test_a_hold_whose_day_has_passed_is_told_with_its_place() -> None:
    assert ended_agreements(held(21, 22)) == (
        "pvm.yaml:12: the hold of Site/s21 ended on 2026-11-21; remove it, or set another day",
    )


def test_it_is_an_error_where_the_project_says_so() -> None:
    assert ended_agreements(held(22, strict=True)) == ()
    with pytest.raises(InvalidInput) as invalid:
        ended_agreements(held(20, 21, 22, strict=True))
    assert [(p.code, p.place) for p in invalid.value.problems] == [("hold-expired", PLACE)] * 2


def exempt(strict: Situation) -> Situation:
    """With an exception that has ended."""
    id_ = ResourceId("Bootstrap", "b")
    return replace(strict, exemptions=(Exemption(id_, date(2026, 11, 1), "INC-1", PLACE),))


def test_what_an_exception_and_a_hold_are_for_is_told_at_once() -> None:
    told = ended_agreements(exempt(held(21)))
    assert [text.partition(" ended")[0] for text in told] == [
        "pvm.yaml:12: the hold of Site/s21",
        "pvm.yaml:12: the exception of Bootstrap/b",
    ]
    with pytest.raises(InvalidInput) as invalid:
        ended_agreements(exempt(held(21, strict=True)))
    assert [one.code for one in invalid.value.problems] == ["hold-expired", "exception-expired"]


def test_an_exception_is_no_reason_not_to_take_an_apply_back() -> None:
    situation = exempt(held(strict=True))
    undoing = replace(situation.header, undoes=TakenBack("id", 1))
    assert ended_agreements(replace(situation, header=undoing)) == ()
