import sys
from decimal import Decimal
from types import MappingProxyType

import pytest

from reconciler.core.json_text import MAX_DEPTH, JsonError, dump_json, parse_answer, parse_json
from reconciler.core.values import JsonValue

TRAILING_COMMA = 7 if sys.version_info >= (3, 13) else 8
"""Newer Pythons name the comma, older ones what follows it."""


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ('{"a":1,}', 1, TRAILING_COMMA, ""),
        ("", 1, 1, ""),
        ("[1 2]", 1, 4, ""),
        ("\ufeff{}", 1, 1, "byte order mark"),
        ("[1,\n NaN]", 2, 2, "NaN is not a JSON value"),
        ('{"a":-Infinity}', 1, 6, "not a JSON value"),
        ('["x", "\\ud800"]', 1, 7, "surrogate"),
        ('["x", "\ud800"]', 1, 7, "surrogate"),
        ('{"\\udc00": 1}', 1, 2, "surrogate"),
        ("[1E99999999999999999999999]", 1, 2, "too large"),
        ("[1" + "0" * 5000 + "]", 1, 2, "too large"),
        ("[" * 129 + "]" * 129, 1, 129, "nested deeper"),
        ('{"a":' * 129 + "1" + "}" * 129, 1, 641, "nested deeper"),
        ('["]",' * 129 + "1" + "]" * 129, 1, 641, "nested deeper"),
        ('["\\"]",' * 129 + "1" + "]" * 129, 1, 897, "nested deeper"),
        ("[" * 100_000, 1, 129, "nested deeper"),
        ('["\x00"]', 1, 3, ""),
    ],
)
def test_a_bad_text_is_refused_at_its_place(text: str, line: int, column: int, part: str) -> None:
    for parse in (parse_json, parse_answer):
        with pytest.raises(JsonError) as caught:
            parse(text)
        assert (caught.value.line, caught.value.column) == (line, column)
        assert part in caught.value.message
        assert f"line {line}, column {column}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a": 1, "a": 1}', 1, 10),
        ('{"a": {"b": [1, {"c": "a"}]},\n "b": 1,\n "\\u0061": 2}', 3, 2),
        ('[{"x": "x", "y": ["x", "x"]}, {"x": true, "x": null}]', 1, 43),
        ('{"\\n": 1, "\\u000a": 2}', 1, 11),
    ],
)
def test_a_key_given_twice_is_refused_in_files_only(text: str, line: int, column: int) -> None:
    with pytest.raises(JsonError, match="twice") as caught:
        parse_json(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    parse_answer(text)


def test_numbers_stay_exact() -> None:
    value = parse_json("[1.10, 1E+400, 12345678901234567890123, -0.0]")
    assert value == [Decimal("1.10"), Decimal("1E+400"), 12345678901234567890123, Decimal("-0.0")]
    assert dump_json(value) == "[1.10,1E+400,12345678901234567890123,-0.0]"


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse_json('"\\ud83d\\ude00"') == "\U0001f600"
    assert parse_json('["\U0001f600", "\\u00e9"]') == ["\U0001f600", "é"]


def test_the_allowed_depth_is_read_among_many_brackets() -> None:
    deep = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    text = f'[{deep}, "[[[", {"{}," * 200} 1]'
    assert isinstance(parse_json(text), list)


def test_foreign_mappings_and_tuples_are_written() -> None:
    value: JsonValue = {"b": (1, Decimal("0.5")), "a": MappingProxyType({"x": Decimal(1), "c": ()})}
    assert dump_json(value, sort_keys=True) == '{"a":{"c":[],"x":1},"b":[1,0.5]}'


def test_an_indented_text_has_one_value_a_line() -> None:
    value: JsonValue = {"b": [Decimal("0.5"), {}], "a": None}
    assert dump_json(value, indent=2).split("\n") == [
        "{",
        '  "b": [',
        "    0.5,",
        "    {}",
        "  ],",
        '  "a": null',
        "}",
    ]
