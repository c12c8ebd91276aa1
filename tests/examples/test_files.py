"""What a careful administrator would have looked at before sharing a repository."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from reconciler.core.resource import Desired
from reconciler.sources.repository import read_repository

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "specs" / "examples").glob("*/pvm.yaml"))
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")

pytestmark = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)


def declared(example: Path) -> list[Desired]:
    return list(read_repository(example).declared)


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    return []


def test_reading_finds_nothing_to_complain_about(example: Path) -> None:
    assert read_repository(example).problems == ()


def test_every_document_lies_in_the_scope(example: Path) -> None:
    project = read_repository(example).project

    assert {kind for kind, globs in project.scope.globs.items() if globs} == {
        desired.id.kind for desired in declared(example)
    }


def test_an_editor_finds_the_schema_of_every_file(example: Path) -> None:
    for path in example.rglob("*.yaml"):
        modeline = MODELINE.match(path.read_text(encoding="utf-8"))
        assert modeline, path
        schema = (path.parent / modeline[1]).resolve()
        wanted = "project" if path.name == "pvm.yaml" else "document"
        assert schema == ROOT / "schemas" / f"{wanted}.schema.json"
        assert schema.is_file()


def test_hosts_and_keys_are_made_up(example: Path) -> None:
    found = [text for desired in declared(example) for text in texts(desired.value)]

    hosts = {urlsplit(text).hostname for text in found if "://" in text}
    assert hosts
    assert all(str(host).endswith(".example") for host in hosts)
    keys = {key for text in found for key in re.findall(r"api_key=([^&]*)", text)}
    assert keys <= {"EXAMPLE-KEY", "NOT-A-REAL-KEY"}


def test_the_readme_names_what_is_there(example: Path) -> None:
    text = (example / "README.md").read_text(encoding="utf-8")
    (tree,) = re.findall(r"```\n(pvm\.yaml .*?)```", text, re.DOTALL)

    named = [line.split()[0].rstrip("…") for line in tree.splitlines()]

    assert [name for name in named if not (example / name).exists()] == []
    assert {path.name for path in example.iterdir()} - {"README.md"} == {
        name.split("/")[0] for name in named
    }
