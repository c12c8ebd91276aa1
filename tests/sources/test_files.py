from pathlib import Path

from reconciler.sources.files import Files


def test_a_folder_that_is_gone_is_a_problem_and_not_empty(tmp_path: Path) -> None:
    files = Files(tmp_path)
    assert files.find("gone") == []
    (problem,) = files.problems
    assert problem.code == "file-unreadable"
    assert problem.place is not None
    assert problem.place.file == "gone"
    assert "No such file" in problem.message


def test_a_path_leaves_by_dots_and_links_only(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "a").mkdir(parents=True)
    (tmp_path / "project-2").mkdir()
    (root / "out").symlink_to(tmp_path)
    (root / "in").symlink_to(root / "a")
    files = Files(root)
    inside = [".", "a", "a/..", "in", "gone/x", "..a"]
    outside = ["..", "a/../..", "../project-2", "out", "out/project-2"]
    assert [files.leaves(path) for path in inside] == [False] * len(inside)
    assert [files.leaves(path) for path in outside] == [True] * len(outside)
