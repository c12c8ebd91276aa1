"""A line of a list becomes documents; columns are all there is."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.authoring.fleets import Deviation, Fleet, Row, Template, columns_in, generate
from reconciler.core.origin import Origin
from reconciler.core.pointer import resolve
from reconciler.core.template import unescaped
from reconciler.core.values import JsonValue

HERE = Origin("fleets/stores.yaml", 0, 1)
LINE = Origin("fleets/nl.csv", 0, 7)


def fleet(document: Mapping[str, JsonValue], *deviations: Deviation) -> Fleet:
    template = Template("one", document, HERE.at("/documents/one"))
    return Fleet("stores", "store", [template], deviations)


def filled(document: Mapping[str, JsonValue], **cells: JsonValue) -> Mapping[str, JsonValue]:
    (found,) = generate(fleet({"name": "x", **document}), [Row({"store": "1", **cells}, LINE)])
    return found.document


@pytest.mark.parametrize("value", ["0421", 45, Decimal("1.50"), True, False])
def test_a_text_that_is_one_column_keeps_its_type(value: JsonValue) -> None:
    found = filled({"at": "${cell}"}, cell=value)["at"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("value", "text"), [("0421", "0421"), (45, "45"), (Decimal("1.50"), "1.50"), (True, "true")]
)
def test_inside_a_text_a_column_is_text(value: JsonValue, text: str) -> None:
    assert filled({"at": "<${cell}>"}, cell=value)["at"] == f"<{text}>"


def test_an_empty_cell_drops_the_key_that_it_alone_would_fill() -> None:
    document: dict[str, JsonValue] = {"a": "${none}", "b": {"c": "${none}"}, "d": [1, "${none}", 2]}
    assert filled(document) == {"name": "x", "b": {}, "d": [1, 2]}
    assert filled({"a": "left ${none} right"})["a"] == "left  right"


def test_an_empty_cell_in_a_name_drops_the_document() -> None:
    rows = [Row({"store": "1", "part": "s"}, LINE), Row({"store": "2"}, LINE)]
    found = list(generate(fleet({"name": "T-${store}-${part}"}), rows))
    assert [one.document["name"] for one in found] == ["T-1-s"]


@given(st.text(st.sampled_from("${}:abenv"), max_size=12))
def test_no_cell_is_read_as_a_placeholder(cell: str) -> None:
    """Planted and caught: cells put in without escaping."""
    for template in ("${cell}", "x ${cell} y"):
        text = filled({"at": template}, cell=cell)["at"]
        assert isinstance(text, str)
        assert unescaped(text) == template.replace("${cell}", cell)


def test_references_to_secrets_and_doubled_dollars_stay_as_they_are() -> None:
    text = "${env:PSK} $${store} ${file:a.txt}"
    assert filled({"at": text})["at"] == text


def test_every_value_knows_its_cell_or_its_template() -> None:
    document: dict[str, JsonValue] = {
        "name": "store-${store}",
        "parameters": {"site": "site-${store}", "fixed": {"a": 1}, "list": ["${none}", "${city}"]},
    }
    (one,) = generate(fleet(document), [Row({"store": "1", "city": "Gent"}, LINE)])
    assert one.origin_of("/name") == LINE.at("/store")
    assert one.origin_of("/parameters/site") == LINE.at("/store")
    assert one.origin_of("/parameters/list/0") == LINE.at("/city")
    assert one.origin_of("/parameters/fixed/a") == HERE.at("/documents/one/parameters/fixed/a")


def test_an_exception_changes_one_row_and_says_where_it_stands() -> None:
    at = HERE.at("/exceptions/0")
    until = date(2026, 12, 31)
    values: dict[str, JsonValue] = {"/parameters/kiosk/idle": 600, "/description": "test"}
    document: dict[str, JsonValue] = {
        "name": "s-${store}",
        "parameters": {"kiosk": {"idle": "${i}"}},
    }
    rows = [Row({"store": key, "i": 30}, LINE) for key in ("1", "2")]
    first, second = generate(
        fleet(document, Deviation("2", "one", values, until, "INC-1", at)), rows
    )
    assert resolve(first.document, "/parameters/kiosk/idle") == 30
    assert second.document == {
        "name": "s-2",
        "parameters": {"kiosk": {"idle": 600}},
        "description": "test",
    }
    place = at.at("/set/~1parameters~1kiosk~1idle")
    assert second.origin_of("/parameters/kiosk/idle") == place


def test_columns_are_found_wherever_a_template_uses_them() -> None:
    value: JsonValue = {"a": ["x", "${b}-${c}"], "d/e": "$${no} ${env:NO} ${f}"}
    assert list(columns_in(value)) == [("/a/1", "b"), ("/a/1", "c"), ("/d~1e", "f")]
