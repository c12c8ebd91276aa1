"""JSON values for laws: few keys and scalars, so that they meet, and the boundaries among them."""

from decimal import Decimal

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
SCALARS: tuple[JsonValue, ...] = (None, True, False, *NUMBERS, "", "1", "true", "a", "a\nb" * 400)


def scalars() -> st.SearchStrategy[JsonValue]:
    return st.sampled_from(SCALARS) | st.text(max_size=3) | st.integers()


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
