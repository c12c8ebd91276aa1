"""Preconditions, sources, and where a refusal stands in a change set."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError
from reconciler.server.domain.write import (
    ANY,
    LONGEST_SOURCE,
    Precondition,
    at_index,
    check_source,
)

_EXISTS = Precondition(frozenset())
_THIRD = Precondition(frozenset({3}))
_ABSENT = Precondition(absent=True)


@pytest.mark.parametrize(
    ("precondition", "version", "fits"),
    [
        (ANY, None, True),
        (ANY, 7, True),
        (_EXISTS, None, False),
        (_EXISTS, 7, True),
        (_THIRD, None, False),
        (_THIRD, 3, True),
        (_THIRD, 2, False),
        (Precondition(frozenset({2, 3})), 2, True),
        (_ABSENT, None, True),
        (_ABSENT, 1, False),
    ],
)
def test_a_precondition_compares_with_the_stored_version(
    precondition: Precondition, version: int | None, *, fits: bool
) -> None:
    if fits:
        precondition.check(version)
        return
    with pytest.raises(DomainError) as refusal:
        precondition.check(version)
    assert refusal.value.code is ErrorCode.STALE_VERSION


def test_a_source_is_one_line_of_bounded_length() -> None:
    assert check_source(None) is None
    assert check_source("repo@1a2b stores/a b.yaml:12") == "repo@1a2b stores/a b.yaml:12"
    assert check_source("ä" * LONGEST_SOURCE)
    for bad in ("", "a\nb", "a\0", "x" * (LONGEST_SOURCE + 1), "\ud800"):
        with pytest.raises(DomainError) as refusal:
            check_source(bad)
        assert refusal.value.errors[0].field == "source"


def test_a_refusal_gets_the_index_of_its_operation() -> None:
    bare = at_index(DomainError(ErrorCode.NOT_FOUND, "gone"), 4)
    assert bare.code is ErrorCode.NOT_FOUND
    assert bare.detail == "operation 4: gone"
    assert bare.errors == (FieldError("", "gone", index=4),)
    rich = DomainError(ErrorCode.MALFORMED_JSON, "bad", (FieldError("body", "bad", 2, 3),))
    assert at_index(rich, 0).errors == (FieldError("body", "bad", 2, 3, 0),)
