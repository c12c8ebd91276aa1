"""Laws of equality, digests and JSON text.

Each of these was planted and seen to be caught: plain `==` (true is 1), numbers of two types never
equal (1 is not 1.0), `Decimal.normalize()` in the canonical form (rounds to 28 digits), unsorted
keys in it, decimals there as Python spells them (30.00), `get` without ABSENT (null is absent).
"""

import json
from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fingerprint import canonical, digest
from reconciler.core.json_text import dump_json, parse_answer, parse_json
from reconciler.core.values import JsonValue, json_equal
from tests.laws.values import all_confusions, json_values, maps, near, pairs


def reference_equal(a: JsonValue, b: JsonValue) -> bool:
    """By category and content, as slowly as it is plain."""
    if category(a) != category(b):
        return False
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return sorted(a) == sorted(b) and all(reference_equal(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(reference_equal, a, b))
    if category(a) == "number":
        assert isinstance(a, int | Decimal)
        assert isinstance(b, int | Decimal)
        return not (Decimal(a) < Decimal(b) or Decimal(a) > Decimal(b))
    return a == b


def category(value: JsonValue) -> str:
    for name, types in (
        ("bool", bool),
        ("number", int | Decimal),
        ("text", str),
        ("map", Mapping),
        ("array", list),
    ):
        if isinstance(value, types):
            return name
    return "null"


@given(pairs())
def test_equality_agrees_with_a_reference_written_apart(pair: tuple[JsonValue, JsonValue]) -> None:
    a, b = pair
    assert json_equal(a, b) == reference_equal(a, b)


def test_what_is_easily_confused_is_told_apart_everywhere() -> None:
    for a, b in all_confusions():
        assert json_equal(a, b) == reference_equal(a, b)
        assert (digest(a) == digest(b)) == json_equal(a, b)


@given(pairs(), st.data())
def test_equality_is_an_equivalence(pair: tuple[JsonValue, JsonValue], data: st.DataObject) -> None:
    a, b = pair
    c = data.draw(near(b))
    assert json_equal(a, a)
    assert json_equal(a, b) == json_equal(b, a)
    if json_equal(a, b) and json_equal(b, c):
        assert json_equal(a, c)


@given(pairs())
def test_digests_are_equal_exactly_when_values_are(pair: tuple[JsonValue, JsonValue]) -> None:
    a, b = pair
    assert (digest(a) == digest(b)) == json_equal(a, b)


@given(json_values(), st.sampled_from((None, 2)), st.booleans())
def test_written_json_reads_back_exactly(value: JsonValue, indent: int | None, keys: bool) -> None:  # noqa: FBT001 -- drawn by hypothesis
    text = dump_json(value, indent=indent, sort_keys=keys)
    for parse in (parse_json, parse_answer):
        again = parse(text)
        assert json_equal(again, value)
        assert dump_json(again) == dump_json(parse_json(dump_json(value, sort_keys=keys)))


@given(json_values())
def test_the_canonical_form_is_json_and_a_fixed_point(value: JsonValue) -> None:
    text = canonical(value)
    assert canonical(parse_json(text)) == text
    assert json_equal(parse_json(text), value)


@given(maps())
def test_the_order_of_keys_does_not_matter(value: dict[str, JsonValue]) -> None:
    turned = dict(reversed(value.items()))
    assert json_equal(value, turned)
    assert canonical(value) == canonical(turned)


@given(maps(st.sampled_from((None, True, 1, "é", "a", [], {}))), st.sampled_from((None, 3)))
def test_the_own_writer_writes_as_the_standard_one(
    value: dict[str, JsonValue], indent: int | None
) -> None:
    exact = {**value, "number": Decimal("0.5")}
    plain = {**value, "number": 0.5}
    separators = (",", ":") if indent is None else (",", ": ")
    expected = json.dumps(plain, ensure_ascii=False, indent=indent, separators=separators)
    assert dump_json(exact, indent=indent) == expected
