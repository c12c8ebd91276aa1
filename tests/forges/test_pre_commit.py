"""The hooks as pre-commit runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.sources.templates import TEMPLATES, Surroundings
from tests.cli.repositories import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with the hooks that `pvm init` writes."""
    (template,) = (t for t in TEMPLATES if t.surroundings is Surroundings.PRE_COMMIT)
    (tmp_path / template.path).write_text(template.text, encoding="utf-8")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)  # noqa: S607 -- the machine's
    return Repository(tmp_path, "acme").write().declare()


def run_hook(repository: Repository, hook: str) -> subprocess.CompletedProcess[str]:
    folder = Path(sys.executable).parent
    subprocess.run(["git", "add", "--all"], cwd=repository.root, check=True)  # noqa: S607 -- as above
    return subprocess.run(  # noqa: S603 -- of the development requirements
        [str(folder / "pre-commit"), "run", hook, "--color=never"],
        cwd=repository.root,
        env={
            **os.environ,
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(repository.root / ".cache"),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_good_repository_passes(repository: Repository) -> None:
    ran = run_hook(repository, "pvm-validate")

    assert ran.returncode == 0, ran.stdout
    assert "Passed" in ran.stdout


def test_a_bad_one_does_not_and_says_where(repository: Repository) -> None:
    ran = run_hook(repository.spoil(), "pvm-validate")

    assert ran.returncode == 1
    assert "files/bad.yaml:2:7" in ran.stdout
