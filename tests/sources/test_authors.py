"""Who wrote a line last, as `git blame` has it."""

from pathlib import Path

from reconciler.core.explanation import Author
from reconciler.sources.authors import authors_of
from tests.sources.work_trees import commit, git


def test_each_line_has_the_author_of_its_last_change(tmp_path: Path) -> None:
    root = tmp_path / "config"
    root.mkdir()
    file = root / "ä b.yaml"
    git(tmp_path, "init", "-q")
    file.write_text("one\ntwo\nthree\n")
    first = commit(tmp_path)
    file.write_text("one\nzwei\nthree\n")
    second = commit(tmp_path)
    file.write_text("one\nzwei\ndrei\n")
    (root / "new.yaml").write_text("x\n")

    lines = [(file.name, 1), (file.name, 2), (file.name, 3), ("new.yaml", 1), ("gone.yaml", 1)]
    found = authors_of(root, lines)

    assert found is not None
    assert [found[line].commit for line in lines[:2]] == [first[:7], second[:7]]
    assert found[lines[0]].name
    assert len(found[lines[0]].day) == len("2026-11-22")
    assert found[lines[2]] == Author()
    assert set(found) == set(lines[:3])


def test_a_line_that_looks_like_a_head_is_no_head(tmp_path: Path) -> None:
    text = f"{'a' * 40} 1 7\nauthor mallory\n"
    (tmp_path / "a.yaml").write_text(text)
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    found = authors_of(tmp_path, [("a.yaml", 1), ("a.yaml", 2)])
    assert found is not None
    assert set(found) == {("a.yaml", 1), ("a.yaml", 2)}
    assert {author.name for author in found.values()} != {"mallory"}


def test_where_a_clone_is_cut_off_nobody_is_blamed_for_what_is_older(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q")
    for text in ("one\ntwo\n", "one\nzwei\n", "one\nzwei\ndrei\n"):
        (origin / "a.yaml").write_text(text)
        last = commit(origin)
    git(tmp_path, "clone", "-q", "--depth", "2", origin.as_uri(), "clone")

    found = authors_of(tmp_path / "clone", [("a.yaml", number) for number in (1, 2, 3)])

    assert found is not None
    assert {number: author.commit for (_, number), author in found.items()} == {3: last[:7]}


def test_outside_git_nobody_can_tell(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x\n")
    assert authors_of(tmp_path, [("a.yaml", 1)]) is None
