from decimal import Decimal

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.sources.yaml_scalars import MAX_DIGITS, SPECIAL, ScalarRefusal, resolve_plain

WORDS = st.sampled_from(
    [*"yYnN", "yes", "NO", "on", "Off", "true", "FALSE", "null", "~", "<<", "=", ".inf", ".NaN"]
)
PLAIN = st.text("0123456789+-._:xobeEaAfFtTzZnylsu~=<", min_size=1, max_size=12) | WORDS


@given(PLAIN)
@example("07:30")
@example("-.5")
@example("1e3")
@example("0o17")
@example("1:2:3.")
@example("2026-12-31")
def test_a_scalar_that_is_taken_means_the_same_to_yaml_1_1(text: str) -> None:
    """Caught, planted: `0o17` read as 15; `1e3` read as a number; no rule for base 60."""
    try:
        ours = resolve_plain(text)
    except ScalarRefusal:
        return
    try:
        theirs = yaml.safe_load(f"- {text}\n")
    except (yaml.YAMLError, ValueError):
        return
    if not (isinstance(theirs, list) and len(theirs) == 1) or isinstance(theirs[0], dict | list):
        return  # more than one scalar
    expected = theirs[0]
    if isinstance(ours, Decimal):
        assert isinstance(expected, float)
        assert float(ours) == expected
    else:
        assert type(ours) is type(expected)
        assert ours == expected


@given(st.text(min_size=1, max_size=12).filter(lambda text: text[0] not in SPECIAL))
def test_text_that_starts_like_no_special_scalar_is_always_text(text: str) -> None:
    assert resolve_plain(text) == text


@given(st.integers())
def test_whole_numbers_are_exact(number: int) -> None:
    assert resolve_plain(str(number)) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_fractions_keep_their_digits(number: Decimal) -> None:
    value = resolve_plain(f"{number:f}")
    assert isinstance(value, Decimal)
    assert str(value) == f"{number:f}"


@pytest.mark.parametrize("text", ["9" * MAX_DIGITS, "-" + "9" * MAX_DIGITS, "0x" + "F" * 3500])
def test_the_longest_number_is_taken(text: str) -> None:
    assert isinstance(resolve_plain(text), int)


@pytest.mark.parametrize("text", ["9" * (MAX_DIGITS + 1), "0x" + "F" * 3600, "0x" + "F" * 10**6])
def test_a_longer_number_is_refused_before_it_is_computed(text: str) -> None:
    with pytest.raises(ScalarRefusal, match="too large"):
        resolve_plain(text)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("NO", 'write false, or "NO" in quotes if it is text'),
        ("on", 'write true, or "on" in quotes if it is text'),
        ("0421", 'quote it if it is text: "0421"; else write it as a plain decimal number'),
        ("<<", 'repeat the fields; or "<<" in quotes if it is text'),
        (".inf", 'write a number, or ".inf" in quotes if it is text'),
    ],
)
def test_a_refusal_says_how_to_write_it(text: str, fix: str) -> None:
    with pytest.raises(ScalarRefusal) as refusal:
        resolve_plain(text)
    assert refusal.value.fix == fix


def test_a_refusal_s_message_does_not_quote_the_value() -> None:
    with pytest.raises(ScalarRefusal) as refusal:
        resolve_plain("0421")
    assert "0421" not in refusal.value.message
    assert "0421" not in str(refusal.value)


def test_a_long_scalar_is_quoted_in_part() -> None:
    with pytest.raises(ScalarRefusal) as refusal:
        resolve_plain("0" * 5000)
    assert len(refusal.value.detail) < 200
