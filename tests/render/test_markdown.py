import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.markdown import code, plain, table

ACTIVE_TEXT = st.text(st.sampled_from("`|\\<>@*_[]()#&! ab\n\u202e"), max_size=20)
BARE_PIPE = re.compile(r"(?<!\\)\|")


@given(ACTIVE_TEXT, ACTIVE_TEXT)
def test_no_text_adds_a_cell_to_a_table(first: str, second: str) -> None:
    # Planted: a `code` that left pipes alone fails here.
    lines = table(("A", "B"), [(code(first), plain(second))]).split("\n")

    assert [len(BARE_PIPE.findall(line)) for line in lines] == [3, 3, 3]


@given(ACTIVE_TEXT)
def test_a_code_span_ends_only_at_its_end(text: str) -> None:
    span = code(text)
    fence = re.match("`+", span)

    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert all(len(run) != len(fence[0]) for run in re.findall("`+", inner))


@given(ACTIVE_TEXT)
def test_prose_holds_no_character_that_formats(text: str) -> None:
    bare = re.sub(r"&#\d+;", "", plain(text))

    assert not set(bare) & set("`|\\<>@*_[]()#!")


@pytest.mark.parametrize(
    ("text", "span"), [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a|b", r"`a\|b`")]
)
def test_code_spans_are_fenced_by_need(text: str, span: str) -> None:
    assert code(text) == span
