"""Variables: a text for each target, and never more than a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring.variables import Filling, Variables, uses_variables
from reconciler.core.template import parse_template, unescaped
from reconciler.core.values import ABSENT, JsonValue, Maybe

signs = st.text(st.sampled_from("${}:abvrenx"), max_size=8)


def filled(value: JsonValue, **values: JsonValue) -> JsonValue:
    return Filling(Variables("prod", values)).fill(value, "")


@pytest.mark.parametrize("value", ["canary", 30, True, ""])
def test_a_text_that_is_one_variable_keeps_the_type(value: JsonValue) -> None:
    found = filled({"at": ["${var:v}"]}, v=value)
    assert found == {"at": [value]}


@pytest.mark.parametrize(("value", "text"), [("canary", "canary"), (30, "30"), (False, "false")])
def test_inside_a_text_a_variable_is_text(value: JsonValue, text: str) -> None:
    assert filled("<${var:v}>", v=value) == f"<{text}>"


def test_columns_references_and_escapes_stay_as_they_are() -> None:
    assert filled("${var:v} ${store} ${env:A} $${var:v}", v="x") == "x ${store} ${env:A} $${var:v}"


def test_keys_kinds_and_names_of_files_stay_as_they_are() -> None:
    document = {"kind": "${var:v}", "parametersFile": "${var:v}.json", "name": "${var:v}"}
    found = Filling(Variables("prod", {"v": "x"})).document(document)
    assert found == {**document, "name": "x"}
    assert filled({"${var:v}": 1}, v="x") == {"${var:v}": 1}


def test_of_a_fleet_templates_and_exceptions_are_filled_and_nothing_else() -> None:
    fleet = {
        "kind": "Fleet",
        "rows": ["${var:v}.csv", {"a": "${var:v}"}],
        "documents": {"one": {"kind": "Site", "name": "${var:v}-${store}"}},
        "exceptions": [{"row": "1", "set": {"/a": "${var:v}"}, "reason": "${var:v}"}],
    }
    filling = Filling(Variables("prod", {"v": "x"}))
    found = filling.fleet(fleet)
    assert found["rows"] == fleet["rows"]
    assert found["documents"] == {"one": {"kind": "Site", "name": "x-${store}"}}
    assert found["exceptions"] == [{"row": "1", "set": {"/a": "x"}, "reason": "${var:v}"}]
    assert filling.uses == {"/documents/one/name": ("v",), "/exceptions/0/set/~1a": ("v",)}


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "Fleet", "documents": "${var:v}", "exceptions": "${var:v}"},
        {"kind": "Fleet", "documents": {"one": ["${var:v}"]}, "exceptions": ["${var:v}", {"a": 1}]},
        {"kind": "Fleet"},
    ],
    ids=["texts", "lists", "nothing"],
)
def test_what_nobody_has_checked_yet_and_is_odd_stays_as_it_is(odd: dict[str, JsonValue]) -> None:
    filling = Filling(Variables("prod", {"v": "x"}))
    assert (filling.fleet(odd), filling.uses) == (odd, {})
    assert filling.document(["${var:v}"]) == ["${var:v}"]


def test_a_value_uses_variables_wherever_in_it_they_stand() -> None:
    some: list[Maybe] = ["a ${var:v}", ["$", "${var:v}"], {"a": [1, {"b": "${var:v}"}]}]
    none: list[Maybe] = ["$${var:v}", {"${var:v}": "${env:V}"}, [None, True, 1], ABSENT]
    assert [uses_variables(value) for value in (*some, *none)] == [True] * 3 + [False] * 4


@given(signs, signs)
def test_no_value_is_read_as_a_placeholder(one: str, two: str) -> None:
    """Planted and caught: values put in with no look at what stands behind them."""
    for template, text in (
        ("${var:a}", one),
        ("x ${var:a} y", f"x {one} y"),
        ("${var:a}${var:b}", one + two),
        ("${var:a}{env:X}", one + "{env:X}"),
    ):
        found = filled(template, a=one, b=two)
        assert isinstance(found, str)
        assert unescaped(found) == text
        assert all(isinstance(part, str) for part in parse_template(found))


@given(st.recursive(signs | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=3)))
def test_what_uses_no_variable_stays_as_it_is(value: JsonValue) -> None:
    if not uses_variables(value):
        assert filled(value, v="other") == value


def test_every_use_is_told_with_its_place() -> None:
    filling = Filling(Variables("prod", {"a": "1"}))
    filling.document({"name": "n", "x": {"y/z": ["p", "${var:a}${var:b}${var:a}", "$${var:c}"]}})
    assert filling.uses == {"/x/y~1z/1": ("a", "b")}
    assert filling.variables.lacking("a") == ()


def test_each_target_that_has_to_set_a_variable_and_does_not_is_named() -> None:
    required = {"staging": {"a": "1", "b": "2"}, "prod": {"a": "1"}}
    assert Variables("staging", required["staging"], required).lacking("b") == ("prod",)
