import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.plan import Plan, PlanOptions
from reconciler.core.plan_json import decode_plan, encode_plan
from reconciler.core.planning import make_plan
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Prune, Safety, Threshold
from reconciler.core.values import MASK, JsonValue
from tests.core.situations import HEADER, desired, live, project, site, situation, token

STRICT = Safety(deletes={"": Threshold(0)}, updates={})
SCHEMA = Path(__file__).parents[2] / "schemas" / "plan.schema.json"


def rich_plan() -> Plan:
    """Something of everything."""
    state = situation(
        [
            desired("Bootstrap", "b1", {"psk": "new", "n": 1, "l": [1]}),
            desired("Token", "T-1", token("b1")),
        ],
        [
            live("Bootstrap", "b1", {"psk": "old", "l": [1, 2], "m": None}),
            live("Bootstrap", "b2", {"psk": "x"}),
            live("Site", "s1", site()),
            live("Token", "Direct-Access-Token", token("b1")),
        ],
        project(prune=Prune.SCOPE, safety=STRICT),
    )
    plan = make_plan(state, PlanOptions())
    return replace(
        plan,
        requests={"GET": 4},
        unmanaged=(ResourceId("Site", "a/b"),),
        warnings=("one",),
    )


def test_a_plan_file_has_the_shape_of_its_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    encoded = parse_json(dump_json(encode_plan(rich_plan())))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(encoded)] == []


def test_a_plan_reads_back_as_it_was() -> None:
    plan = rich_plan()
    assert {step.class_ for step in plan.steps} == {
        "pending create",
        "pending update",
        "pending delete",
    }
    assert plan.blocked
    assert plan.stops
    assert decode_plan(parse_json(dump_json(encode_plan(plan), indent=2))) == plan


def test_a_plan_of_nothing_reads_back() -> None:
    plan = Plan(replace(HEADER, commit=None, clean=None), (), ())
    assert decode_plan(encode_plan(plan)) == plan


def test_times_are_written_and_read_in_utc() -> None:
    east = datetime(2026, 11, 22, 18, 55, tzinfo=timezone(timedelta(hours=1)))
    plan = Plan(replace(HEADER, created=east), (), ())
    assert encode_plan(plan)["created"] == "2026-11-22T17:55:00Z"
    assert decode_plan(encode_plan(plan)).header.created.tzinfo is UTC


def test_secrets_are_marked_and_not_told() -> None:
    encoded = encode_plan(rich_plan())
    groups = encoded["groups"]
    assert isinstance(groups, list)
    (update,) = (group for group in groups if group["action"] == "update")
    assert {
        "op": "replace",
        "path": "/psk",
        "value": MASK,
        "before": MASK,
        "hidden": True,
    } in update["patch"]
    text = dump_json(encoded)
    assert '"old"' not in text
    assert '"new"' not in text


def changed(edit: Callable[[dict[str, JsonValue]], None], *, sealed: bool = True) -> JsonValue:
    """An edited plan file; sealed, its digest is made to fit."""
    value = parse_json(dump_json(encode_plan(rich_plan())))
    assert isinstance(value, dict)
    edit(value)
    if sealed:
        del value["digest"]
        value["digest"] = digest(value)
    return value


def put(pointer: str, new: JsonValue) -> Callable[[dict[str, JsonValue]], None]:
    def edit(value: dict[str, JsonValue]) -> None:
        *parents, last = pointer.split("/")[1:]
        place: JsonValue = value
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place[part]  # type: ignore[index,call-overload] # follows a known path
        place[int(last) if isinstance(place, list) else last] = new  # type: ignore[index] # as above

    return edit


def refusal(value: JsonValue) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        decode_plan(value)
    (problem,) = caught.value.problems
    assert "pvm plan" in problem.help
    return problem.code, problem.pointer, problem.message


@pytest.mark.parametrize(
    ("pointer", "new"),
    [
        ("/changes/0/name", "other"),
        ("/groups/0/count", 99),
        ("/summary/update", 0),
        ("/stops", []),
        ("/digest", "sha256:" + "0" * 64),
    ],
)
def test_a_plan_that_was_changed_is_refused(pointer: str, new: JsonValue) -> None:
    value = changed(put(pointer, new), sealed=False)
    assert refusal(value)[:2] == ("plan-changed", "/digest")


def test_another_spelling_of_the_same_plan_is_the_same_plan() -> None:
    value = encode_plan(rich_plan())
    assert decode_plan(dict(reversed(value.items()))) == rich_plan()


@pytest.mark.parametrize("version", ["2.0", "", "x"])
def test_another_format_is_refused_before_its_content_is_read(version: str) -> None:
    code, pointer, message = refusal({"formatVersion": version})
    assert (code, pointer) == ("plan-format", "/formatVersion")
    assert "1.0" in message


def test_a_newer_minor_format_with_more_in_it_is_read() -> None:
    def edit(value: dict[str, JsonValue]) -> None:
        value["formatVersion"] = "1.7"
        value["novelty"] = {"x": 1}

    assert decode_plan(changed(edit)) == rich_plan()


@pytest.mark.parametrize(
    ("pointer", "new"),
    [
        ("/project", 1),
        ("/created", "yesterday"),
        ("/created", None),
        ("/source/clean", "yes"),
        ("/source/commit", 1),
        ("/groups", {}),
        ("/groups/0", []),
        ("/groups/0/action", "explode"),
        ("/groups/0/class", 1),
        ("/groups/0/patch", None),
        ("/changes/0/group", 99),
        ("/changes/0/group", -1),
        ("/changes/0/group", True),
        ("/changes/1/needs/0", "Token/T-1"),
        ("/summary/unchanged", "1"),
        ("/listed", []),
        ("/listed/Token", None),
        ("/warnings/0", 1),
        ("/blocked/0/guard", None),
    ],
)
def test_what_is_no_plan_is_refused_at_its_place(pointer: str, new: JsonValue) -> None:
    code, where, message = refusal(changed(put(pointer, new)))
    assert (code, where) == ("plan-malformed", pointer)
    assert message.startswith(f"not a plan: {pointer} is not ")


def test_a_patch_needs_pointers() -> None:
    value = changed(put("/changes/1/patch", [{"op": "add", "path": "psk", "value": 1}]))
    assert refusal(value)[1] == "/changes/1/patch/0/path"


def test_a_missing_member_is_named() -> None:
    def edit(value: dict[str, JsonValue]) -> None:
        del value["groups"]

    assert refusal(changed(edit))[2] == "not a plan: /groups is missing"


@pytest.mark.parametrize("value", [None, [], "plan", 1, {}])
def test_something_else_altogether_is_refused(value: JsonValue) -> None:
    assert refusal(value)[0] == "plan-malformed"
