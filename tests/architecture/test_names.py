"""Files are named for the noun they define, and tests stand where their subject stands."""

from pathlib import Path

from tests.architecture.tree import ROOT, files, name

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}

# Folders of tests that look at the whole rather than at one module.
ACROSS = {
    "architecture",
    "bench",
    "browser",
    "contract",
    "docs",
    "editors",
    "examples",
    "forges",
    "golden",
    "laws",
    "shells",
    "stories",
    "tools",
    "vectors",
    "world",
}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name(path) for path in files() if path.stem in EMPTY_NAMES] == []


def test_every_folder_of_tests_has_a_subject() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in files("tests")}
    mirrored = [folder for folder in folders if folder.parts and folder.parts[0] not in ACROSS]
    assert [str(path) for path in mirrored if not (ROOT / "reconciler" / path).is_dir()] == []


def test_every_part_of_the_package_has_a_folder_of_tests() -> None:
    parts = {path.parent.relative_to(ROOT / "reconciler") for path in files("reconciler")}
    bodies = [part for part in parts if _has_code(ROOT / "reconciler" / part) and part.parts]
    untested = [part for part in bodies if "migrations" not in part.parts and not _is_tested(part)]
    assert [str(part) for part in untested] == []


def _is_tested(part: Path) -> bool:
    """By tests at its own place; what lies deep may be tested through the folder above it."""
    places = [part, part.parent] if len(part.parts) > 2 else [part]
    return any(found for place in places for found in (ROOT / "tests" / place).glob("test_*.py"))


def _has_code(folder: Path) -> bool:
    return any(path.name != "__init__.py" for path in folder.glob("*.py"))
