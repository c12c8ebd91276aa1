import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.core.change import Create, Delete, FieldChange, Update
from reconciler.core.fingerprint import digest
from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json, parse_json
from reconciler.core.plan import (
    Base,
    Blocked,
    Class,
    Drifted,
    Group,
    Header,
    Mark,
    Plan,
    PlanOptions,
    Reach,
    Record,
    Sort,
    Step,
    Stop,
    TakenBack,
    UsedToken,
)
from reconciler.core.plan_json import decode_plan, encode_plan, is_signed
from reconciler.core.pointer import resolve
from reconciler.core.problem import InvalidInput
from reconciler.core.project import Prune, Selection
from reconciler.core.values import ABSENT, MASK, JsonValue

HEADER = Header(
    "acme", "prod", "https://pvm.acme.example", "ACME", datetime(2026, 11, 22, tzinfo=UTC), "0.1"
)

CORE = Path(__file__).parents[2] / "reconciler" / "core"
SCHEMA = Path(__file__).parents[2] / "schemas" / "plan.schema.json"
BEFORE, AFTER = "sha256:" + "b" * 64, "hmac-sha256:" + "a" * 64
BOOTSTRAP, TOKEN = ResourceId("Bootstrap", "b1"), ResourceId("Token", "T-1")
SITE, OLD = ResourceId("Site", "s1"), ResourceId("Bootstrap", "b2")
FIELDS = (
    FieldChange("/l/1", 2, ABSENT),
    FieldChange("/m", None, ABSENT),
    FieldChange("/n", ABSENT, 1),
    FieldChange("/psk", MASK, MASK, hidden=True),
)
KEPT = FieldChange("/wifi/0/ssid", "acme-lab", "acme-temp")


UPDATE = Update(BOOTSTRAP, FIELDS, BEFORE, AFTER, "7")
CREATE = Create(TOKEN, (FieldChange("", ABSENT, {"bootstrap": "b1"}),), AFTER)
DELETE = Delete(SITE, (FieldChange("", {"proServerName": None}, ABSENT),), BEFORE, None)
STEPS = (
    Step(UPDATE, Class.PENDING_UPDATE, (), 0, wave=2, kept=(KEPT,)),
    Step(CREATE, Class.PENDING_CREATE, (BOOTSTRAP,), 1),
    Step(DELETE, Class.PENDING_DELETE, (), 2),
)
GROUPS = (
    Group("update", Class.PENDING_UPDATE, "Bootstrap", ("a:1",), FIELDS, (BOOTSTRAP,)),
    Group("create", Class.PENDING_CREATE, "Token", ("a:2", "b:1"), (), (TOKEN,)),
    Group("delete", Class.PENDING_DELETE, "Site", ("not declared",), (), (SITE,)),
)
DRIFTED = (
    Drifted(ResourceId("Site", "d"), (KEPT,), "sites/d.yaml:1", "j.doe", "2026-11-21"),
    Drifted(
        ResourceId("Site", "two"),
        (KEPT,),
        "sites/d.yaml:4",
        "j.doe",
        "2026-11-21",
        ("a.smith", "j.doe"),
        "2026-11-20",
    ),
    Drifted(ResourceId("Site", "gone"), (FieldChange("", {"a": 1}, ABSENT),), "x.yaml:9"),
)
OPTIONS = PlanOptions(
    Selection((("Site", "a*"),), (("*", "b*"),)),
    {"deletes.Token": 3, "adopt": 1},
    Prune.OWNED,
    revert=(("*", "*"),),
    ours=(("Token", "T"),),
    theirs=(("Site", "s"),),
    rollback="1c9e0d4",
)


def rich_plan() -> Plan:
    """Something of everything."""
    return Plan(
        header=replace(
            HEADER, expires=HEADER.created + timedelta(hours=1), undoes=TakenBack("c4d1", 117)
        ),
        steps=STEPS,
        groups=GROUPS,
        blocked=(
            Blocked(OLD, "delete", "referenced", "a token uses it", "see", (KEPT,), (ABSENT,)),
        ),
        stops=(Stop("deletes", "deletes of sites: 1 > 0", "--ack deletes.Site=1"),),
        unmanaged=(ResourceId("Site", "a/b"),),
        unchanged=7,
        listed={"Site": 2, "Bootstrap": 2, "Token": 1},
        requests={"GET": 4},
        warnings=("one",),
        records=tuple(Record(ResourceId("Site", sort), sort) for sort in Sort),
        drifted=DRIFTED,
        normalised=(ResourceId("Site", "n"),),
        retained=(ResourceId("Site", "r"),),
        base=Base("b7f0", 118, datetime(2026, 11, 22, 12, tzinfo=UTC), "9d03e77", "sha256:aa"),
        guarantees=("no entity tags",),
        waves=(2, 1),
        wave_names=("region nl", "rest"),
        options=OPTIONS,
        reach=Reach(HEADER.created - timedelta(days=30), 9, (7, 0, 4)),
        used=(
            UsedToken(TOKEN, "delete", "2026-11-21T08:00:00.000Z", 41, 7),
            UsedToken(TOKEN, "repoint", "2026-11-21T08:00:00.000Z"),
        ),
        clean_after=Mark(117, HEADER.created - timedelta(hours=5)),
    )


def test_a_plan_file_has_the_shape_of_its_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    encoded = parse_json(dump_json(encode_plan(rich_plan())))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(encoded)] == []


def test_the_schema_knows_each_class_and_each_guard() -> None:
    # Guards are found in the source: a new one that the schema lacks must not go unnoticed.
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    definitions = schema["$defs"]
    source = "".join(path.read_text(encoding="utf-8") for path in CORE.glob("*.py"))
    stops = set(re.findall(r'\bStop\(\s*"([a-z-]+)"', source))
    refusals = set(re.findall(r'\bRefusal\(\s*"([a-z-]+)"', source))

    assert {"customer", "lock"} <= stops
    assert {"hold", "conflict"} <= refusals
    assert stops <= set(schema["properties"]["stops"]["items"]["properties"]["guard"]["enum"])
    assert refusals <= set(definitions["blocked"]["properties"]["guard"]["enum"])
    assert definitions["class"]["enum"] == [member.value for member in Class]


def test_a_plan_reads_back_as_it_was() -> None:
    plan = rich_plan()
    assert decode_plan(parse_json(dump_json(encode_plan(plan), indent=2))) == plan


def test_a_plan_of_the_format_before_reads_without_what_is_new() -> None:
    encoded = encode_plan(rich_plan())
    new = ("digest", "reach", "used", "cleanAfter")
    older = {name: item for name, item in encoded.items() if name not in new}
    older["formatVersion"] = "2.0"
    older["digest"] = digest(older)
    assert decode_plan(older) == replace(rich_plan(), reach=None, used=(), clean_after=None)


def test_a_plan_of_nothing_reads_back() -> None:
    header = replace(HEADER, commit=None, clean=None)
    read = decode_plan(encode_plan(Plan(header, (), ())))
    assert read == Plan(replace(header, expires=header.created + timedelta(hours=24)), (), ())


def test_a_signed_plan_is_believed_only_with_its_key() -> None:
    key = b"0123456789abcdef"
    value = encode_plan(rich_plan(), key)

    assert decode_plan(value, key) == decode_plan(value) == rich_plan()
    assert refusal(value, b"another key, as long")[:2] == ("plan-unsigned", "/mac")
    assert refusal(encode_plan(rich_plan()), key)[:2] == ("plan-unsigned", "/mac")
    assert refusal({**value, "mac": "hmac-sha256:\u6771"}, key)[:2] == ("plan-unsigned", "/mac")
    assert (is_signed(value), is_signed(encode_plan(rich_plan())), is_signed(1)) == (1, 0, 0)


def test_the_signature_of_one_plan_does_not_fit_another() -> None:
    key = b"0123456789abcdef"
    mine, other = encode_plan(rich_plan(), key), encode_plan(Plan(HEADER, (), ()), key)
    assert refusal({**mine, "mac": other["mac"]}, key)[0] == "plan-unsigned"


def test_times_are_written_and_read_in_utc() -> None:
    east = datetime(2026, 11, 22, 18, 55, tzinfo=timezone(timedelta(hours=1)))
    plan = Plan(replace(HEADER, created=east), (), ())
    assert encode_plan(plan)["created"] == "2026-11-22T17:55:00Z"
    assert decode_plan(encode_plan(plan)).header.created.tzinfo is UTC


def test_masked_secrets_are_marked() -> None:
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
        above, _, last = pointer.rpartition("/")
        place = resolve(value, above)
        if isinstance(place, list):
            place[int(last)] = new
        else:
            assert isinstance(place, dict)
            place[last] = new

    return edit


def refusal(value: JsonValue, key: bytes | None = None) -> tuple[str, str, str]:
    with pytest.raises(InvalidInput) as caught:
        decode_plan(value, key)
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


@pytest.mark.parametrize("version", ["1.0", "3.0", "", "x"])
def test_another_format_is_refused_before_its_content_is_read(version: str) -> None:
    code, pointer, message = refusal({"formatVersion": version})
    assert (code, pointer) == ("plan-format", "/formatVersion")
    assert "2.1" in message


def test_a_newer_minor_format_with_more_in_it_is_read() -> None:
    def edit(value: dict[str, JsonValue]) -> None:
        value["formatVersion"] = "2.7"
        value["novelty"] = {"x": 1}

    assert decode_plan(changed(edit)) == rich_plan()


@pytest.mark.parametrize(
    ("pointer", "new"),
    [
        ("/project", 1),
        ("/created", "yesterday"),
        ("/created", None),
        ("/expires", "2026-11-22T18:00:00"),
        ("/base/number", -1),
        ("/options/acks/adopt", "1"),
        ("/options/prune", "all"),
        ("/options/revert/0/kind", None),
        ("/records/0/sort", "lost"),
        ("/drifted/0/cause", 1),
        ("/waves/0", "1"),
        ("/changes/0/wave", 0),
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
        ("/blocked/0/was", [{"path": "/other", "value": 1}]),
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
