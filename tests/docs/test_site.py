"""The pages: all in the menu, every link leads somewhere, every command line is one of pvm's."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from reconciler.cli.main import main
from tools.commands_page import page

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "decisions" not in path.parts)
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_SEPARATORS = {"|", "&&", ";", ">", "#", "||"}


def name(path: Path) -> str:
    return path.relative_to(DOCS).as_posix()


def test_the_page_of_commands_is_what_the_program_has() -> None:
    kept = DOCS / "reference" / "commands.md"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        kept.write_text(page(), encoding="utf-8")

    assert kept.read_text(encoding="utf-8") == page()


def test_every_page_is_in_the_menu_once() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")

    linked = re.findall(r"^- \[[^\]]+\]\(([^)]+)\)", text, re.MULTILINE)

    assert sorted(linked) == [name(path) for path in PAGES if name(path) != "index.md"]


def test_the_pages_become_html_without_a_broken_link_and_load_nothing(tmp_path: Path) -> None:
    strict = ("--quiet", "--nitpicky", "--fail-on-warning", "--keep-going")
    program = (sys.executable, "-m", "sphinx", *strict, "-d", str(tmp_path / "kept"))

    done = subprocess.run(  # noqa: S603 -- Sphinx, with our own pages
        (*program, str(DOCS), str(tmp_path / "site")), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    html = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|rel="stylesheet"[^>]*href)="(?:https?:)?//[^"]*', html) == []


def command_lines(text: str) -> Iterator[str]:
    """What begins with `pvm` in a block that is typed, or behind a `$` of one that is shown."""
    for language, block in _FENCE.findall(text):
        if language in ("", "sh", "console", "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                typed = line.strip().removeprefix("$ ")
                if typed.startswith("pvm ") and (language != "console" or line.startswith("$")):
                    yield typed


def wrong_words(line: str) -> list[str]:
    """Commands and options of a line that pvm does not have."""
    words = shlex.split(line.partition("   ")[0], comments=True)
    ends = [n for n, word in enumerate(words) if word in _SEPARATORS]
    words = words[1 : min(ends, default=len(words))]
    context = click.Context(main)
    command: click.Command | None = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if command is main and words[0].isupper():
            return []
        found = command.get_command(context, words[0])
        if found is None:
            return [words[0]]
        command, words = found, words[1:]
    assert command is not None
    known = {spelled for one in command.params for spelled in (*one.opts, *one.secondary_opts)}
    known |= {"--help", "-h"}
    return [
        word
        for word in words
        if word.startswith("-") and word.partition("=")[0] not in known and word != "-vv"
    ]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_what_a_page_has_people_type_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert {line: wrong for line in command_lines(text) if (wrong := wrong_words(line))} == {}


def test_a_wrong_word_would_be_found() -> None:
    assert wrong_words("pvm plann --out x") == ["plann"]
    assert wrong_words("pvm plan --uot x") == ["--uot"]
    assert wrong_words("pvm inventory rebuild --yes") == []
