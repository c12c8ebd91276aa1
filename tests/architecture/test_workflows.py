"""Workflows that GitHub alone runs: what can be known of them without it."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from reconciler.cli.main import COMMANDS
from tests.architecture.tree import ROOT, name

OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "specs" / "examples" / "ci").glob("*.yml"))
WORKFLOWS = [*OWN, *EXAMPLES]
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=name)


def test_there_are_workflows_to_look_at() -> None:
    assert {path.name for path in OWN} >= {"check.yml", "release.yml"}
    assert [path.name for path in EXAMPLES] == ["github.yml"]


@each_workflow
def test_every_job_is_bounded_in_time_and_rights(path: Path) -> None:
    workflow = _read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert [key for key, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


@each_workflow
def test_actions_are_pinned_by_commit_and_say_which_version_that_is(path: Path) -> None:
    used = [step["uses"] for step in _steps(path) if "uses" in step]
    assert [action for action in used if not _PINNED.fullmatch(action)] == []
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.MULTILINE)) == len(used)


@each_workflow
def test_no_step_pastes_an_expression_into_a_shell(path: Path) -> None:
    assert [step["run"] for step in _steps(path) if "${{" in step.get("run", "")] == []


@each_workflow
def test_pvm_is_called_with_commands_and_options_that_exist(path: Path) -> None:
    unknown = []
    for words in _calls(path, "pvm"):
        options = _options_of(words[0]) if words[0] in COMMANDS else set()
        given = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
        if not options or given - options:
            unknown.append(words)
    assert unknown == []


def test_the_example_calls_pvm() -> None:
    called = {words[0] for path in EXAMPLES for words in _calls(path, "pvm")}
    assert called == {"validate", "plan", "apply", "drift"}


@each_workflow
def test_make_is_called_with_targets_that_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {words[0] for words in _calls(path, "make")} <= targets


def test_the_runs_on_main_do_what_everyone_can_do_here() -> None:
    lines = [
        step["run"]
        for step in _steps(ROOT / ".github" / "workflows" / "check.yml")
        if "run" in step
    ]
    assert ".ci/run" in lines
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def _read(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in _read(path)["jobs"].values():
        yield from job["steps"]


def _calls(path: Path, program: str) -> Iterator[list[str]]:
    """The arguments of every line that starts with this program, up to a redirection."""
    for step in _steps(path):
        for line in step.get("run", "").splitlines():
            words = shlex.split(line)
            if words and words[0] == program:
                yield shlex.split(re.split(r"[|>;&]", line)[0])[1:]


def _options_of(command: str) -> set[str]:
    found = getattr(import_module(COMMANDS[command][0]), command)
    assert isinstance(found, click.Command)
    return {option for parameter in found.params for option in parameter.opts}
