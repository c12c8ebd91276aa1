import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.plan import Header, Plan
from reconciler.core.problem import InvalidInput
from reconciler.core.undo import Earlier, Undo
from reconciler.core.undo_json import (
    decode_undo,
    decode_undo_plan,
    encode_undo,
    encode_undo_plan,
    is_undo_plan,
    source_hash_of,
)
from reconciler.core.values import ABSENT, JsonValue

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"a key of tests"
SCHEMA = Path(__file__).parents[2] / "schemas" / "undo.schema.json"
texts = st.text(max_size=8)
pointers = st.lists(texts.map(lambda text: "/" + text.replace("~", "")), max_size=2, unique=True)
objects = st.builds(
    Earlier,
    st.builds(ResourceId, st.sampled_from(("Site", "Bootstrap", "Token")), texts),
    st.dictionaries(texts, st.one_of(st.none(), st.booleans(), st.integers(), texts), max_size=3),
    texts,
    pointers.map(tuple),
    st.dictionaries(texts.map(lambda text: "/" + text), texts, max_size=2),
    pointers.map(tuple),
    st.booleans(),
)
created = st.builds(lambda one: Earlier(one.id, ABSENT, one.after, protect=one.protect), objects)


def undo(*found: Earlier) -> Undo:
    return Undo("a1b2", 7, "acme", "7f3c", "prod", "https://pvm.example", "acme", NOON, None, found)


ONE = undo(Earlier(ResourceId("Site", "s"), {"a": 1}, "after"))


def code(value: JsonValue, key: bytes | None = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        decode_undo(value, key)
    return caught.value.problems[0].code


@given(st.lists(st.one_of(objects, created), max_size=4))
def test_an_undo_file_reads_back_through_its_text(found: list[Earlier]) -> None:
    made = undo(*found)
    encoded = json.loads(json.dumps(encode_undo(made, KEY)))
    assert decode_undo(encoded, KEY) == made
    assert decode_undo(encoded) == made


@given(st.lists(st.one_of(objects, created), max_size=4))
def test_an_undo_file_is_as_its_schema_says(found: list[Earlier]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(
        json.loads(json.dumps(encode_undo(undo(*found), KEY)))
    )


def test_an_undo_file_that_was_changed_is_refused() -> None:
    encoded = encode_undo(ONE)
    assert code(encoded | {"number": 8}) == "undo-changed"


def test_an_undo_file_that_was_changed_with_its_digest_is_refused_by_its_signature() -> None:
    encoded = encode_undo(ONE, KEY)
    content = {key: item for key, item in encoded.items() if key not in ("digest", "mac")}
    content |= {"number": 8}
    assert (
        code(content | {"digest": digest(content), "mac": encoded["mac"]}, KEY) == "undo-unsigned"
    )
    assert code(encode_undo(ONE), KEY) == "undo-unsigned"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, "undo-malformed"),
        ([], "undo-malformed"),
        ({"formatVersion": "2.0"}, "undo-format"),
    ],
)
def test_what_is_no_undo_file_is_named_as_that(value: JsonValue, expected: str) -> None:
    assert code(value) == expected


def test_every_field_that_is_missing_is_named_by_its_place() -> None:
    encoded = encode_undo(ONE)
    for field in encoded.keys() - {"digest", "formatVersion"}:
        content = {k: item for k, item in encoded.items() if k not in (field, "digest")}
        with pytest.raises(InvalidInput) as caught:
            decode_undo(content | {"digest": digest(content)})
        assert caught.value.problems[0].pointer == f"/{field}"
        assert caught.value.problems[0].message.startswith("not an undo file:")


def test_another_content_stands_for_other_sources() -> None:
    assert source_hash_of(ONE) == source_hash_of(undo(*ONE.objects))
    assert source_hash_of(ONE) != source_hash_of(replace(ONE, number=8))


def test_a_plan_and_what_it_restores_travel_together() -> None:
    header = Header("acme", "prod", "https://pvm.example", "acme", NOON, "1", expires=NOON)
    plan = Plan(header, (), (), listed={})
    both = encode_undo_plan(ONE, plan, KEY)
    assert is_undo_plan(both)
    assert not is_undo_plan(encode_undo(ONE))
    assert decode_undo_plan(both, KEY)[0] == ONE
    assert decode_undo_plan(both, KEY)[1].header == header


@pytest.mark.parametrize("half", [{"undo": encode_undo(ONE)}, {"plan": {}}, None])
def test_half_of_an_undo_plan_is_none(half: JsonValue) -> None:
    assert not is_undo_plan(half)
    with pytest.raises(InvalidInput):
        decode_undo_plan(half)
