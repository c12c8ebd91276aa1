"""A commit says what its checkout says."""

import shutil
from pathlib import Path

import pytest

from reconciler.core.problem import Misuse
from reconciler.sources.files import Files
from reconciler.sources.git_objects import GitObjects
from reconciler.sources.past_files import PastFiles
from reconciler.sources.past_repository import open_past, read_past
from reconciler.sources.repository import read_repository
from tests.sources.projects import write_project
from tests.sources.work_trees import commit, git

EXAMPLES = Path(__file__).parents[2] / "specs" / "examples"
SITE = "kind: Site\nname: {}\nproServerName: dev03b\n"


@pytest.mark.parametrize(
    "example", sorted(file.parent.name for file in EXAMPLES.glob("*/pvm.yaml"))
)
def test_a_commit_of_an_example_says_what_its_files_say(tmp_path: Path, example: str) -> None:
    root = tmp_path / "deep" / "project"
    shutil.copytree(EXAMPLES / example, root)
    git(tmp_path, "init", "-q")
    id_ = commit(tmp_path)
    there = read_repository(root)
    with open_past(root) as past:
        found = past.project(id_)
    assert found.declared == there.declared
    assert found.declared
    assert (found.project, found.problems) == (there.project, there.problems)


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    root = write_project(tmp_path, {"objects/a.yaml": SITE.format("a")})
    git(root, "init", "-q")
    return root


def past_files(root: Path) -> PastFiles:
    id_ = commit(root)
    with GitObjects(root) as objects:
        tree = objects.folder(id_, ())
        assert tree is not None
        return PastFiles(objects, tree)


def test_files_are_found_as_in_a_folder(work_tree: Path) -> None:
    for path in ("objects/B.YML", "objects/.hidden/c.yaml", "objects/.d.yaml", "objects/n/e.yaml"):
        (work_tree / path).parent.mkdir(exist_ok=True)
        (work_tree / path).write_text("x")
    past, here = past_files(work_tree), Files(work_tree)
    for folder in ("objects", "./objects", "objects/n"):
        assert past.find(folder) == here.find(folder)
        assert past.find(folder)
    assert past.entries("objects/n") == here.entries("objects/n")
    for path in ("objects", "objects/a.yaml", "objects/gone", "a" * 300):
        assert past.exists(path) == here.exists(path)
        assert past.is_folder(path) == here.is_folder(path)
    for path in (".", "..", "../x", "objects/../../x", "objects"):
        assert past.leaves(path) == here.leaves(path)


def test_a_link_to_a_file_is_followed_and_one_that_leads_out_reported(work_tree: Path) -> None:
    (work_tree / "kept.txt").write_text(SITE.format("linked"))
    (work_tree / "objects/b.yaml").symlink_to("../kept.txt")
    (work_tree / "objects/c.yaml").symlink_to("../../secret.yaml")
    (work_tree / "objects/d.yaml").symlink_to("/etc/passwd")
    id_ = commit(work_tree)
    with open_past(work_tree) as past:
        found = past.project(id_)
    assert [one.id.name for one in found.declared] == ["a", "linked"]
    (outside,) = found.problems
    assert outside.code == "file-outside"
    places = [place.file for place in (outside.place, *outside.related) if place]
    assert places == ["objects/c.yaml", "objects/d.yaml"]
    assert found.errors == found.problems


def test_a_link_to_a_folder_is_reported_not_left_out(work_tree: Path) -> None:
    (work_tree / "more").mkdir()
    (work_tree / "more/b.yaml").write_text(SITE.format("b"))
    (work_tree / "objects/more").symlink_to("../more")
    id_ = commit(work_tree)
    with open_past(work_tree) as past:
        found = past.project(id_)
    assert [one.code for one in found.errors] == ["file-link"]


def test_a_source_that_is_a_link_to_a_folder_is_reported(work_tree: Path) -> None:
    (work_tree / "objects").rename(work_tree / "real")
    (work_tree / "objects").symlink_to("real")
    id_ = commit(work_tree)
    with open_past(work_tree) as past:
        found = past.project(id_)
    assert [one.code for one in found.errors] == ["file-unreadable"]


def test_a_commit_without_a_project_has_none(work_tree: Path) -> None:
    (work_tree / "pvm.yaml").unlink()
    id_ = commit(work_tree)
    with open_past(work_tree) as past:
        assert past.project(id_).project is None


def test_a_project_file_with_a_fault_is_a_problem(work_tree: Path) -> None:
    (work_tree / "pvm.yaml").write_text("kind: Project\n")
    id_ = commit(work_tree)
    with open_past(work_tree) as past:
        assert read_past(past, id_).errors


def test_a_commit_that_is_not_here_is_refused(work_tree: Path) -> None:
    commit(work_tree)
    with open_past(work_tree) as past:
        with pytest.raises(Misuse, match="not have all"):
            past.project("1" * 40)
        with pytest.raises(Misuse, match="come from"):
            past.merge_base("HEAD", "1" * 40)


def test_only_files_that_could_be_read_count_as_uncommitted(work_tree: Path) -> None:
    head = commit(work_tree)
    for name in ("objects/a.yaml", "objects/new.csv", "objects/new.txt", "plan.json"):
        (work_tree / name).write_text("x")
    with open_past(work_tree) as past:
        assert past.uncommitted(past.project(head).project) == 2
