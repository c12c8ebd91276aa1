"""Nothing is depended on without a written reason, and the locks hold nothing but versions."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT, files, name, parse

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
_HEADINGS = ["Context", "Choice", "Because", "We would reverse it if"]
_MODULES = {"argon2-cffi": "argon2", "google-re2": "re2", "pyyaml": "yaml"}
_UNSEEN = {"psycopg"}
"""SQLAlchemy loads it for the address of a PostgreSQL."""


def test_every_dependency_has_a_decision() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DECISIONS]
    named = {word for text in texts for word in re.findall(r"`([^`]+)`", text)}
    assert (_dependencies() | set(_node("package.json")["dependencies"])) - named == set()


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


def test_the_lock_of_node_pins_by_hash_and_names_no_address() -> None:
    lock = _node("package-lock.json")
    packages = [entry for place, entry in lock["packages"].items() if place]
    assert len(packages) > 20
    assert [entry for entry in packages if not entry["integrity"].startswith("sha512-")] == []
    assert [entry for entry in packages if "resolved" in entry or "hasInstallScript" in entry] == []
    assert lock["packages"][""]["dependencies"] == _node("package.json")["dependencies"]


def test_node_s_packages_are_asked_for_in_one_version() -> None:
    asked = _node("package.json")["dependencies"].values()
    assert [version for version in asked if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    locked = re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==", _lock("dev.txt"), re.MULTILINE)
    assert _dependencies() - set(locked) == set()


def test_the_package_imports_what_it_asks_its_users_to_install() -> None:
    imported = {
        module.partition(".")[0]
        for path in files("reconciler")
        for node in ast.walk(parse(path))
        for module in _modules(node)
    }
    asked = {name: _MODULES.get(name, name.replace("-", "_")) for name in _runtime()}
    assert {name for name, module in asked.items() if module not in imported} == _UNSEEN


def _modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []


def _runtime() -> set[str]:
    """Names that pyproject.toml asks for on behalf of users."""
    project = _pyproject()["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {_name(wish) for wishes in lists for wish in wishes}


def _dependencies() -> set[str]:
    """Names that pyproject.toml asks for, those of developers included."""
    groups = _pyproject()["dependency-groups"].values()
    return _runtime() | {_name(wish) for wishes in groups for wish in wishes}


def _name(wish: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", wish)
    assert found is not None
    return found[0]


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _node(file: str) -> dict[str, Any]:
    found = json.loads((ROOT / "tests" / "npm" / file).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _lock(file: str) -> str:
    return (ROOT / "requirements" / file).read_text(encoding="utf-8")
