"""Laws of the differ.

Each of these was planted and seen to be caught: DeepDiff's defaults (keys that start with "__" are
dropped, maps with few common keys replaced), array items removed from the front, pointers without
escapes or sorted as text (/9 after /10), shortened texts reported, a cache that knows only what
comes after, masking that does not know where a value stands.
"""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.change import FieldChange
from reconciler.core.diff import Differ, field_changes, patch
from reconciler.core.fingerprint import digest
from reconciler.core.ignoring import without
from reconciler.core.json_text import dump_json
from reconciler.core.pointer import covers, resolve, split
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal
from tests.laws.values import all_confusions, map_pairs, maps, near, pairs

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


def test_every_easy_confusion_is_described_by_a_patch() -> None:
    for before, after in all_confusions():
        changes = field_changes(before, after, OPEN)
        assert bool(changes) != json_equal(before, after)
        assert json_equal(applied(patch(changes), before), after)


@given(pairs())
def test_the_patch_leads_from_before_to_after(pair: tuple[JsonValue, JsonValue]) -> None:
    before, after = map(without_psk, pair)
    changes = field_changes(before, after, OPEN)
    assert not any(change.hidden for change in changes)
    assert json_equal(applied(patch(changes), before), after)


@given(pairs())
def test_there_are_changes_exactly_when_values_differ(pair: tuple[JsonValue, JsonValue]) -> None:
    before, after = pair
    assert bool(field_changes(before, after, OPEN)) != json_equal(before, after)


@given(pairs())
def test_every_change_tells_what_stands_at_its_pointer(pair: tuple[JsonValue, JsonValue]) -> None:
    before, after = map(without_psk, pair)
    for change in field_changes(before, after, OPEN):
        assert same(change.before, resolve(before, change.pointer))
        assert same(change.after, resolve(after, change.pointer))


@given(pairs())
def test_changes_are_as_small_as_they_can_be(pair: tuple[JsonValue, JsonValue]) -> None:
    for change in field_changes(*pair, OPEN):
        sides = (change.before, change.after)
        assert not all(isinstance(side, dict) for side in sides)
        assert not all(isinstance(side, list) for side in sides)


def same(a: Maybe, b: Maybe) -> bool:
    """Equal, and written alike."""
    if a is ABSENT or b is ABSENT:
        return a is b
    return dump_json(a, sort_keys=True) == dump_json(b, sort_keys=True)


@given(st.lists(map_pairs(), min_size=2, max_size=4), st.data())
def test_a_differ_that_remembers_answers_as_a_new_one(
    drawn: list[tuple[dict[str, JsonValue], dict[str, JsonValue]]], data: st.DataObject
) -> None:
    differ = Differ(OPEN)
    for before, after in drawn:
        for old in (before, data.draw(near(before))):
            assert facts(differ.changes(old, after)) == facts(field_changes(old, after, OPEN))


def facts(changes: Sequence[FieldChange]) -> list[str]:
    """As far as one spelling of a number may stand for another."""
    sides = [(c.pointer, side) for c in changes for side in (c.before, c.after)]
    return [f"{p} {'-' if side is ABSENT else digest(side)}" for p, side in sides]


@given(map_pairs(), st.lists(st.sampled_from(PATTERNS), max_size=3))
def test_ignored_pointers_never_change_and_nothing_else_is_ignored(
    pair: tuple[dict[str, JsonValue], dict[str, JsonValue]], ignored: list[str]
) -> None:
    before, after = pair
    changes = field_changes(before, after, OPEN, ignored)
    alike = json_equal(without(before, ignored), without(after, ignored))
    assert bool(changes) != alike
    assert Differ(OPEN, ignored).same(before, after) == alike
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
