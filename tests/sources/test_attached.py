"""Files of parameters: layers name them too, and Voice's XML is read as `pvm convert` reads it."""

from datetime import date
from pathlib import Path

import pytest

from reconciler.core.adoption import Wishes
from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin, Place
from reconciler.core.resource import Desired
from reconciler.sources.adopting import Adopter
from reconciler.sources.edit_steps import Reason
from reconciler.sources.locate import locate
from reconciler.sources.past_repository import open_past
from reconciler.sources.repository import read_repository
from tests.sources.projects import briefly, write_project
from tests.sources.test_adopting import adopt, wish
from tests.sources.work_trees import commit, git

XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<voice version="2">
  <server>pbx-1</server>
  <line ext="0421">one</line>
  <line>two</line>
  <psk>${env:PSK}</psk>
</voice>
"""
VALUE = {
    "@version": "2",
    "server": "pbx-1",
    "line": [{"@ext": "0421", "#text": "one"}, "two"],
    "psk": "${env:PSK}",
}
LAYER = "kind: Layer\nname: voice\nparametersFile: ../voice/voice.xml\n"
STORE = "kind: Bootstrap\nname: b\nextends: [voice]\nparameters: {server: pbx-2}\n"
FILES = {"objects/layer.yaml": LAYER, "objects/b.yaml": STORE, "voice/voice.xml": XML}


def declared(root: Path) -> Desired:
    found = read_repository(root)
    assert found.problems == ()
    (item,) = found.declared
    return item


def test_a_layer_takes_its_parameters_from_a_file(tmp_path: Path) -> None:
    item = declared(write_project(tmp_path, FILES))
    assert item.value == {**VALUE, "server": "pbx-2"}
    assert item.references == {"/psk": "${env:PSK}"}
    assert item.origin_of("/server").file == "objects/b.yaml"
    assert str(item.origin_of("/line/0")) == "voice/voice.xml:4"


@pytest.mark.parametrize(
    ("pointer", "line", "column"),
    [
        ("", 2, 1),
        ("/@version", 2, 1),
        ("/server", 3, 3),
        ("/line", 4, 3),
        ("/line/0/@ext", 4, 3),
        ("/line/0/#text", 4, 20),
        ("/line/1", 5, 3),
        ("/line/1/nothing", 5, 3),
    ],
)
def test_each_value_has_its_place_in_the_xml_and_its_text_is_not_shown(
    tmp_path: Path, pointer: str, line: int, column: int
) -> None:
    root = write_project(tmp_path, FILES)
    place = locate(root, Origin("voice/voice.xml", 0, 1, pointer))
    assert place == Place("voice/voice.xml", line, column, line, column + 1)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("<a><b></a>", "voice.xml:1:9 parameters-xml"),
        ("<a>\n<b/>text</a>", "voice.xml:2:5 parameters-xml"),
        ("<!DOCTYPE a><a/>", "voice.xml:1:12 parameters-xml"),
        ("<a>" * 65 + "</a>" * 65, "voice.xml:1:193 parameters-xml"),
        ("<a><b>${x}</b></a>", "voice.xml:1:4 column-misplaced"),
        ("<a><b>${var:x}</b></a>", "voice.xml:1:4 variable-unknown"),
        ("", "voice.xml:1:1 parameters-xml"),
    ],
)
def test_wrong_xml_is_refused_at_its_place(tmp_path: Path, content: str, where: str) -> None:
    files = {"objects/layer.yaml": LAYER, "voice/voice.xml": content}
    assert briefly(write_project(tmp_path, files)) == [f"voice/{where}"]


def test_one_wrong_file_is_one_problem_however_many_name_it(tmp_path: Path) -> None:
    own = "kind: Bootstrap\nname: own\nparametersFile: ../voice/voice.xml\n"
    files = {**FILES, "objects/own.yaml": own, "voice/voice.xml": "<a>"}
    assert briefly(write_project(tmp_path, files)) == ["voice/voice.xml:1:4 parameters-xml"]


def test_parameters_and_a_file_of_them_exclude_each_other(tmp_path: Path) -> None:
    for text in (LAYER, LAYER.replace("Layer", "Bootstrap")):
        files = {"objects/a.yaml": text + "parameters: {}\n", "voice/voice.xml": XML}
        assert briefly(write_project(tmp_path, files)) == ["objects/a.yaml:3:1 wrong-field"]


def test_a_layer_without_parameters_is_refused(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"objects/a.yaml": "kind: Layer\nname: a\n"})
    assert briefly(root) == ["objects/a.yaml:1:1 missing-field"]


def test_a_line_of_a_fleet_names_no_file(tmp_path: Path) -> None:
    fleet = (
        "kind: Fleet\nname: f\nrows: [{k: a}]\nkey: k\ncolumns: {k: {}}\n"
        'documents:\n  one: {kind: Bootstrap, name: "b-${k}", parametersFile: "${k}.json"}\n'
    )
    root = write_project(tmp_path, {"objects/f.yaml": fleet, "objects/a.json": "{}"})
    assert briefly(root) == ["objects/f.yaml:7:42 parameters-file"]


def test_the_file_is_part_of_the_source_hash_also_of_a_past_commit(tmp_path: Path) -> None:
    root = write_project(tmp_path, FILES)
    git(root, "init", "-q")
    commit(root)
    first = read_repository(root)
    assert "voice/voice.xml" in first.files
    (root / "voice/voice.xml").write_text(XML.replace("pbx-1", "pbx-9"))
    changed = read_repository(root)
    assert changed.source_hash != first.source_hash
    assert changed.changed == ("voice/voice.xml",)
    commit(root)
    (root / "voice/voice.xml").write_text(XML.replace("pbx-1", "pbx-7"))
    id_ = commit(root)
    history = read_repository(root).history
    # An unknown commit: its files alone tell.
    assert history.ancestry("0" * 40, first.source_hash).contained
    with open_past(root) as past:
        (item,) = past.project(id_).declared
    assert item.value["line"] == VALUE["line"]


def test_what_stands_in_xml_is_left_by_an_adoption_and_its_file_is_named(tmp_path: Path) -> None:
    own = "kind: Bootstrap\nname: b\nparametersFile: voice.xml\n"
    files = {"a.yaml": own, "voice.xml": XML}
    done, found = adopt(tmp_path, files, wish("b", "/server", "pbx-3"))
    assert found == files
    assert [(left.id, left.pointer) for left in done.left] == [
        (ResourceId("Bootstrap", "b"), "/server")
    ]
    assert "objects/voice.xml" in done.left[0].reason


def test_what_stands_in_json_of_a_layer_is_adopted_there(tmp_path: Path) -> None:
    layer = "kind: Layer\nname: v\nparametersFile: v.json\n"
    files = {
        "a.yaml": layer,
        "b.yaml": "kind: Bootstrap\nname: b\nextends: [v]\n",
        "v.json": '{\n  "a": 1\n}\n',
    }
    _, found = adopt(tmp_path, files, wish("b", "/a", 2))
    assert found == {**files, "v.json": '{\n  "a": 2\n}\n'}


def test_a_variable_is_not_replaced_by_what_one_target_has(tmp_path: Path) -> None:
    text = 'kind: Bootstrap\nname: b\nparameters: {idle: "${var:idle}", x: 1}\n'
    project = (
        "kind: Project\nname: acme\nsources: [objects]\nscope: {bootstraps: ['*']}\n"
        "targets: {prod: {vars: {idle: 30}}}\n"
    )
    root = write_project(tmp_path, {"objects/a.yaml": text}, project)
    wishes = Wishes((wish("b", "/idle", 60), wish("b", "/x", 2)), ())
    done = Adopter(root, read_repository(root), wishes, Reason("r", date(2027, 1, 1))).adopt()
    assert [left.pointer for left in done.left] == ["/idle"]
    assert (root / "objects/a.yaml").read_text() == text.replace("x: 1", "x: 2")
