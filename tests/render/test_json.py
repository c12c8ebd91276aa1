import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.json_text import parse_json
from reconciler.core.values import JsonValue, json_equal
from reconciler.render.json import json_text, rows_text

TEXT = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["\x1b[2J", "\x9b", "\x7f", "\u202e", "\U000e0041", "\u2028", "東"]
)


@given(
    st.recursive(TEXT | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(TEXT, v))
)
def test_json_is_safe_to_print_and_means_the_same(value: JsonValue) -> None:
    # Planted: writing U+E0041 as one five-digit escape instead of a pair fails here.
    text = json_text(value)

    assert all(line.isprintable() for line in text.split("\n"))
    assert parse_json(text) == value


@given(
    st.dictionaries(
        TEXT, TEXT | st.lists(TEXT | st.decimals(allow_nan=False, allow_infinity=False, places=1))
    )
)
def test_rows_are_safe_to_print_and_mean_the_same(value: dict[str, JsonValue]) -> None:
    text = rows_text(value)

    assert all(line.isprintable() for line in text.split("\n"))
    assert json_equal(parse_json(text), value)


def test_each_member_and_each_item_has_a_line() -> None:
    text = rows_text({"a": {"b": [1, 2]}, "c": [{"d": 1}, []], "e": [], "f": [Decimal("0.10")]})

    assert text.split("\n") == [
        "{",
        '  "a": {"b":[1,2]},',
        '  "c": [',
        '    {"d":1},',
        "    []",
        "  ],",
        '  "e": [],',
        '  "f": [',
        "    0.10",
        "  ]",
        "}",
    ]


def test_numbers_stay_exact() -> None:
    text = json_text({"a": Decimal("0.10"), "b": 10**30})

    assert json.loads(text, parse_float=str) == {"a": "0.10", "b": 10**30}
