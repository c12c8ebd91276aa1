"""Laws of the differ.

Seen to catch, planted: DeepDiff with its defaults (drops keys that start with "__", replaces maps
with few common keys), removals of array items in ascending order, pointers without escapes,
pointers sorted as text (/9 after /10), reduced values reported instead of whole ones, a cache key
without the before-value.
"""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import FieldChange
from reconciler.core.diff import Differ, field_changes, patch
from reconciler.core.ignoring import without
from reconciler.core.json_text import dump_json
from reconciler.core.pointer import covers, resolve, split
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, JsonValue, json_equal
from tests.laws.values import json_values, maps

OPEN = Masking()
CANARY = "c4n4ry-c4n4ry"
PATTERNS = ("/a", "/a/b", "/*/a", "/b/*", "/__x/0", "/psk", "/*/*")


def applied(operations: Sequence[dict[str, JsonValue]], value: JsonValue) -> JsonValue:
    """RFC 6902 as far as pvm uses it, on mutable copies."""
    root: list[JsonValue] = [copied(value)]
    for operation in operations:
        apply_one(operation, root)
    return root[0]


def copied(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def apply_one(operation: dict[str, JsonValue], root: list[JsonValue]) -> None:
    parts = split(str(operation["path"]))
    if not parts:
        root[0] = copied(operation["value"])
        return
    parent = resolve(root[0], "".join(f"/{escaped(part)}" for part in parts[:-1]))
    key, new = parts[-1], copied(operation.get("value"))
    if isinstance(parent, dict):
        assert (key in parent) == (operation["op"] != "add")
        if operation["op"] == "remove":
            del parent[key]
        else:
            parent[key] = new
        return
    assert isinstance(parent, list)
    number = int(key)
    assert number < len(parent) or (operation["op"] == "add" and number == len(parent))
    if operation["op"] == "remove":
        del parent[number]
    elif operation["op"] == "add":
        parent.insert(number, new)
    else:
        parent[number] = new


def escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def without_psk(value: JsonValue) -> JsonValue:
    """The patch law holds where nothing is masked."""
    if isinstance(value, dict):
        return {key: without_psk(item) for key, item in value.items() if key != "psk"}
    if isinstance(value, list):
        return [without_psk(item) for item in value]
    return value


@given(json_values().map(without_psk), json_values().map(without_psk))
def test_the_patch_leads_from_before_to_after(before: JsonValue, after: JsonValue) -> None:
    changes = field_changes(before, after, OPEN)
    assert not any(change.hidden for change in changes)
    assert json_equal(applied(patch(changes), before), after)


@given(json_values(), json_values())
def test_there_are_changes_exactly_when_values_differ(before: JsonValue, after: JsonValue) -> None:
    assert bool(field_changes(before, after, OPEN)) != json_equal(before, after)


@given(json_values(), json_values())
def test_every_change_tells_what_stands_at_its_pointer(before: JsonValue, after: JsonValue) -> None:
    for change in field_changes(before, after, OPEN):
        assert (change.before is ABSENT) == (resolve(before, change.pointer) is ABSENT)
        assert (change.after is ABSENT) == (resolve(after, change.pointer) is ABSENT)


@given(st.lists(st.tuples(maps(), maps()), min_size=2, max_size=4))
def test_a_differ_that_remembers_answers_as_a_new_one(
    pairs: list[tuple[dict[str, JsonValue], dict[str, JsonValue]]],
) -> None:
    differ = Differ(OPEN)
    for before, after in pairs:
        found, fresh = differ.changes(before, after), field_changes(before, after, OPEN)
        assert comparable(found) == comparable(fresh)


def comparable(changes: Sequence[FieldChange]) -> list[tuple[str, bool, bool]]:
    return [(c.pointer, c.before is ABSENT, c.after is ABSENT) for c in changes]


@given(maps(), maps(), st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_ignored_pointers_never_change_and_nothing_else_is_ignored(
    before: dict[str, JsonValue], after: dict[str, JsonValue], ignored: list[str]
) -> None:
    changes = field_changes(before, after, OPEN, ignored)
    same = json_equal(without(before, ignored), without(after, ignored))
    assert bool(changes) != same
    assert Differ(OPEN, ignored).same(before, after) == same
    for change in changes:
        inside = any(covers(pattern, change.pointer) for pattern in ignored)
        assert not inside or is_another_length(change, before)


def is_another_length(change: FieldChange, before: JsonValue) -> bool:
    """How many items an array has compares also where the items themselves do not."""
    array = resolve(before, change.pointer.rpartition("/")[0])
    return isinstance(array, list) and ABSENT in (change.before, change.after)


@given(maps(), maps())
def test_no_secret_stands_in_a_change(
    before: dict[str, JsonValue], after: dict[str, JsonValue]
) -> None:
    masking = Masking(("/a/b", "/b/*"))
    changes = field_changes(planted(before), planted(after), masking)
    text = dump_json(
        [shown for c in changes for shown in (c.before, c.after) if shown is not ABSENT]
    )
    assert CANARY not in text


def planted(value: JsonValue) -> JsonValue:
    """`value` with a secret below each kind of place where one may stand."""
    assert isinstance(value, dict)
    return {
        **{key: item for key, item in value.items() if key not in ("a", "b")},
        "a": {"b": CANARY, "c": value.get("a")},
        "b": [f"{CANARY}{len(value)}", {"deep": [CANARY]}],
        "var_location": f"https://x.example/?api_key={CANARY}{len(value)}&site=1",
        "wifi": [{"psk": f"{CANARY}{len(value)}", "clientSecret": {"value": CANARY}}],
    }
