"""The page about formatting shows what the program does."""

import re
from pathlib import Path

from reconciler.sources.formatting import format_project, formatted_yaml
from reconciler.sources.yaml_text import read_documents

ROOT = Path(__file__).parents[2]


def test_the_example_becomes_what_the_page_says() -> None:
    text = (ROOT / "docs" / "reference" / "formatting.md").read_text(encoding="utf-8")
    before, after = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)

    assert formatted_yaml(before, read_documents(before) or ()) == after


def test_the_examples_are_formatted() -> None:
    projects = [path.parent for path in sorted((ROOT / "specs" / "examples").glob("*/pvm.yaml"))]
    found = {path.name: format_project(path, write=False) for path in projects}

    assert {name: (one.changed, one.problems) for name, one in found.items()} == {
        path.name: ((), ()) for path in projects
    }
