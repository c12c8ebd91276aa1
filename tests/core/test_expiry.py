from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.expiry import Exemption, exception_problems, is_near, sentences
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Problem, Severity
from tests.core.situations import project

TODAY = date(2026, 11, 22)
PLACE = Place("fleets/stores.yaml", 31, 9, 31, 21)


def problems(days: int, *, strict: bool = False) -> list[Problem]:
    """Of an exception whose last day is so many days ahead."""
    rules = project()
    rules = replace(rules, safety=replace(rules.safety, expired_is_error=strict))
    until = TODAY + timedelta(days=days)
    one = Exemption(ResourceId("Bootstrap", "store-0421"), until, "INC-4417 roaming", PLACE)
    return list(exception_problems([one], rules, TODAY))


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (-1, "exception-expired"),
        (0, "exception-expires"),
        (14, "exception-expires"),
        (15, None),
        (-4000, "exception-expired"),
    ],
)
def test_it_is_told_from_fourteen_days_before_for_ever(days: int, code: str | None) -> None:
    found = problems(days)
    assert [(one.code, one.severity) for one in found] == (
        [(code, Severity.WARNING)] if code else []
    )


def test_it_is_an_error_only_once_it_has_ended_and_where_the_project_says_so() -> None:
    (ended,) = problems(-1, strict=True)
    assert ended.severity is Severity.ERROR
    with pytest.raises(InvalidInput):
        sentences([ended])
    (near,) = problems(0, strict=True)
    assert near.severity is Severity.WARNING


def test_the_sentence_says_where_what_why_and_what_to_do() -> None:
    (sentence,) = sentences(problems(-1))
    assert sentence == (
        "fleets/stores.yaml:31: the exception of Bootstrap/store-0421 ended on 2026-11-21 and is "
        "still in force: INC-4417 roaming; remove it, or set another day"
    )


@given(st.integers(-400, 400))
def test_whatever_is_told_is_near(days: int) -> None:
    """So that places are looked for in vain for none."""
    assert bool(problems(days)) == is_near(TODAY + timedelta(days=days), TODAY)
