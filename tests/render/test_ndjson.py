import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.core.plan import Plan
from reconciler.core.plan_json import encode_plan
from reconciler.core.values import JsonValue
from reconciler.render.ndjson import event_text, lines_text
from reconciler.workflow.journal import Point

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "line.schema.json").read_text(encoding="utf-8")
)
LINE = Draft202012Validator(SCHEMA)
GOLDEN = Path(__file__).parents[1] / "golden" / "render"
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def together(text: str) -> tuple[str, dict[str, JsonValue]]:
    """A result from its lines."""
    head, *items = (json.loads(line) for line in text.split("\n"))
    type_ = head.pop("type")
    for line in items:
        head.setdefault(line["type"], []).append(line["item"])
    return type_, head


@given(st.dictionaries(st.text().filter("type".__ne__), values, max_size=5))
def test_the_lines_of_a_result_are_the_result(value: Mapping[str, JsonValue]) -> None:
    assert together(lines_text("plan", value)) == ("plan", value)


def test_a_plan_in_lines_is_the_plan_and_each_line_is_as_the_schema_says(busy_plan: Plan) -> None:
    encoded = json.loads(json.dumps(encode_plan(busy_plan)))
    text = lines_text("plan", encoded)

    assert together(text) == ("plan", encoded)
    lines = [json.loads(line) for line in text.split("\n")]
    assert [error.message for line in lines for error in LINE.iter_errors(line)] == []


@pytest.mark.parametrize("name", ["problems", "drift", "receipt", "export"])
def test_the_schema_knows_the_lists_of_each_result(name: str) -> None:
    result = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    lines = lines_text(result["type"], result).split("\n")

    assert [e.message for line in lines for e in LINE.iter_errors(json.loads(line))] == []


def test_the_schema_is_one_that_knows_each_event() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["event"]["properties"]["event"]["enum"] == list(Point)


def test_a_line_that_nobody_described_is_found() -> None:
    line = event_text(datetime(2026, 11, 22, tzinfo=UTC), "written", {"object": "Site/\u202ea"})

    assert line == (
        '{"type":"event","at":"2026-11-22T00:00:00+00:00","event":"written",'
        '"object":"Site/\\u202ea"}'
    )
    assert LINE.is_valid(json.loads(line))
    assert not LINE.is_valid({**json.loads(line), "secret": 1})
    assert not LINE.is_valid({"type": "nothing", "item": 1})
