import pytest

from reconciler.core.ignoring import without
from reconciler.core.values import JsonValue


@pytest.mark.parametrize(
    ("value", "patterns", "rest"),
    [
        ({"a": {"b": 1, "c": 2}}, ("/a/b",), {"a": {"c": 2}}),
        ({"a": {"b": 1}, "c": {}}, ("/a/b",), {"c": {}}),
        ({"a": {}}, ("/a/b",), {}),
        ({"a": [1, {"b": 2}]}, ("/a/*/b",), {"a": [1, None]}),
        ({"a": [1, 2]}, ("/a/0",), {"a": [None, 2]}),
        ({"a": 1}, ("/a/b",), {"a": 1}),
        ({"a": 1, "b": 2}, ("/*",), {}),
        ({"a": 1}, ("",), {}),
        ({"a": 1}, (), {"a": 1}),
    ],
)
def test_a_value_without_what_is_ignored(
    value: JsonValue, patterns: tuple[str, ...], rest: JsonValue
) -> None:
    assert without(value, patterns) == rest
