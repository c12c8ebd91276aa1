from decimal import Decimal

from reconciler.core.change import FieldChange
from reconciler.core.diff import Differ, field_changes, patch
from reconciler.core.secrets import Masking
from reconciler.core.values import ABSENT, MASK, JsonValue

OPEN = Masking()


def test_true_in_place_of_one_is_a_change() -> None:
    assert field_changes({"a": 1}, {"a": True}, OPEN) == (FieldChange("/a", before=1, after=True),)


def test_another_spelling_of_a_number_is_none() -> None:
    assert field_changes({"a": [1, {"b": 2}]}, {"a": [Decimal("1.0"), {"b": 2}]}, OPEN) == ()


def test_null_and_absent_differ() -> None:
    assert field_changes({"a": None}, {}, OPEN) == (FieldChange("/a", None, ABSENT),)


def test_a_whole_object_is_one_change() -> None:
    assert field_changes(ABSENT, {"psk": "x"}, OPEN) == (
        FieldChange("", ABSENT, {"psk": MASK}, hidden=True),
    )
    assert field_changes({"a": 1}, ABSENT, OPEN) == (FieldChange("", {"a": 1}, ABSENT),)
    assert field_changes(ABSENT, ABSENT, OPEN) == ()


def test_a_changed_secret_is_a_change_without_its_values() -> None:
    before, after = {"wifi": [{"psk": "old"}]}, {"wifi": [{"psk": "new"}]}
    assert field_changes(before, after, OPEN) == (
        FieldChange("/wifi/0/psk", MASK, MASK, hidden=True),
    )


def test_keys_that_look_like_paths_are_keys() -> None:
    before = {"root['a']": {"__x": 1, "": 1, "a/b~": 1, "é'\"]": 1}}
    after = {"root['a']": {"__x": 2, "": 2, "a/b~": 2, "é'\"]": 2}}
    assert [change.pointer for change in field_changes(before, after, OPEN)] == [
        "/root['a']/",
        "/root['a']/__x",
        "/root['a']/a~1b~0",
        "/root['a']/é'\"]",
    ]


def test_long_texts_are_reported_whole_and_compared_once() -> None:
    before, after = "line\n" * 50_000, "line\n" * 50_000 + "end"
    (change,) = field_changes({"a": before}, {"a": after}, OPEN)
    assert (change.before, change.after) == (before, after)


def test_numbers_beyond_floats_are_told_apart() -> None:
    huge = Decimal("1E+999999999")
    assert field_changes({"a": 10**400}, {"a": huge}, OPEN) == (FieldChange("/a", 10**400, huge),)


def test_removals_are_patched_from_the_end() -> None:
    changes = field_changes({"l": list(range(12)), "x": 1}, {"l": [0], "x": 2, "y": 3}, OPEN)
    assert patch(changes) == [
        {"op": "replace", "path": "/x", "value": 2},
        {"op": "add", "path": "/y", "value": 3},
        *({"op": "remove", "path": f"/l/{n}"} for n in range(11, 0, -1)),
    ]


def test_one_difference_of_many_objects_is_described_once() -> None:
    differ = Differ(OPEN)
    first = differ.changes({"site": "s1", "idle": 30}, {"site": "s1", "idle": 60})
    second = differ.changes({"site": "s2", "idle": 30}, {"site": "s2", "idle": 60})
    assert first is second


def test_what_is_ignored_does_not_compare() -> None:
    before: JsonValue = {"telemetry": {"lastUpload": 5}, "a": 1}
    assert field_changes(before, {"a": 1}, OPEN, ("/telemetry/lastUpload",)) == ()
    assert field_changes(before, {"a": 2}, OPEN, ("/telemetry/lastUpload",)) == (
        FieldChange("/a", 1, 2),
    )
