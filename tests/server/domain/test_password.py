"""Which passwords are refused."""

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.password import LONGEST, SHORTEST, check_password

_RELATED = ("annabelle", "Anna Belle", "anna.belle@example.com", "ann")


@pytest.mark.parametrize(
    "good",
    [
        "nine lovely turnips",
        "abcdefghijkl",
        "пароль-из-слов",
        "mannheim steamroller",
        "ab cd " * 42 + "efgh",
    ],
)
def test_length_is_what_counts(good: str) -> None:
    check_password(good, _RELATED)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("", "at least 12"),
        ("elevensigns", "at least 12"),
        ("x1" * 129, "at most 256"),
        ("aaaaaaaaaaaa", "different"),
        ("abcdabcdabcdabcd", "different"),
        ("my name is AnnaBelle", "login name"),
        ("anna.belle@example.com!", "login name"),
        ("nine lovely \ud800 turnips", "text"),
    ],
)
def test_a_weak_password_is_refused_without_being_repeated(bad: str, words: str) -> None:
    with pytest.raises(DomainError, match=words) as refusal:
        check_password(bad, _RELATED, "password")
    assert refusal.value.code is ErrorCode.WEAK_PASSWORD
    assert refusal.value.errors[0].field == "password"
    assert not bad or bad not in refusal.value.detail


def test_the_bounds_are_the_announced_ones() -> None:
    check_password("abcdef" * (SHORTEST // 6), ())
    check_password("abcdefgh" * (LONGEST // 8), ())
