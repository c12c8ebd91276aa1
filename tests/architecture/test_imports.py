"""Who may know whom, and what a start of the program loads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

HEAVY = {
    "alembic",
    "deepdiff",
    "fastapi",
    "httpx",
    "jsonschema",
    "pydantic",
    "re2",
    "rich",
    "sqlalchemy",
    "starlette",
    "tenacity",
    "uvicorn",
    "yaml",
}

# Runs pvm, then writes what was loaded to the file that is the first argument.
_WATCHED = """
import atexit, json, pathlib, sys
target = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: target.write_text(json.dumps(sorted(sys.modules))))
from reconciler.cli.main import main
main()
"""


def test_the_contracts_between_parts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603 - our own tool
        [program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["--help"]])
def test_a_quick_answer_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    loaded = _loaded_by(arguments, tmp_path / "modules.json")
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    assert [name for name in loaded if name.startswith("reconciler.server")] == []


def test_the_watch_sees_what_is_loaded(tmp_path: Path) -> None:
    loaded = _loaded_by(["--version"], tmp_path / "modules.json")
    assert {"click", "reconciler.cli.main"} <= loaded


def _loaded_by(arguments: list[str], target: Path) -> set[str]:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _WATCHED, str(target), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(target.read_text(encoding="utf-8")))
