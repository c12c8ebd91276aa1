"""Nothing is depended on without a written reason, and the locks hold nothing but versions."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT, name

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_HEADINGS = ["Context", "Choice", "Because", "We would reverse it if"]
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def test_every_dependency_has_a_decision() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DECISIONS]
    named = {word for text in texts for word in re.findall(r"`([^`]+)`", text)}
    assert _dependencies() - named == set()


@pytest.mark.parametrize("path", DECISIONS, ids=name)
def test_a_decision_says_why_and_what_would_change_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {int(path.name[:4])}\. \S", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == _HEADINGS


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", LOCKS, ids=name)
def test_a_lock_pins_by_hash_and_names_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^[A-Za-z0-9._-]+==.*$", text, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if not pin.endswith("\\")] == []
    starts = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert len(starts) == len(pins)


def test_the_locks_hold_what_the_project_asks_for() -> None:
    locked = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", _lock("dev.txt"), re.MULTILINE)
    assert _dependencies() - set(locked) == set()


def _dependencies() -> set[str]:
    """Names that pyproject.toml asks for: of the client, of the extras, of the groups."""
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = found["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *found["dependency-groups"].values(),
    ]
    return {_NAME.match(wish)[0] for wishes in lists for wish in wishes}  # type: ignore[index]  # a requirement starts with its name


def _lock(file: str) -> str:
    return (ROOT / "requirements" / file).read_text(encoding="utf-8")
