from collections import OrderedDict
from decimal import Decimal
from types import MappingProxyType

import pytest

from reconciler.core.values import ABSENT, Maybe, json_equal


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, Decimal("1.0")),
        (Decimal("1E2"), 100),
        (0, Decimal("-0.0")),
        (Decimal("1E+999999999"), Decimal("10E+999999998")),
        ([1, {"a": None}], [Decimal(1), {"a": None}]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (MappingProxyType({"a": 1}), {"a": 1}),
        ({"a": 1}, OrderedDict(a=1)),
        ((1, 2), [1, 2]),
        (ABSENT, ABSENT),
        (None, None),
    ],
)
def test_equal_as_json(a: Maybe, b: Maybe) -> None:
    assert json_equal(a, b)
    assert json_equal(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (True, 1),
        (False, 0),
        (True, Decimal(1)),
        (True, False),
        (1, "1"),
        (1, 2),
        (Decimal("1E+999999999"), 1),
        (None, False),
        (None, ABSENT),
        (ABSENT, 0),
        ([], {}),
        ([1], [1, 2]),
        ([1, 2], [2, 1]),
        ("a", ["a"]),
        ({"a": None}, {"b": None}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({"a": "x"}, {"a": "y"}),
        ({"a": 1}, "a"),
        (MappingProxyType({"a": 1}), [1]),
        (MappingProxyType({"a": 1}), MappingProxyType({"a": 2})),
    ],
)
def test_unequal_as_json(a: Maybe, b: Maybe) -> None:
    assert not json_equal(a, b)
    assert not json_equal(b, a)
