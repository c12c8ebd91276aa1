from pathlib import Path

import pytest

from reconciler.core.origin import Origin, Place
from reconciler.core.secrets import Masking
from reconciler.sources.files import Files
from reconciler.sources.locate import Locator, locate
from tests.sources.projects import write_project

TEXT = """\
# a comment
kind: Site
name: site-1
---
kind: Bootstrap
name: "store 1"
parameters:
  wifi: [{ssid: acme, psk: canary-1}, {ssid: "b"}]
  deep:
    text: |
      one
      two
    "a/b": &x 1.50
    same: *x
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    json = '{\n  "a": {"b": [1, "x"]},\n  "c\\u00e9": null, "d": "{"\n}\n'
    return write_project(tmp_path, {"objects/a.yaml": TEXT, "voice.json": json})


@pytest.mark.parametrize(
    ("document", "pointer", "where"),
    [
        (0, "", (2, 1, 5)),
        (0, "/name", (3, 7, 13)),
        (1, "/name", (6, 7, 16)),
        (1, "/parameters", (7, 1, 11)),
        (1, "/parameters/wifi/0/ssid", (8, 17, 21)),
        (1, "/parameters/wifi/1", (8, 39, 40)),
        (1, "/parameters/deep/text", (10, 11, 12)),
        (1, "/parameters/deep/a~1b", (13, 12, 19)),
        (1, "/parameters/deep/same", (14, 11, 13)),
        (1, "/parameters/deep/missing", (9, 3, 7)),
        (1, "/parameters/deep/same/below", (14, 5, 9)),
        (1, "/missing", (5, 1, 5)),
    ],
)
def test_a_value_is_found_at_its_line_and_column(
    root: Path, document: int, pointer: str, where: tuple[int, int, int]
) -> None:
    place = locate(root, Origin("objects/a.yaml", document, 1, pointer))
    assert (place.line, place.column, place.end_column) == where
    assert place.end_line == place.line


def test_a_key_is_found_when_asked_for(root: Path) -> None:
    place = locate(root, Origin("objects/a.yaml", 1, 5, "/parameters/deep/a~1b"), key=True)
    assert (place.line, place.column, place.end_column) == (13, 5, 10)


@pytest.mark.parametrize(
    ("pointer", "where"),
    [
        ("/a", (2, 3, 6)),
        ("/a/b/1", (2, 18, 21)),
        ("/cé", (3, 14, 18)),
        ("/d", (3, 25, 28)),
        ("", (2, 3, 6)),
        ("/missing", (2, 3, 6)),
    ],
)
def test_values_of_json_files_are_found(
    root: Path, pointer: str, where: tuple[int, int, int]
) -> None:
    place = locate(root, Origin("voice.json", 0, 1, pointer))
    assert (place.line, place.column, place.end_column) == where


def test_the_line_is_shown_without_its_secrets(root: Path) -> None:
    at = Origin("objects/a.yaml", 1, 5)
    assert "canary" not in locate(root, at.at("/parameters/wifi/0/ssid")).text
    assert locate(root, at.at("/parameters/wifi/0/psk")).text == ""
    assert locate(root, at.at("/name")).text == 'name: "store 1"'
    assert locate(root, at.at("/name"), Masking(("/name",))).text == ""


@pytest.mark.parametrize("file", ["gone.yaml", "objects", "bad.yaml", "bad.json", "objects/a.yaml"])
def test_a_file_that_changed_meanwhile_gives_the_line_that_was_known(root: Path, file: str) -> None:
    (root / "bad.yaml").write_bytes(b"\xff")
    (root / "bad.json").write_bytes(b"]")
    place = locate(root, Origin(file, 9, 7, "/a"))
    assert place == Place(file, 7, 1, 7, 1)


def test_an_empty_document_has_a_place_too(root: Path) -> None:
    (root / "empty.yaml").write_text("---\n---\n")
    assert locate(root, Origin("empty.yaml", 0, 1, "/a")).line in (1, 2)


def test_a_field_that_a_document_does_not_have_was_not_written(root: Path) -> None:
    locator = Locator(Files(root), Masking())
    origin = Origin("objects/a.yaml", 0, 2)

    assert [locator.written(origin.at(pointer)) is None for pointer in ("", "/name", "/x")] == [
        *(False, False, True)
    ]
    for file in ("objects/gone.csv", "objects/gone.yaml"):
        assert locator.written(Origin(file, 0, 7, "/x")) == Place(file, 7, 1, 7, 1)


LIST = 'store,city\n1,"Ede, A"\n2\n\n'


@pytest.mark.parametrize(
    ("line", "pointer", "where"),
    [
        (2, "/city", (2, 3, 11)),
        (2, "", (2, 1, 11)),
        (2, "/region", (2, 1, 11)),
        (3, "/city", (3, 1, 2)),
        (9, "/city", (9, 1, 2)),
    ],
    ids=["cell", "line", "no such column", "short line", "no such line"],
)
def test_a_cell_of_a_list_is_found_or_else_its_line(
    root: Path, line: int, pointer: str, where: tuple[int, int, int]
) -> None:
    (root / "stores.csv").write_text(LIST)
    place = locate(root, Origin("stores.csv", 0, line, pointer), Masking())
    assert (place.line, place.column, place.end_column) == where


@pytest.mark.parametrize("text", ['store\n"1', b"store\n\xff\n"], ids=["quote", "encoding"])
def test_a_list_that_can_not_be_read_gives_the_line_that_was_known(
    root: Path, text: str | bytes
) -> None:
    (root / "stores.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    place = locate(root, Origin("stores.csv", 0, 2, "/store"), Masking())
    assert place == Place("stores.csv", 2, 1, 2, 1)


def test_an_element_of_xml_that_can_not_be_read_gives_the_line_that_was_known(root: Path) -> None:
    (root / "voice.xml").write_text("<config><a>")
    for file in ("voice.xml", "gone.xml"):
        place = locate(root, Origin(file, 0, 4, "/a/b"), Masking())
        assert place == Place(file, 4, 1, 4, 2)
