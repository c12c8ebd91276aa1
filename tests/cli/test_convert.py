import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run

XML = """<?xml version="1.0"?>
<voice version="2"><!-- note --><?hint?>
  <server port="5060">pbx</server><line>0421</line><line>${literal}</line>
</voice>
"""
WANTED = {
    "@version": "2",
    "server": {"@port": "5060", "#text": "pbx"},
    "line": ["0421", "${literal}"],
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "voice.xml"
    path.write_text(XML, encoding="utf-8")
    return path


@pytest.mark.requirement("B-06")
def test_parameters_are_printed_as_json_and_nothing_else(pvm: Run, file: Path) -> None:
    ran = pvm("convert", str(file))

    assert (ran.code, json.loads(ran.out)) == (0, WANTED)
    assert [line for line in ran.err.splitlines() if "left out" in line] == [
        "left out  the root element 'voice', which is only a wrapper",
        "left out  1 comment",
        "left out  1 processing instruction",
    ]
    assert pvm("convert", str(file), "-q").err == ""


def test_yaml_is_what_stands_in_a_document(pvm: Run, file: Path) -> None:
    document = yaml.safe_load(pvm("convert", str(file), "-o", "yaml").out)

    assert document["parameters"]["line"] == ["0421", "$${literal}"]
    assert document["parameters"]["server"] == WANTED["server"]


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("<a>\n<b></a>", 65, "voice.xml:2:"),
        ("<!DOCTYPE a><a/>", 65, "document type"),
        (None, 64, "voice.xml"),
    ],
    ids=["torn", "doctype", "missing"],
)
def test_what_cannot_be_converted_ends_with_its_place(
    pvm: Run, tmp_path: Path, text: str | None, code: int, told: str
) -> None:
    path = tmp_path / "voice.xml"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    ran = pvm("convert", str(path))

    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
