"""The compiled test of a schema says what the library says, or leaves it to the library."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.core.values import JsonValue
from reconciler.sources.parameter_schemas import extended
from reconciler.sources.plain_schema import NotPlainError, compile_plain

_NUMBERS = st.sampled_from([0, 1, 2, -1, Decimal("1.0"), Decimal("1.5"), Decimal("1E+3")])
_SCALARS = st.one_of(
    st.none(), st.booleans(), _NUMBERS, st.sampled_from(["", "a", "ab", "abc\n", "0421"])
)
_KEYS = st.sampled_from(["a", "b", "c"])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=5,
)
_COUNTS = st.sampled_from([0, 1, 2])
_TYPES = ["object", "array", "string", "boolean", "null", "number", "integer"]


def _schemas(inner: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    several = st.lists(inner, min_size=1, max_size=2)
    words: dict[str, st.SearchStrategy[Any]] = {
        "type": st.one_of(
            st.sampled_from(_TYPES), st.lists(st.sampled_from(_TYPES), min_size=1, unique=True)
        ),
        "enum": st.lists(_VALUES, min_size=1, max_size=3),
        "const": _VALUES,
        "pattern": st.sampled_from(["^a", "b$", "^[0-9]{4}$", "", "^(a|ab)$"]),
        "items": inner,
        "properties": st.dictionaries(_KEYS, inner, max_size=2),
        "required": st.lists(_KEYS, unique=True, max_size=2),
        "additionalProperties": inner,
        "anyOf": several,
        "allOf": several,
        "oneOf": several,
        "not": inner,
        "title": st.just("any"),
        "$ref": st.just("#/$defs/x%20y"),
        **{
            f"{side}{measure}": _COUNTS
            for side in ("min", "max")
            for measure in ("Length", "Items", "Properties", "imum")
        },
        "exclusiveMinimum": _NUMBERS,
        "exclusiveMaximum": _NUMBERS,
    }
    pairs = st.one_of([st.tuples(st.just(word), made) for word, made in words.items()])
    return st.lists(pairs, min_size=1, max_size=3).map(dict)


_SCHEMAS = st.recursive(st.booleans(), _schemas, max_leaves=4)


@given(schema=_SCHEMAS, value=_VALUES)
def test_compiled_and_library_agree(schema: JsonValue, value: JsonValue) -> None:
    whole: JsonValue = {"allOf": [schema], "$defs": {"x y": {"type": ["string", "object"]}}}

    accepts = compile_plain(whole)

    assert accepts(value) is extended(Draft202012Validator)(whole).is_valid(value)


def test_a_schema_may_refer_to_itself() -> None:
    accepts = compile_plain({"additionalProperties": {"$ref": "#"}, "required": ["a"]})

    assert accepts({"a": {"a": 1}})
    assert not accepts({"a": {"b": 1}})


@pytest.mark.parametrize(
    "schema",
    [
        {"if": True},
        {"patternProperties": {}},
        {"dependentRequired": {}},
        {"contains": {}},
        {"type": "text"},
        {"type": []},
        {"type": 7},
        {"enum": "a"},
        {"pattern": 7},
        {"minLength": "2"},
        {"minimum": True},
        {"anyOf": []},
        {"items": [True]},
        {"properties": []},
        {"required": "a"},
        {"required": [1]},
        {"additionalProperties": 1},
        {"$ref": "#/$defs/none"},
        {"$ref": "other.json"},
        {"$ref": 1},
        "text",
    ],
)
def test_what_is_not_plain_is_left_to_the_library(schema: JsonValue) -> None:
    with pytest.raises(NotPlainError):
        compile_plain(schema)
