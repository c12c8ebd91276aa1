"""A plan names the line, and the commit, that a reviewer should open."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.repositories import Repository
from tests.sources.work_trees import commit, git


@pytest.fixture
def applied(call: Run, tmp_path: Path) -> Path:
    """A repository whose commit is applied."""
    repository = Repository(tmp_path, "acme").write(prune="owned").declare()
    repository.spare()
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    ran = call("apply", "--yes", "--allow-dirty")
    assert ran.code == 0, ran.all
    return tmp_path


def test_a_change_names_the_line_of_its_value(call: Run, applied: Path) -> None:
    Repository(applied, "acme").declare(idle=60)
    assert "files/all.yaml:9 " in call("plan").out


def test_a_deletion_names_the_commit_that_removed_it(call: Run, applied: Path) -> None:
    (applied / "files" / "spare.yaml").unlink()
    assert "not declared" in call("plan").out
    removed = commit(applied)
    (applied / "notes.yaml").write_text("x")
    commit(applied)
    assert f"removed in {removed[:7]}" in call("plan").out
