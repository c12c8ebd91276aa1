"""Credentials as text and as what is stored."""

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.server.domain.errors import DomainError
from reconciler.server.domain.session import SECRET_BYTES, check_expiry, encode_secret, hash_secret

_NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_secret_has_256_bits_that_fit_a_header_and_an_address() -> None:
    assert SECRET_BYTES * 8 == 256
    text = encode_secret(bytes(range(224, 256)))
    assert len(text) == 43
    assert all(sign.isalnum() or sign in "-_" for sign in text)


def test_only_a_hash_is_stored_whatever_was_sent() -> None:
    assert hash_secret("a") != hash_secret("A")
    assert len(hash_secret("\ud800")) == 64


@pytest.mark.parametrize("days", [0, -1, 367])
def test_an_api_token_ends_within_a_year(days: int) -> None:
    with pytest.raises(DomainError) as refusal:
        check_expiry(_NOW + timedelta(days=days), _NOW)
    assert refusal.value.errors[0].field == "expiresAt"


@pytest.mark.parametrize("life", [timedelta(milliseconds=1), timedelta(days=366)])
def test_an_api_token_may_live_up_to_a_year(life: timedelta) -> None:
    check_expiry(_NOW + life, _NOW)
