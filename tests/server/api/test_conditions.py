import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from reconciler.server.api.conditions import NEVER, etag, is_known, read_precondition
from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.write import ANY, Precondition


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, None),
        ("*", frozenset()),
        (" * ", frozenset()),
        ('"3"', frozenset({3})),
        ('"3", "4"', frozenset({3, 4})),
        ('W/"3"', frozenset({NEVER})),
        ('"foreign"', frozenset({NEVER})),
        ('"03"', frozenset({NEVER})),
        ('"999999999999999999999"', frozenset({NEVER})),
        ('""', frozenset({NEVER})),
    ],
)
def test_if_match_names_the_versions_that_may_be_overwritten(
    header: str | None, versions: frozenset[int] | None
) -> None:
    assert read_precondition(header, None) == Precondition(versions)


@pytest.mark.parametrize("header", ["", "3", '"3', '"3" "4"', '"3",', "**", "W/3", '"a b"'])
def test_anything_else_is_an_error_of_the_header(header: str) -> None:
    with pytest.raises(DomainError, match="If-Match"):
        read_precondition(header, None)


def test_a_write_may_only_create() -> None:
    assert read_precondition(None, "*") == Precondition(absent=True)
    assert read_precondition(None, None) == ANY
    with pytest.raises(DomainError, match="If-None-Match"):
        read_precondition(None, '"3"')


@given(st.integers(1, 10**17))
def test_a_tag_that_was_handed_out_is_understood(version: int) -> None:
    assert read_precondition(etag(version), None) == Precondition(frozenset({version}))


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (None, False),
        ('"3"', True),
        ('W/"3"', True),
        ('"1", "3"', True),
        ("*", True),
        ('"4"', False),
        ("3", False),
    ],
)
def test_a_reader_that_names_the_tag_knows_the_row(header: str | None, *, known: bool) -> None:
    headers = [] if header is None else [(b"if-none-match", header.encode())]
    assert is_known(Request({"type": "http", "headers": headers}), '"3"') is known
