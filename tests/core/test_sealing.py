import pytest
from hypothesis import given

from reconciler.core.fingerprint import canonical
from reconciler.core.sealing import TOKEN, UNKEYED, Sealer, is_sealed, sealed_pointers
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from tests.laws.values import json_values

KEY, OTHER = b"one key of sixteen", b"another of sixteen"
KEYED, UNKEYED_SEALER = Sealer(Masking(), KEY), Sealer(Masking(), None)
CANARY = "canary-7f3c9a"


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"wifi": [{"psk": CANARY}]}, "/wifi/0/psk"),
        ({"apiKey": CANARY}, "/apiKey"),
        ({"u": f"https://x.example/?api_key={CANARY}"}, "/u"),
        ({"u": f"https://ada:{CANARY}@x.example/"}, "/u"),
        ({"password": {"deep": [CANARY]}}, "/password/deep/0"),
        ({"pin": 123456}, "/pin"),
    ],
)
def test_a_secret_is_replaced_where_it_stands(value: JsonValue, pointer: str) -> None:
    for sealer in (KEYED, UNKEYED_SEALER):
        sealed = sealer.seal(value)
        assert CANARY not in canonical(sealed)
        assert sealed_pointers(sealed) == (pointer,)


def test_declared_secrets_and_references_are_replaced_too() -> None:
    value: JsonValue = {"wifi": {"home": {"word": CANARY}}, "b": CANARY}
    sealer = Sealer(Masking(("/wifi/*/word",)), KEY)
    assert sealed_pointers(sealer.seal(value, ["/b"])) == ("/wifi/home/word", "/b")


def test_with_a_key_equal_secrets_have_equal_tokens_and_others_have_not() -> None:
    one, same, other = (KEYED.seal({"psk": text}) for text in ("a", "a", "b"))
    assert one == same
    assert one != other
    assert Sealer(Masking(), OTHER).seal({"psk": "a"}) != one


def test_without_a_key_all_secrets_look_alike() -> None:
    for secret in ("a", "b"):
        assert UNKEYED_SEALER.seal({"psk": secret}) == {"psk": UNKEYED}
    assert not UNKEYED_SEALER.keyed


def test_a_text_that_looks_like_a_token_passes_for_none() -> None:
    token = KEYED.token("real")
    forged = KEYED.seal({"a": token})
    assert forged != {"a": token}
    assert sealed_pointers(forged) == ("/a",)


def test_flags_and_keys_stay_readable() -> None:
    readable: JsonValue = {"psk": None, "secret": {"on": True}}
    assert KEYED.seal(readable) == readable


def test_ignored_fields_count_for_nothing() -> None:
    sealer = Sealer(Masking(), KEY, ("/seen",))
    assert sealer.fingerprint({"a": 1, "seen": 5}) == sealer.fingerprint({"a": 1})


@given(json_values())
def test_the_fingerprint_is_that_of_the_sealed_value(value: JsonValue) -> None:
    for sealer in (KEYED, UNKEYED_SEALER):
        assert sealer.fingerprint(value) == sealer.of_sealed(sealer.seal(value))
        assert sealer.fingerprint(value).startswith("hmac-sha256:" if sealer.keyed else "sha256:")


def test_tokens_are_told_from_other_texts() -> None:
    assert is_sealed(KEYED.token(1))
    assert not is_sealed(TOKEN[:-1])
    assert not is_sealed(None)
