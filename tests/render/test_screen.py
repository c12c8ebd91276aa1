import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.values import ABSENT, Maybe
from reconciler.render.screen import columns_of, counted, fit, printable, value_text, wrap

ANY_TEXT = st.text() | st.sampled_from(
    ["\x1b[2J", "\x9b2J", "\u202e", "\u200b", "\u2028", "\x7f", "\ud800", "\U000e0041", "e\u0301"]
)


@given(ANY_TEXT)
def test_nothing_that_moves_the_cursor_or_hides_text_is_printable(text: str) -> None:
    # Planted: without "Cf" in the set of unsafe categories, U+202E gets through.
    shown = printable(text)

    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("store-0421", "store-0421"),
        ("Zürich 東京", "Zürich 東京"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb", "a\\x0ab"),
        ("\u202egnp", "\\u202egnp"),
        ("\U000e0041", "\\U000e0041"),
        ("\x7f", "\\x7f"),
        ("\xff", "\xff"),
        ("a b\xa0c", "a b\\xa0c"),
    ],
)
def test_what_acts_on_a_terminal_is_spelled_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("東京", 4), ("e\u0301", 1), ("", 0), ("ｱ", 1), ("\uff21", 2)]
)
def test_width_is_that_of_a_terminal(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@given(ANY_TEXT.map(printable), st.integers(min_value=2, max_value=30))
def test_fitted_text_fits_and_begins_like_the_text(text: str, width: int) -> None:
    fitted = fit(text, width)

    assert columns_of(fitted) <= width
    assert fitted == text or text.startswith(fitted.removesuffix("…"))


@given(ANY_TEXT.map(printable), st.integers(min_value=8, max_value=40))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    # Planted: a `wrap` that cut long words instead of splitting them fails here.
    lines = wrap(text, width, "  ")

    assert all(columns_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_leading_blanks_stay_when_a_line_is_wrapped() -> None:
    assert wrap("  x Site/a   why", 80) == ["  x Site/a   why"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (ABSENT, "(none)"),
        ("a\x1b", '"a\\u001b"'),
        ({"b": 1, "a": [True]}, '{"a":[true],"b":1}'),
    ],
)
def test_a_value_is_shown_as_json(value: Maybe, shown: str) -> None:
    assert value_text(value) == shown


def test_counts_have_separators_and_the_right_number() -> None:
    assert [counted(n, "token") for n in (0, 1, 1234)] == ["0 tokens", "1 token", "1,234 tokens"]


def test_an_option_and_its_value_are_not_torn_apart() -> None:
    assert wrap("take it back with --ack rollback=1a2b3c", 30) == [
        "take it back with",
        "--ack rollback=1a2b3c",
    ]
    assert wrap("a --ack rollback=1a2b3c", 12) == ["a --ack", "rollback=1a2", "b3c"]
    assert wrap("add --yes --ack a=1", 12) == ["add --yes", "--ack a=1"]
    assert wrap("add --yes", 30) == ["add --yes"]
