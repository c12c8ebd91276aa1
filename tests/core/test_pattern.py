import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.pattern import MAX_PATTERN, PatternError, is_whole, pattern_of

_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "[a-c-]", r"\d", r"\W", r"\.", "^", "$"])
_TEXTS = st.text(alphabet="abc1-._\n", max_size=8)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    quantifier = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"])
    group = inner.map(lambda text: f"(?:{text})")
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        st.tuples(group, quantifier).map("".join),
        group,
    )


@given(pattern=st.recursive(_ATOMS, _grown, max_leaves=6), text=_TEXTS)
def test_a_pattern_finds_what_a_regular_expression_finds(pattern: str, text: str) -> None:
    ended = pattern.replace("$", r"\Z").replace(".", r"[^\n\r]").replace(r"\[^\n\r]", r"\.")

    assert pattern_of(pattern).found_in(text) == bool(re.search(ended, text, re.ASCII))


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^STORE-[0-9]{4}(-[A-Z]+)?$", "STORE-0421", True),
        ("^STORE-[0-9]{4}(-[A-Z]+)?$", "STORE-0421-AB", True),
        ("^STORE-[0-9]{4}(-[A-Z]+)?$", "STORE-421", False),
        ("^[0-9]{4}$", "0421\n", False),
        (r"^\u0041\x42\t\/$", "AB\t/", True),
        (r"^[\d\-\]]+$", "1-]", True),
        (r"^\S{2,}$", "é!", True),
        ("^x{0}$", "", True),
        ("^()*$", "", True),
        ("", "anything", True),
    ],
)
def test_patterns_mean_what_they_usually_do(pattern: str, text: str, *, found: bool) -> None:
    assert pattern_of(pattern).found_in(text) is found


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("^(a+)+$", "a" * 5000 + "b"), ("^(a|a)*b$", "a" * 5000), ("a*a*a*a*b", "a" * 5000)],
)
def test_no_pattern_takes_more_steps_than_the_text_is_long(pattern: str, text: str) -> None:
    # A program that tries every way would still be at it when the sun goes out.
    assert not pattern_of(pattern).found_in(text)


def test_texts_of_many_kinds_do_not_fill_the_memory() -> None:
    pattern = pattern_of("[ab]*a[ab]{12}c")
    texts = [f"{number:014b}".translate({48: "a", 49: "b"}) for number in range(700)]

    assert not any(pattern.found_in(text) for text in texts)
    assert pattern.found_in("a" + "b" * 12 + "c")


def test_texts_of_many_characters_do_not_fill_the_memory() -> None:
    assert not pattern_of("^[^a]+a$").found_in("".join(map(chr, range(0x4E00, 0x4E00 + 700))))


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a)", "closes nothing"),
        ("(a", "missing at the end"),
        ("[a", "missing at the end"),
        ("a\\", "missing at the end"),
        ("*a", "nothing to repeat"),
        ("a**", "nothing to repeat"),
        ("^*", "can't be repeated"),
        ("a{", "needs numbers"),
        ("a{,2}", "needs numbers"),
        ("a{99999}", "needs numbers"),
        ("a{3,2}", "wrong order"),
        ("(?=a)", "looks around"),
        ("(?P<x>a)", "looks around"),
        ("[]", "empty"),
        ("[z-a]", "to a later one"),
        (r"[\d-z]", "to a later one"),
        (r"[a-\d]", "to a later one"),
        (r"[\D]", "capital letter"),
        (r"\b", "not possible"),
        (r"(a)\1", "not possible"),
        (r"\u00", "hexadecimal"),
        ("(" * 60 + ")" * 60, "nested too deeply"),
        ("(a{99}){99}", "too large"),
        ("(((){999}){999}){999}", "too large"),
        ("a" * (MAX_PATTERN + 1), "longer than"),
    ],
)
def test_a_text_that_is_no_pattern_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason):
        pattern_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "whole"), [("^a$", True), ("a$", False), ("^a", False), ("^a\\$", False)]
)
def test_a_whole_pattern_is_tied_to_both_ends(pattern: str, *, whole: bool) -> None:
    assert is_whole(pattern) is whole
