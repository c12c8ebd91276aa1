"""Password hashing as the server does it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.server.store.passwords import Argon2Hasher, Cost

_CHEAP = Argon2Hasher(Cost(memory_kib=64, passes=1))


def test_the_servers_cost_is_the_recommended_one() -> None:
    assert Argon2Hasher().hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@settings(max_examples=30)
@given(st.text(), st.text())
def test_only_the_same_text_fits(password: str, other: str) -> None:
    stored = _CHEAP.hash(password)
    assert _CHEAP.verify(stored, password)
    assert _CHEAP.verify(stored, other) is (password == other)


def test_long_passwords_are_not_cut() -> None:
    stored = _CHEAP.hash("x" * 72 + "a")
    assert not _CHEAP.verify(stored, "x" * 72 + "b")


@pytest.mark.parametrize("password", ["", "x", "\ud800"])
def test_nobody_has_no_password(password: str) -> None:
    assert not _CHEAP.verify(None, password)


def test_a_stored_text_that_is_no_hash_never_fits() -> None:
    assert not _CHEAP.verify("plain", "plain")


def test_a_cheaper_hash_is_outdated() -> None:
    assert Argon2Hasher(Cost(memory_kib=128, passes=1)).outdated(_CHEAP.hash("x"))
    assert not _CHEAP.outdated(_CHEAP.hash("x"))
