import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

GOLDEN = Path(__file__).parent.parent / "golden" / "render"
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "result.schema.json").read_text(encoding="utf-8")
)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "name",
    ["problems", "drift", "receipt", "explanation", "explanation-sources", "diagnosis", "export"],
)
def test_each_result_as_data_is_as_the_schema_says(name: str) -> None:
    result = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))

    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(result)] == []


def test_a_field_that_nobody_described_is_found() -> None:
    result = json.loads((GOLDEN / "drift.json").read_text(encoding="utf-8"))

    assert not Draft202012Validator(SCHEMA).is_valid({**result, "extra": 1})
