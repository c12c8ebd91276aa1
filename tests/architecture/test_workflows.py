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
EXAMPLE = ROOT / "specs" / "examples" / "ci" / "github.yml"
GITLAB = ROOT / "specs" / "examples" / "ci" / "gitlab.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
HOOKS_OF_A_USER = ROOT / "specs" / "examples" / "ci" / "pre-commit.yaml"
ACTION = ROOT / ".github" / "actions" / "pvm" / "action.yml"
WORKFLOWS = [*OWN, EXAMPLE]
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_SHIPPED = "./.github/actions/pvm"

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=name)


def test_there_are_workflows_to_look_at() -> None:
    assert {path.name for path in OWN} >= {"check.yml", "release.yml"}


@each_workflow
def test_every_job_is_bounded_in_time_and_rights(path: Path) -> None:
    workflow = _read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert [key for key, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=name)
def test_actions_are_pinned_by_commit_and_say_which_version_that_is(path: Path) -> None:
    used = [step["uses"] for step in _steps(path) if step.get("uses", _SHIPPED) != _SHIPPED]
    assert [action for action in used if not _PINNED.fullmatch(action)] == []
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", text, re.MULTILINE)) == len(used)


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=name)
def test_no_step_pastes_an_expression_into_a_shell(path: Path) -> None:
    assert [step["run"] for step in _steps(path) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize(
    "path", [ACTION.with_name("run.sh"), GITLAB, HOOKS, HOOKS_OF_A_USER], ids=name
)
def test_pvm_is_called_with_commands_and_options_that_exist(path: Path) -> None:
    unknown = []
    for words in _calls_of_pvm(path):
        options = _options_of(words[0]) if words[0] in COMMANDS else set()
        given = {word.partition("=")[0] for word in words[1:] if word.startswith("-")}
        if not options or given - options:
            unknown.append(words)
    assert unknown == []


def test_the_workflow_has_each_command_of_the_action_once() -> None:
    asked = [step["with"]["command"] for step in _steps(EXAMPLE) if step["uses"] == _SHIPPED]
    assert asked == ["validate", "diff", "plan", "apply", "drift"]
    script = ACTION.with_name("run.sh").read_text(encoding="utf-8")
    assert re.findall(r"^        (\w+)\) run_\1 ", script, re.MULTILINE) == asked


def test_every_checkout_for_pvm_has_the_whole_history() -> None:
    checkouts = [step for step in _steps(EXAMPLE) if step["uses"] != _SHIPPED]
    assert [step["with"]["fetch-depth"] for step in checkouts] == [0] * 4


def test_what_forks_can_start_sees_no_secret() -> None:
    jobs = _read(EXAMPLE)["jobs"]
    assert [key for key, job in jobs.items() if "secrets." in str(job)] == [
        "plan",
        "apply",
        "drift",
    ]
    assert "head.repo.full_name == github.repository" in jobs["plan"]["if"]


def test_a_job_may_write_only_where_it_tells() -> None:
    rights = {key: job.get("permissions") for key, job in _read(EXAMPLE)["jobs"].items()}
    assert rights == {
        "check": None,
        "plan": {"contents": "read", "pull-requests": "write"},
        "apply": None,
        "drift": {"contents": "read", "issues": "write"},
    }


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
    found = _read(path)
    for job in found["jobs"].values() if "jobs" in found else [found["runs"]]:
        yield from job["steps"]


def _calls_of_pvm(path: Path) -> Iterator[list[str]]:
    """The arguments after `pvm` or the script's `pvm_here`, up to a redirection."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for call in re.findall(r"^[ -]*(?:entry: )?pvm(?:_here)? ([a-z].*)$", text, re.MULTILINE):
        yield shlex.split(re.split(r"[|>;&]", call)[0])


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
