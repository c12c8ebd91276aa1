"""The README's session is typed for real and must print what it says."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cli.exits import Exit
from reconciler.cli.main import COMMANDS
from tests.docs.sessions import Terminal, environment, play
from tests.live_server import RunningServer, running_server

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def test_the_session_prints_what_the_readme_says(server: RunningServer, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine: install it with the system's package manager")
    folder = tmp_path / "mystore"
    shutil.copytree(ROOT / "specs" / "examples" / "quickstart", folder)

    found, written = play(README, Terminal(folder, environment(server, tmp_path / "bin")))

    assert found == written


def test_every_command_is_named() -> None:
    table = README.read_text(encoding="utf-8").partition("## Commands")[2].partition("###")[0]

    assert [name for name in COMMANDS if f"`pvm {name}" not in table] == []


def test_the_exit_codes_are_those_of_the_program() -> None:
    table = README.read_text(encoding="utf-8").partition("### Exit codes")[2]
    rows = re.findall(r"^\| ([0-9, ]+) \|", table, re.MULTILINE)

    assert {int(code) for row in rows for code in row.split(", ")} == set(Exit)


def test_what_the_readme_points_at_exists() -> None:
    text = README.read_text(encoding="utf-8")
    targets = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]

    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_make_knows_the_commands_to_set_up() -> None:
    text = README.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for target in set(re.findall(r"^make (\w+)", text, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
