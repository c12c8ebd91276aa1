"""JSON values for laws: few keys and scalars, so that they meet, and the boundaries among them."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

from hypothesis import strategies as st

from reconciler.core.values import JsonValue

KEYS = ("a", "b", "", "0", "10", "9", "a/b", "~1", "__x", "root['a']", "*", "é", "psk", "K")
NUMBERS: tuple[JsonValue, ...] = (
    0,
    1,
    -1,
    30,
    10**19,
    2**63,
    10**400,
    Decimal("1.0"),
    Decimal("1E0"),
    Decimal("-0.0"),
    Decimal("0.10"),
    Decimal("0.1"),
    Decimal("30.00"),
    Decimal("1E+400"),
    Decimal("1E+4299"),
    Decimal("1E+4300"),
    Decimal("1E+999999999"),
    Decimal("10E+999999998"),
    Decimal("1E-999999999"),
)
LONG = "a\nb" * 400
SCALARS: tuple[JsonValue, ...] = (None, True, False, *NUMBERS, "", "1", "true", "a", LONG)
ALIKE: tuple[tuple[JsonValue, ...], ...] = (
    (1, True, Decimal("1.0"), Decimal("1E0"), "1", [1], 2),
    (0, False, None, Decimal("-0.0"), "", [], {}),
    (30, Decimal("30.00"), Decimal("3E+1"), "30"),
    (10**400, Decimal("1E+400"), Decimal("10E+399")),
    (Decimal("0.1"), Decimal("0.10"), Decimal("0.11")),
    (Decimal("1E+999999999"), Decimal("10E+999999998"), Decimal("1E+999999998")),
    (LONG, LONG + "a", "b" + LONG),
    ({"a": None}, {"b": None}, {"b": 1}, {}, {"a": None, "b": None}),
)
"""What comparisons confuse, in rows."""


def scalars() -> st.SearchStrategy[JsonValue]:
    alike = st.sampled_from([item for row in ALIKE for item in row])
    return alike | st.sampled_from(SCALARS) | st.text(max_size=3) | st.integers()


def json_values() -> st.SearchStrategy[JsonValue]:
    return st.recursive(
        scalars(),
        lambda inner: st.lists(inner, max_size=4) | maps(inner),
        max_leaves=12,
    )


def maps(
    inner: st.SearchStrategy[JsonValue] | None = None,
) -> st.SearchStrategy[dict[str, JsonValue]]:
    return st.dictionaries(
        st.sampled_from(KEYS), json_values() if inner is None else inner, max_size=5
    )


def all_confusions() -> Iterator[tuple[JsonValue, JsonValue]]:
    """Every two of a row, bare and inside maps and arrays."""
    for row in ALIKE:
        for a, b in product(row, row):
            yield a, b
            yield {"k": a, "x": 1}, {"x": 1, "k": b}
            yield [0, a], [0, b]
            yield {"l": [{"k": a}]}, {"l": [{"k": b}]}


def pairs() -> st.SearchStrategy[tuple[JsonValue, JsonValue]]:
    """Two values close to one another: values drawn apart hardly ever meet."""
    return confusions() | confusions() | neighbours() | st.tuples(json_values(), json_values())


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[JsonValue, JsonValue]:
    first = draw(json_values())
    return first, draw(near(first))


@st.composite
def confusions(draw: st.DrawFn) -> tuple[JsonValue, JsonValue]:
    """One place that differs, or is only spelled differently, with the same things around it."""
    row = draw(st.sampled_from(ALIKE))
    first, second = draw(st.sampled_from(row)), draw(st.sampled_from(row))
    for key in draw(st.lists(st.sampled_from(("[]", *KEYS)), max_size=3)):
        if key == "[]":
            first, second = [0, first], [0, second]
        else:
            first, second = {key: first, "x": 1}, {"x": 1, key: second}
    return first, second


@st.composite
def map_pairs(draw: st.DrawFn) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    first, second = draw(pairs())
    other = draw(near(first))
    return {"m": first, "a": other, "n": None}, {"m": second, "a": first, "o": None}


@st.composite
def near(draw: st.DrawFn, value: JsonValue) -> JsonValue:
    """`value` with some places respelled, exchanged, dropped, renamed or added."""
    if isinstance(value, dict):
        fields = [
            (draw(st.sampled_from((key, key, key, "b"))), draw(near(item)))
            for key, item in value.items()
            if draw(st.integers(0, 5))
        ]
        more = draw(st.sampled_from(((), (), (("a", None),), (("__x", 1),))))
        return dict(draw(st.permutations([*fields, *more])))
    if isinstance(value, list):
        items = [draw(near(item)) for item in value if draw(st.integers(0, 5))]
        return [*items, *draw(st.sampled_from(((), (), (1,), tuple(range(12)))))]
    rows = [
        row for row in ALIKE if any(type(value) is type(item) and value == item for item in row)
    ]
    others = [*(item for row in rows for item in row), value, value]
    return draw(st.sampled_from(others)) if rows else value
