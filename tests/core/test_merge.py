"""Three-way merge against the sentences of its table, and its neighbours."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.merge import FieldClass, Sides, differences, merge, same, with_values
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal
from tests.laws.values import json_values, maps

PENDING, DRIFT = FieldClass.PENDING, FieldClass.DRIFT
CONFLICT, NORMALISED = FieldClass.CONFLICT, FieldClass.NORMALISED
OBJECTS = maps(json_values())
X1: JsonValue = {"k": {"x": 1}}
X2: JsonValue = {"k": {"x": 2}}


@pytest.mark.parametrize(
    ("asked", "seen", "declared", "live", "wanted"),
    [
        pytest.param({"a": 1}, {"a": 1}, {"a": 2}, {"a": 1}, {"/a": PENDING}, id="Git changed"),
        pytest.param({"a": 1}, {"a": 1}, {"a": 1}, {"a": 2}, {"/a": DRIFT}, id="server changed"),
        pytest.param({"a": 1}, {"a": 1}, {"a": 2}, {"a": 3}, {"/a": CONFLICT}, id="both"),
        pytest.param({"a": 1}, {"a": 1}, {"a": 2}, {"a": 2}, {}, id="both to the same"),
        pytest.param({"a": "X"}, {"a": "x"}, {"a": "X"}, {"a": "x"}, {"/a": NORMALISED}, id="kept"),
        pytest.param({"a": 1}, {"a": 1}, {"a": True}, {"a": 1}, {"/a": PENDING}, id="types"),
        pytest.param({}, {}, X1, {"k": {"y": 1}}, {"/k/x": PENDING, "/k/y": DRIFT}, id="added"),
        pytest.param({"l": [1]}, {"l": [1]}, {"l": []}, {"l": [0]}, {"/l": CONFLICT}, id="array"),
        pytest.param(X1, X1, {}, X2, {"/k": CONFLICT}, id="removed here, changed there"),
        pytest.param(X1, X1, {}, X1, {"/k": PENDING}, id="removed"),
        pytest.param({"k": 1}, {"k": 1}, X1, X2, {"/k": CONFLICT}, id="maps of a scalar"),
        pytest.param(
            {"k": {"x": 1, "y": 1}},
            {"k": {"x": 1, "y": 1}},
            {"k": {"x": 2, "y": 1}},
            {"k": {"x": 1, "y": 2}},
            {"/k/x": PENDING, "/k/y": DRIFT},
            id="two fields of one map",
        ),
    ],
)
def test_each_field_has_the_class_of_its_row(
    asked: JsonValue,
    seen: JsonValue,
    declared: JsonValue,
    live: JsonValue,
    wanted: Mapping[str, FieldClass],
) -> None:
    assert merge(Sides(asked, seen, declared, live)) == wanted


@given(OBJECTS, OBJECTS)
def test_putting_in_the_differences_makes_the_other_value(
    before: JsonValue, after: JsonValue
) -> None:
    assert json_equal(with_values(before, differences(before, after)), after)


@given(OBJECTS, OBJECTS, OBJECTS)
def test_keeping_drift_writes_what_git_changed_and_nothing_else(
    base: JsonValue, declared: JsonValue, live: JsonValue
) -> None:
    """The merged body is Git's everywhere but at drift, and there it is the server's."""
    classes = merge(Sides(base, base, declared, live))
    drift = {p: found(live, p) for p, sort in classes.items() if sort is DRIFT}
    body = with_values(declared, drift)
    after = merge(Sides(declared, base, declared, body))
    assert set(after) <= set(drift) | {p for p, sort in classes.items() if sort is CONFLICT}


@given(OBJECTS, OBJECTS)
def test_without_a_change_of_git_everything_is_drift(base: JsonValue, live: JsonValue) -> None:
    classes = merge(Sides(base, base, base, live))
    assert set(classes.values()) <= {DRIFT}
    assert bool(classes) is not json_equal(base, live)


@given(st.lists(st.integers(), min_size=1), st.integers())
def test_a_value_goes_into_an_array(items: list[int], item: int) -> None:
    last = len(items) - 1
    assert with_values({"l": items}, {f"/l/{last}": item}) == {"l": [*items[:last], item]}


def test_absent_equals_only_absent() -> None:
    assert same(ABSENT, ABSENT)
    assert not same(ABSENT, None)


def found(value: JsonValue, pointer: str) -> Maybe:
    inner: Maybe = value
    for part in (p.replace("~1", "/").replace("~0", "~") for p in pointer.split("/")[1:]):
        inner = inner.get(part, ABSENT) if isinstance(inner, Mapping) else ABSENT
    return inner
