import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.sources.git import Commit, GitQuestion, folder_in_checkout
from reconciler.sources.repository import read_repository
from tests.sources.projects import write_project
from tests.sources.work_trees import git

SITE = "kind: Site\nname: site-1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A committed project in a folder of its work tree, with a blank and a letter beyond ASCII."""
    root = write_project(tmp_path / "in frä", {"objects/a b.yaml": SITE, "objects/ü.yaml": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    return root


def state(root: Path) -> tuple[str | None, bool | None]:
    repository = read_repository(root)
    return repository.commit, repository.clean


def test_the_way_from_the_top_of_the_work_tree_to_the_project_is_known(
    root: Path, tmp_path: Path
) -> None:
    assert folder_in_checkout(root / "objects") == "in frä/objects"
    assert folder_in_checkout(tmp_path) == ""


def test_outside_git_there_is_no_way_to_tell(tmp_path: Path) -> None:
    assert folder_in_checkout(tmp_path) == ""


def test_a_committed_project_is_clean(root: Path) -> None:
    assert state(root) == (git(root, "rev-parse", "HEAD"), True)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("objects/a b.yaml", SITE + "# x\n"),
        ("objects/ü.yaml", "# x\n"),
        ("objects/new.yaml", "# x\n"),
        ("objects/deep/new.yml", "# x\n"),
    ],
)
def test_a_changed_or_new_file_that_is_read_makes_it_dirty(
    root: Path, path: str, text: str
) -> None:
    write_project(root, {path: text})
    assert state(root)[1] is False


def test_a_change_that_is_only_staged_makes_it_dirty(root: Path) -> None:
    write_project(root, {"objects/a b.yaml": SITE + "# x\n"})
    git(root, "add", ".")
    assert state(root)[1] is False


def test_a_deleted_file_makes_it_dirty(root: Path) -> None:
    (root / "objects/a b.yaml").unlink()
    assert state(root)[1] is False


def test_a_file_that_git_ignores_but_pvm_reads_makes_it_dirty(root: Path) -> None:
    (root / ".gitignore").write_text("local*\n")
    write_project(root, {"objects/local.yaml": SITE.replace("1", "2")})
    assert state(root)[1] is False


def test_a_folder_that_git_ignores_but_pvm_reads_makes_it_dirty(root: Path) -> None:
    (root / ".gitignore").write_text("local*\n")
    write_project(root, {"objects/local/a.yaml": SITE.replace("1", "2")})
    assert state(root)[1] is False


@pytest.mark.parametrize("path", ["README.md", "objects/notes.txt", "other/x.yaml"])
def test_other_files_do_not_matter(root: Path, path: str) -> None:
    write_project(root, {path: "x"})
    assert state(root)[1] is True


def test_a_change_outside_the_project_does_not_matter(root: Path) -> None:
    (root.parent / "x.yaml").write_text("x")
    assert state(root)[1] is True


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    root = write_project(tmp_path, {})
    git(root, "init", "-q")
    assert state(root) == (None, None)


def test_outside_git_there_is_no_commit(tmp_path: Path) -> None:
    assert state(write_project(tmp_path, {})) == (None, None)


def test_without_the_git_program_there_is_no_commit(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert state(root) == (None, None)


def test_a_broken_repository_has_no_commit(tmp_path: Path) -> None:
    root = write_project(tmp_path, {".git": "not a repository"})
    assert state(root) == (None, None)


def test_asking_writes_nothing_into_the_repository(root: Path) -> None:
    index = root.parent / ".git/index"
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    question = GitQuestion(root)
    assert isinstance(question.answer((), ()), Commit)
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before


def test_a_git_that_does_not_answer_is_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = root.parent / "bin/git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 3600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=os.pathsep)
    monkeypatch.setattr("reconciler.sources.git._SECONDS", 0)
    assert GitQuestion(root).answer((), ()) is None


def test_a_question_that_nobody_needs_answered_leaves_no_process(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 -- those of Popen
        asked.append(start(*arguments, **options))
        return asked[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    with GitQuestion(root):
        pass
    assert [process.returncode is None for process in asked] == [False]
