import pytest

from reconciler.core.pattern import MAX_PATTERN, PatternError, pattern_of


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^STORE-[0-9]{4}(-[A-Z]+)?$", "STORE-0421", True),
        ("^STORE-[0-9]{4}(-[A-Z]+)?$", "STORE-0421-AB", True),
        ("^STORE-[0-9]{4}(-[A-Z]+)?$", "STORE-421", False),
        ("^b$", "a\nb\nc", False),
        ("^[0-9]{4}$", "0421\n", False),
        (r"^\d$", "\u0661", False),
        (r"^\w$", "é", False),
        (r"^\s$", "\u00a0", False),
        (r"^\W{2}$", "é!", True),
        ("^.$", "\U0001f600", True),
        ("^é$", "é", True),
        ("^a$", "\ud800", False),
        ("b", "abc", True),
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


def test_a_text_of_many_turns_is_searched_within_the_bound_on_memory(
    capfd: pytest.CaptureFixture[str],
) -> None:
    pattern = pattern_of("[ab]*a[ab]{300}c")
    turns = "".join(f"{number:b}" for number in range(2000)).replace("0", "a").replace("1", "b")

    assert not pattern.found_in(turns)
    assert pattern.found_in("a" + "b" * 300 + "c")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a)", r"a \) closes nothing"),
        ("(a", r"a \( is not closed"),
        ("[a", r"a \[ is not closed"),
        ("[]", "is empty"),
        ("[z-a]", "runs backwards"),
        (r"\p{Klingon}", "no known class"),
        ("a\\", "at the end"),
        ("*a", "nothing to repeat"),
        ("a**", "nothing to repeat"),
        ("a{99999}", "no more than 1000"),
        ("a{3,2}", "in order"),
        ("(a{99}){99}", "no more than 1000"),
        (r"[\pL\pN]{900}", "too large"),
        ("(?=a)", "nothing looks around"),
        ("(?<!a)b", "nothing looks around"),
        (r"(a)\1", "no meaning"),
        ("(?P<x", "^is no regular expression$"),
        ("a" * (MAX_PATTERN + 1), "longer than"),
    ],
)
def test_a_text_that_is_no_pattern_is_refused_with_the_reason(
    pattern: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PatternError, match=reason):
        pattern_of(pattern)
    assert capfd.readouterr() == ("", "")
