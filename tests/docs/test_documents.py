"""The page about documents is one project: valid for each target, and explained as it says."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.main import main
from reconciler.sources.repository import read_repository

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "documents.md"
_FILE = re.compile(r"```(?:yaml|xml|)\n(?:# |<!-- )(\S+)(?: -->)?\n(.*?)```", re.DOTALL)
_OUTPUT = re.compile(r"```text\n\$ pvm (.*?)\n(.*?)```", re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in _FILE.findall(PAGE.read_text(encoding="utf-8")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("target", ["staging", "prod", None])
def test_the_project_of_the_page_is_valid(project: Path, target: str | None) -> None:
    found = read_repository(project, target)
    assert found.problems == ()
    assert len(found.declared) == 6


def test_what_the_page_prints_is_what_the_program_prints(project: Path) -> None:
    """`UPDATE_GOLDEN=1` writes the block anew; the diff is the review."""
    page = PAGE.read_text(encoding="utf-8")
    ((command, output),) = _OUTPUT.findall(page)
    arguments = [*command.split(), "-C", str(project)]
    ran = CliRunner().invoke(main, arguments, env={"COLUMNS": "80"})
    if os.environ.get("UPDATE_GOLDEN") == "1":
        PAGE.write_text(page.replace(f"{command}\n{output}", f"{command}\n{ran.stdout}"), "utf-8")
        output = ran.stdout
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert output == ran.stdout
