import os
from pathlib import Path

import pytest

from reconciler.sources.git_objects import Entry, GitObjects, NoObjectError
from tests.sources.work_trees import commit, git


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A work tree with a file, a link, a submodule and a name that is no text."""
    git(tmp_path, "init", "-q")
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b/ü.txt").write_text("x\n")
    (tmp_path / "link").symlink_to("a b/ü.txt")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_text("y")
    inner = tmp_path / "sub"
    inner.mkdir()
    git(inner, "init", "-q")
    commit(inner)
    git(tmp_path, "-c", "advice.addEmbeddedRepo=false", "add", "-A")
    commit(tmp_path)
    return tmp_path


def test_files_of_a_tree_have_their_paths(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    with GitObjects(root) as objects:
        tree = objects.folder(head, ())
        assert tree == git(root, "rev-parse", "HEAD^{tree}")
        files = objects.files(tree)
        assert files == {
            "a b/ü.txt": Entry(0o100644, git(root, "rev-parse", "HEAD:a b/ü.txt")),
            "link": Entry(0o120000, git(root, "rev-parse", "HEAD:link")),
        }
        assert objects.read(files["link"].blob).decode() == "a b/ü.txt"
        assert objects.files(tree) == files


def test_a_folder_of_a_commit_is_found_and_a_file_is_none(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    with GitObjects(root) as objects:
        assert objects.folder(head, ("a b",)) == git(root, "rev-parse", "HEAD:a b")
        assert objects.folder(head, ("a b", "ü.txt")) is None
        assert objects.folder(head, ("other",)) is None


def test_what_is_not_there_is_told_and_the_next_question_answered(root: Path) -> None:
    with GitObjects(root) as objects:
        with pytest.raises(NoObjectError):
            objects.read("1" * 40)
        assert objects.read(git(root, "rev-parse", "HEAD:a b/ü.txt")) == b"x\n"


def test_without_git_there_are_no_objects(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(root))
    with pytest.raises(NoObjectError):
        GitObjects(root)


@pytest.mark.parametrize(
    "script", ["exit 0", "read x; exit 0", "read x; echo id blob 9; printf short"]
)
def test_a_git_that_ends_too_early_has_no_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with GitObjects(tmp_path) as objects:
        for _ in range(2):
            with pytest.raises(NoObjectError):
                objects.read("x")
