from pathlib import Path

import pytest

from reconciler.core.identity import ResourceId
from reconciler.sources.removals import removals_since
from tests.sources.projects import write_project
from tests.sources.work_trees import commit, git

FLEET = """\
kind: Fleet
name: stores
rows: [stores/*.csv]
key: store
columns: {store: {}}
documents:
  site: {kind: Site, name: "site-${store}", proServerName: dev03b}
"""


def sites(*names: str) -> list[ResourceId]:
    return [ResourceId("Site", f"site-{name}") for name in names]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_project(tmp_path, {"objects/f.yaml": FLEET})
    git(tmp_path, "init", "-q")
    return tmp_path


def stores(root: Path, *names: str) -> str:
    folder = root / "objects" / "stores"
    folder.mkdir(exist_ok=True)
    (folder / "nl.csv").write_text("\n".join(("store", *names, "")))
    return commit(root)


def test_each_removal_is_found_among_many_commits(root: Path) -> None:
    """The names stand in no file: they are those of rows."""
    since = stores(root, *"abcdefgh")
    made = [stores(root, *"abcdefgh"[: 8 - n]) for n in range(1, 8)]
    (root / "README").write_text("x")
    commit(root)
    found = removals_since(root, sites(*"abcdefgh"), since)
    assert found == {id_: made[n][:7] for n, id_ in enumerate(reversed(sites(*"bcdefgh")))}


def test_what_was_removed_before_or_is_still_there_is_nobodys(root: Path) -> None:
    stores(root, "a", "b", "c")
    since = stores(root, "a", "b")
    gone = stores(root, "a")
    found = removals_since(root, sites("a", "b", "c", "never"), since)
    assert found == dict.fromkeys(sites("b"), gone[:7])


def test_the_work_tree_is_no_commit(root: Path) -> None:
    since = stores(root, "a", "b")
    stores(root, "a", "b", "c")
    (root / "objects/stores/nl.csv").write_text("store\na\n")
    assert removals_since(root, sites("b"), since) == {}


def test_a_commit_with_errors_leaves_it_open(root: Path) -> None:
    since = stores(root, "a", "b")
    (root / "objects/bad.yaml").write_text("kind: Sight\n")
    stores(root, "a", "b")
    stores(root, "a")
    (root / "objects/bad.yaml").unlink()
    stores(root, "a")
    assert removals_since(root, sites("b"), since) == {}


@pytest.mark.parametrize("since", ["--output=x", "HEAD", "", "1" * 40])
def test_what_is_no_commit_here_tells_nothing(root: Path, since: str) -> None:
    stores(root, "a", "b")
    stores(root, "a")
    assert removals_since(root, sites("b"), since) == {}
    assert not (root / "x").exists()


def test_outside_git_nobody_can_tell(tmp_path: Path) -> None:
    assert removals_since(tmp_path, sites("b"), "1" * 40) == {}
