import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.sources.commit_age import oldest_commit_after

DAYS = ["2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"]


def git(root: Path, *arguments: str, moment: str = DAYS[0]) -> str:
    people = {
        f"GIT_{who}_{what}": "t@acme.example"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    times = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    done = subprocess.run(  # noqa: S603 -- fixed commands
        ["git", *arguments],  # noqa: S607 -- found as users expect
        cwd=root,
        env={**os.environ, **people, **times},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def commits(tmp_path: Path) -> list[str]:
    """One a day, of which the second touches another folder."""
    git(tmp_path, "init", "-q")
    ids = []
    for day, name in zip(DAYS, ("stores/a", "other/b", "stores/c"), strict=True):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(day)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-q", "-m", day, moment=day)
        ids.append(git(tmp_path, "rev-parse", "HEAD"))
    return ids


def test_the_oldest_commit_that_touches_the_folder_counts(
    commits: list[str], tmp_path: Path
) -> None:
    assert oldest_commit_after(tmp_path, commits[0]) == datetime(2026, 11, 21, 12, tzinfo=UTC)
    inside = oldest_commit_after(tmp_path / "stores", commits[0])
    assert inside == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_nothing_waits_at_the_last_commit(commits: list[str], tmp_path: Path) -> None:
    assert oldest_commit_after(tmp_path, commits[-1]) is None


@pytest.mark.parametrize("commit", ["", "--all", "HEAD", "0" * 40])
def test_a_commit_that_git_does_not_know_has_no_age(
    commits: list[str], tmp_path: Path, commit: str
) -> None:
    assert commits
    assert oldest_commit_after(tmp_path, commit) is None


def test_outside_git_nobody_knows(tmp_path: Path) -> None:
    assert oldest_commit_after(tmp_path, "9d03e77") is None


def test_without_the_git_program_nobody_knows(
    commits: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert oldest_commit_after(tmp_path, commits[0]) is None
