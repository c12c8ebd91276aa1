from itertools import product

import pytest

from reconciler.core.classify import ROWS, Verdict, classify
from reconciler.core.plan import Class
from reconciler.core.project import Prune


def reference(prune: Prune, *, declared: bool, live: bool, equal: bool) -> str:
    """The contract's sentences, without its table."""
    if declared and live:
        return "in sync" if equal else "pending update"
    if declared:
        return "pending create"
    return "pending delete" if prune is Prune.SCOPE else "unmanaged"


def test_the_table_agrees_with_a_reference_written_apart() -> None:
    answers = (True, False)
    for prune, declared, live, equal in product(Prune, answers, answers, answers):
        if not (declared or live) or (equal and not (declared and live)):
            with pytest.raises(KeyError):
                classify(prune, declared=declared, live=live, equal=equal)
        else:
            verdict = classify(prune, declared=declared, live=live, equal=equal)
            assert verdict == reference(prune, declared=declared, live=live, equal=equal)


def test_no_row_stands_twice() -> None:
    assert len({(row.declared, row.live, row.equal, row.prune) for row in ROWS}) == len(ROWS)


def test_each_class_of_a_plan_is_a_verdict() -> None:
    assert {member.value for member in Class} <= {member.value for member in Verdict}
