from pathlib import Path

import pytest

from reconciler.core.history import Ancestry, NoHistory, Wishes
from reconciler.sources import history as module
from reconciler.sources.history import SilentGit
from reconciler.sources.repository import Repository, read_repository
from tests.sources.projects import PROJECT, write_project
from tests.sources.work_trees import commit, git

CONTAINED = Ancestry(contained=True)
NOWHERE = "sha256:" + "0" * 64
UNKNOWN = "1" * 40


def site(number: int) -> str:
    return f"kind: Site\nname: site-{number}\n"


@pytest.fixture(params=["top", "in frä/deep"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A committed project, at the top of its work tree and in a folder of it."""
    tree = tmp_path / "tree"
    root = tree if request.param == "top" else tree / str(request.param)
    write_project(root, {"objects/ü/a.yaml": site(1)})
    git(tree, "init", "-q")
    commit(tree)
    return root


def change(root: Path, number: int, message: str = "x") -> Repository:
    """Commit another object and read what there is now."""
    write_project(root, {"objects/ü/b.yaml": site(number)})
    commit(root, message)
    return read_repository(root)


def hash_and_commit(repository: Repository) -> tuple[str, str]:
    assert repository.commit is not None
    return repository.source_hash, repository.commit


def ancestry(root: Path, commit_id: str | None, source_hash: str) -> Ancestry:
    return read_repository(root).history.ancestry(commit_id, source_hash)


def test_an_ancestor_is_contained_whatever_its_hash(root: Path) -> None:
    _, first = hash_and_commit(read_repository(root))
    change(root, 2)
    assert ancestry(root, first, NOWHERE) == CONTAINED


def test_what_is_at_hand_is_contained_also_when_it_was_never_committed(root: Path) -> None:
    write_project(root, {"objects/new.yaml": site(7)})
    here = read_repository(root)
    assert here.clean is False
    assert here.history.ancestry(None, here.source_hash) == CONTAINED


def test_files_of_a_past_commit_are_found_by_their_hash(root: Path) -> None:
    hashes = [read_repository(root).source_hash]
    hashes += [change(root, number).source_hash for number in (2, 3, 4)]
    assert len(set(hashes)) == 4
    assert [ancestry(root, None, hash_) for hash_ in hashes] == [CONTAINED] * 4
    assert [ancestry(root, UNKNOWN, hash_) for hash_ in hashes] == [CONTAINED] * 4


def test_what_never_was_in_the_history_is_not_contained(root: Path) -> None:
    change(root, 2)
    assert ancestry(root, UNKNOWN, NOWHERE) == Ancestry(contained=False)
    assert ancestry(root, "--upload-pack=x", NOWHERE) == Ancestry(contained=False)


def test_an_older_checkout_does_not_contain_what_came_later(root: Path) -> None:
    later_hash, later = hash_and_commit(change(root, 2))
    git(root, "checkout", "-q", "HEAD~1")
    assert ancestry(root, later, later_hash) == Ancestry(contained=False)


def test_a_squashed_branch_is_contained(root: Path) -> None:
    """What was applied on the branch is on no way to HEAD, but its files are."""
    git(root, "checkout", "-qb", "feature")
    change(root, 2)
    applied = hash_and_commit(change(root, 3))
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--squash", "feature")
    commit(root, "squashed")
    git(root, "branch", "-qD", "feature")
    change(root, 4)
    assert ancestry(root, applied[1], applied[0]) == CONTAINED
    git(root, "reflog", "expire", "--expire=now", "--all")
    git(root, "gc", "-q", "--prune=now")
    assert ancestry(root, applied[1], applied[0]) == CONTAINED


def test_a_rebased_branch_is_contained(root: Path) -> None:
    git(root, "checkout", "-qb", "feature")
    applied = hash_and_commit(change(root, 2))
    git(root, "checkout", "-q", "main")
    (root / "README.md").write_text("not read")
    commit(root, "other")
    git(root, "checkout", "-q", "feature")
    git(root, "rebase", "-q", "main")
    assert read_repository(root).commit != applied[1]
    assert ancestry(root, applied[1], applied[0]) == CONTAINED


def test_both_sides_of_a_merge_are_contained(root: Path) -> None:
    git(root, "checkout", "-qb", "feature")
    feature = hash_and_commit(change(root, 2))
    git(root, "checkout", "-q", "main")
    write_project(root, {"objects/c.yaml": site(3)})
    commit(root, "other")
    main = hash_and_commit(read_repository(root))
    git(root, "merge", "-q", "--no-ff", "-m", "merge", "feature")
    for hash_, id_ in (feature, main):
        assert ancestry(root, id_, NOWHERE) == CONTAINED
        assert ancestry(root, None, hash_) == CONTAINED


def test_a_side_that_a_merge_threw_away_is_found_by_its_hash(root: Path) -> None:
    git(root, "checkout", "-qb", "feature")
    feature = change(root, 2)
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "-s", "ours", "-m", "merge", "feature")
    assert ancestry(root, None, feature.source_hash) == CONTAINED


def test_files_that_documents_name_and_sources_that_moved_count_in_the_past_too(
    root: Path,
) -> None:
    named = "kind: Bootstrap\nname: b\nparametersFile: ../.hidden/p.json\n"
    files = {
        "objects/n.yaml": named,
        ".hidden/p.json": '{"a": 1}',
        "objects/.x/h.yaml": "[",
    }
    write_project(root, files)
    commit(root)
    first = read_repository(root)
    assert ".hidden/p.json" in first.files
    write_project(root, {".hidden/p.json": '{"a": 2}'})
    commit(root)
    second = read_repository(root)
    git(root, "mv", "objects", "things")
    write_project(root, {}, PROJECT.replace("objects", "./things"))
    commit(root)
    hashes = {one.source_hash for one in (first, second, read_repository(root))}
    assert len(hashes) == 3
    assert [ancestry(root, None, hash_) for hash_ in hashes] == [CONTAINED] * 3


def test_lists_of_fleets_count_in_the_past_too(root: Path) -> None:
    fleet = (
        "kind: Fleet\nname: f\nrows: [lists/*.csv, more.csv]\nkey: s\ncolumns: {s: {}}\n"
        'documents: {site: {kind: Site, name: "site-${s}", proServerName: x}}\n'
    )
    files = {"lists/a.csv": "s\n1\n", "lists/.b.csv": "s\n2\n", "more.csv": "s\n3\n"}
    below = {f"objects/{path}": text for path, text in files.items()}
    write_project(root, {"objects/f.yaml": fleet, **below})
    commit(root)
    first = read_repository(root)
    assert len([one for one in first.declared if one.id.name in ("site-1", "site-3")]) == 2
    write_project(root, {"objects/lists/c.csv": "s\n4\n"})
    commit(root)
    second = read_repository(root)
    assert first.source_hash != second.source_hash
    write_project(root, {"objects/lists/a.csv": "s\n5\n"})
    commit(root)
    for one in (first, second):
        assert ancestry(root, None, one.source_hash) == CONTAINED


def test_links_to_files_count_in_the_past_too(root: Path) -> None:
    (root / "objects/link.yml").symlink_to("../other/real.txt")
    write_project(root, {"other/real.txt": site(5)})
    commit(root)
    first = read_repository(root)
    assert "objects/link.yml" in first.files
    change(root, 2)
    assert ancestry(root, None, first.source_hash) == CONTAINED


def test_a_project_of_a_whole_folder_leaves_hidden_files_out_of_its_past(root: Path) -> None:
    write_project(root, {".ci/x.yaml": "a: [", "b.YML": site(5)}, PROJECT.replace("objects", "."))
    commit(root)
    first = read_repository(root)
    change(root, 2)
    assert ancestry(root, None, first.source_hash) == CONTAINED


def test_line_ends_of_windows_make_no_difference(root: Path) -> None:
    unix = read_repository(root)
    write_project(root, {"objects/ü/a.yaml": site(1).replace("\n", "\r\n")})
    assert read_repository(root).source_hash == unix.source_hash
    commit(root, "stored with them")
    stored = change(root, 2)
    write_project(root, {"objects/ü/a.yaml": site(3)})
    commit(root)
    assert ancestry(root, None, unix.source_hash) == CONTAINED
    assert ancestry(root, None, stored.source_hash) == CONTAINED


def test_files_that_are_not_read_make_no_difference(root: Path) -> None:
    before = read_repository(root)
    (root / "plan.json").write_text("{}")
    write_project(root, {"other/x.yaml": "x", "objects/notes.txt": "x"})
    assert read_repository(root).source_hash == before.source_hash


def test_a_shallow_clone_does_not_know_and_says_what_to_do(root: Path, tmp_path: Path) -> None:
    hash_, first = hash_and_commit(read_repository(root))
    last = change(root, 2)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{tmp_path / 'tree'}", "clone")
    there = clone / root.relative_to(tmp_path / "tree")
    unknown = ancestry(there, first, hash_)
    assert (unknown.contained, unknown.known) == (False, False)
    assert "fetch-depth: 0" in unknown.reason
    assert ancestry(there, last.commit, last.source_hash) == CONTAINED
    wishes = read_repository(there).history.wishes(first, "default")
    assert wishes.acks == {}
    assert first[:7] in wishes.warnings[0]


def test_a_history_without_its_end_in_sight_is_unknown(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read_repository(root)
    change(root, 2)
    change(root, 3)
    monkeypatch.setattr(module, "MOST_COMMITS", 2)
    assert ancestry(root, None, first.source_hash).known is False
    monkeypatch.setattr(module, "MOST_COMMITS", 3)
    assert ancestry(root, None, first.source_hash) == CONTAINED


@pytest.mark.parametrize("lost", ["HEAD~1:./objects", "HEAD~1:./objects/ü/b.yaml"])
def test_a_broken_repository_is_no_proof_of_anything(root: Path, lost: str) -> None:
    """Whether Git itself stumbles, or only who looks at the files."""
    first = read_repository(root)
    change(root, 2)
    change(root, 3)
    old = git(root, "rev-parse", lost)
    top = Path(git(root, "rev-parse", "--show-toplevel"))
    (top / ".git/objects" / old[:2] / old[2:]).unlink()
    broken = ancestry(root, None, first.source_hash)
    assert (broken.contained, broken.known) == (False, False)
    assert "git fsck" in broken.reason


def test_a_git_that_is_gone_meanwhile_proves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = read_repository(root).history
    monkeypatch.setenv("PATH", str(root))
    gone = history.ancestry(UNKNOWN, NOWHERE)
    assert (gone.contained, gone.known) == (False, False)
    assert "fetch-depth" not in gone.reason


def test_a_project_that_came_late_has_no_files_before(root: Path) -> None:
    moved = root / "moved"
    write_project(moved, {"objects/a.yaml": site(1)})
    commit(root)
    assert ancestry(moved, None, NOWHERE) == Ancestry(contained=False)


def test_links_that_lead_nowhere_are_no_files(root: Path) -> None:
    named = "kind: Bootstrap\nname: b\nparametersFile: gone.json\n"
    write_project(root, {"objects/n.yaml": named})
    (root / "objects/loop.yaml").symlink_to("loop.yaml")
    (root / "objects/out.yaml").symlink_to("/etc/hostname")
    commit(root)
    (root / "objects/loop.yaml").unlink()
    (root / "objects/out.yaml").unlink()
    (root / "objects/n.yaml").unlink()
    change(root, 2)
    assert ancestry(root, None, NOWHERE) == Ancestry(contained=False)


def test_a_past_project_file_without_sense_has_no_sources(root: Path) -> None:
    for text in ("sources: objects\n", "- a\n", "sources: [1]\n", "a: ["):
        write_project(root, {}, text)
        commit(root)
    write_project(root, {})
    commit(root)
    assert ancestry(root, None, NOWHERE) == Ancestry(contained=False)


def test_outside_git_and_before_the_first_commit_there_is_no_history(tmp_path: Path) -> None:
    root = write_project(tmp_path, {})
    assert isinstance(read_repository(root).history, NoHistory)
    git(root, "init", "-q")
    assert isinstance(read_repository(root).history, NoHistory)


class TestSilence:
    @pytest.fixture(autouse=True)
    def _without_git(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert read_repository(root).commit
        monkeypatch.setenv("PATH", str(root))

    def test_without_the_program_a_commit_can_t_be_looked_up(self, root: Path) -> None:
        history = read_repository(root).history
        assert isinstance(history, SilentGit)
        found = history.ancestry(UNKNOWN, NOWHERE)
        assert (found.contained, found.known) == (False, False)
        assert "git status" in found.reason
        assert history.wishes(UNKNOWN, "default").warnings
        assert history.wishes(None, "default") == Wishes()

    def test_what_was_never_in_git_needs_none(self, root: Path) -> None:
        found = read_repository(root).history.ancestry(None, NOWHERE)
        assert (found.contained, found.known) == (True, False)


class TestWishes:
    def test_lines_between_the_last_apply_and_here_add_up(self, root: Path) -> None:
        change(root, 2, "old\n\nPvm-Ack: default deletes=100")
        base = read_repository(root).commit
        change(root, 3, "one\n\nPvm-Ack: default deletes.token=12\nPvm-Ours: default token/T-1")
        git(root, "checkout", "-qb", "side")
        write_project(root, {"objects/side.yaml": site(9)})
        commit(root, "two\n\nPvm-Ack: default deletes.Token=3\nPvm-Ack: default updates=4")
        git(root, "checkout", "-q", "main")
        git(root, "merge", "-q", "--no-ff", "-m", "Pvm-Revert: default bootstrap/a b", "side")
        assert read_repository(root).history.wishes(base, "default") == Wishes(
            acks={"deletes.Token": 15, "updates": 4},
            revert=(("Bootstrap", "a b"),),
            ours=(("Token", "T-1"),),
        )

    def test_nothing_is_asked_for_before_the_first_apply(self, root: Path) -> None:
        change(root, 2, "Pvm-Ack: default deletes=100")
        assert read_repository(root).history.wishes(None, "default") == Wishes()

    def test_an_apply_from_elsewhere_lets_no_line_count(self, root: Path) -> None:
        git(root, "checkout", "-qb", "side")
        side = change(root, 3).commit
        git(root, "checkout", "-q", "main")
        change(root, 2, "Pvm-Ack: default deletes=100")
        for since in (side, UNKNOWN, "HEAD"):
            wishes = read_repository(root).history.wishes(since, "default")
            assert wishes.acks == {}
            assert len(wishes.warnings) == 1

    def test_a_message_in_another_encoding_is_read(self, root: Path) -> None:
        base = read_repository(root).commit
        write_project(root, {"objects/x.yaml": site(4)})
        git(root, "add", ".")
        message = root / ".message"
        message.write_bytes("für\n\nPvm-Ack: default adopt=2\n".encode("latin-1"))
        git(root, "-c", "i18n.commitEncoding=latin-1", "commit", "-qF", str(message))
        assert read_repository(root).history.wishes(base, "default").acks == {"adopt": 2}


def test_asking_for_the_history_writes_nothing(root: Path) -> None:
    change(root, 2)
    top = Path(git(root, "rev-parse", "--show-toplevel"))
    history = read_repository(root).history

    def state() -> dict[str, int]:
        found = (top / ".git").rglob("*")
        return {str(path): path.stat().st_mtime_ns for path in found}

    before = state()
    history.ancestry(UNKNOWN, NOWHERE)
    history.wishes(git(root, "rev-parse", "HEAD~1"), "default")
    assert state() == before
