"""Edits change what they are about, and no other byte."""

import pytest

from reconciler.core.values import ABSENT, JsonValue
from reconciler.sources.edit_csv import replace_cells
from reconciler.sources.edit_nodes import CannotEdit
from reconciler.sources.edit_yaml import rewrite, rewritten

TEXT = """\
# head
kind: Bootstrap   # what it is
name: 'b1'
parameters:
  idle: 30  # seconds

  # the radio
  wifi:
  - ssid: "one"
    hidden: false
  - {ssid: two, hidden: true}
---
kind: Token
name: T-1
"""


ITEM = """\
  - ssid: "one"
    hidden: false
"""


def document(**parameters: JsonValue) -> dict[str, JsonValue]:
    wifi: list[JsonValue] = [{"ssid": "one", "hidden": False}, {"ssid": "two", "hidden": True}]
    usual: dict[str, JsonValue] = {"idle": 30, "wifi": wifi}
    return {"kind": "Bootstrap", "name": "b1", "parameters": usual | parameters}


def test_a_document_that_says_the_same_keeps_every_byte() -> None:
    assert rewrite(TEXT, {0: document(), 1: {"kind": "Token", "name": "T-1"}}) == TEXT


@pytest.mark.parametrize(
    ("parameters", "old", "new"),
    [
        ({"idle": 60}, "idle: 30  #", "idle: 60  #"),
        ({"idle": "30"}, "idle: 30  #", 'idle: "30"  #'),
        ({"new": {"a": [1]}}, "hidden: true}\n", "hidden: true}\n  new:\n    a:\n      - 1\n"),
        (
            {"wifi": [{"ssid": "x, y", "hidden": False}, {"ssid": "two", "hidden": True}]},
            '"one"',
            '"x, y"',
        ),
        (
            {"wifi": [{"ssid": "one", "hidden": False}, {"ssid": "a, b"}]},
            "{ssid: two, hidden: true}",
            '{ssid: "a, b"}',
        ),
        ({"wifi": [{"ssid": "two", "hidden": True}]}, ITEM, ""),
        ({"wifi": []}, f"wifi:\n{ITEM}  - {{ssid: two, hidden: true}}\n", "wifi: []\n"),
        ({"idle": {"a": 1}}, "idle: 30  # seconds\n", "idle:  # seconds\n    a: 1\n"),
    ],
    ids=["scalar", "quotes", "new", "in-quotes", "in-flow", "item", "emptied", "grown"],
)  # fmt: skip
def test_only_what_differs_is_written(parameters: dict[str, JsonValue], old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert rewrite(TEXT, {0: document(**parameters)}) == TEXT.replace(old, new)


def test_a_removed_document_takes_its_separator_along() -> None:
    assert rewrite(TEXT, {1: ABSENT}) == TEXT[: TEXT.index("---")]
    assert rewrite(TEXT, {0: ABSENT}) == "# head\nkind: Token\nname: T-1\n"


def test_json_stays_json() -> None:
    text = '{\n  "a": 1,\n  "b": {"c": "x"}\n}\n'
    new: dict[str, JsonValue] = {"a": 2, "b": {"c": "y"}, "d": [True, "e"]}
    assert rewritten(text, {0: new}, is_json=True) == (
        '{\n  "a": 2,\n  "b": {"c": "y"},\n  "d": [true,"e"]\n}\n'
    )


def test_what_the_strict_reader_refuses_is_not_edited() -> None:
    with pytest.raises(CannotEdit, match="without doubt"):
        rewrite("a: NO\nb: 1\n", {0: {"a": "NO", "b": 2}})


LIST = 'store; city ;idle\r\n1;"Gent; be"; 5 \r\n2;Ede;\r\n'


@pytest.mark.parametrize(
    ("cell", "text", "new"),
    [
        ((2, "idle"), "60", LIST.replace(" 5 ", " 60 ")),
        ((2, "city"), 'a "b"', LIST.replace("Gent; be", 'a ""b""')),
        ((3, "idle"), "7", LIST.replace("Ede;", "Ede;7")),
        ((3, "city"), "x;y", LIST.replace("Ede", '"x;y"')),
        ((2, "idle"), "", LIST.replace("; 5 ", ";  ")),
    ],
    ids=["blanks", "quotes", "empty", "needs-quotes", "emptied"],
)
def test_a_cell_keeps_its_neighbours(cell: tuple[int, str], text: str, new: str) -> None:
    assert replace_cells(LIST, {cell: text}) == new


def test_a_column_that_the_list_lacks_can_not_be_edited() -> None:
    with pytest.raises(CannotEdit, match="no column"):
        replace_cells(LIST, {(2, "region"): "x"})


def test_a_cell_of_several_lines_is_left_alone() -> None:
    with pytest.raises(CannotEdit, match="several lines"):
        replace_cells('a,b\n1,"x\ny"\n', {(2, "b"): "z"})
