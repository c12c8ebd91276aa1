"""Planted bugs: each breaks one thing in pvm, and the law that it breaks has to notice.

A law that holds with the bug in place would hold whatever pvm does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from reconciler.core.problem import InvalidInput

Example = TypeVar("Example")
Plant = Callable[[pytest.MonkeyPatch], None]

_TRIES = 300
"""A bug that so many examples do not show is one that the law does not catch."""


@dataclass(frozen=True, slots=True)
class Bug:
    """One thing broken, for as long as the patch lasts."""

    says: str
    """What pvm does wrong with it."""
    plant: Plant

    def __str__(self) -> str:
        return self.says


def assert_caught(
    bug: Bug, law: Callable[[Example], None], examples: st.SearchStrategy[Example]
) -> None:
    """Raises AssertionError when the law holds although the bug is planted."""

    @settings(
        deadline=None,
        max_examples=_TRIES,
        phases=(Phase.generate,),
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
    )
    @given(examples)
    def hold(example: Example) -> None:
        law(example)

    with pytest.MonkeyPatch.context() as patch:
        bug.plant(patch)
        with pytest.raises((AssertionError, InvalidInput)):  # what can't be planned shows as well
            hold()
