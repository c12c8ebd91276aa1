import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.cli.local_state import JournalFile
from reconciler.workflow.journal import Point

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def opened(root: Path, mark: str = "a1b2c3") -> JournalFile:
    return JournalFile(root, lambda: NOON, mark)


def test_each_event_is_one_line_that_has_left_the_program(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        journal.mark(Point.STARTED, {"run": "ci-7"})
        journal.mark(Point.WRITTEN, {"object": "Site/s", "result": "created"})
        lines = journal.journal_path.read_text(encoding="utf-8").splitlines()
    at = "2026-11-22T12:00:00+00:00"
    assert [json.loads(line) for line in lines] == [
        {"at": at, "event": "started", "run": "ci-7"},
        {"at": at, "event": "written", "object": "Site/s", "result": "created"},
    ]


def test_files_are_named_by_their_time_and_never_written_over(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        assert journal.journal_path.name == "20261122T120000Z-a1b2c3.jsonl"
        with pytest.raises(FileExistsError):
            opened(tmp_path)
        with opened(tmp_path, "d4e5f6"):
            pass


def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with opened(tmp_path) as journal:
            journal.keep_undo({"formatVersion": "1.0"})
            files = (journal.journal_path, journal.undo_path)
    finally:
        os.umask(before)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {file.parent.stat().st_mode & 0o777 for file in files} == {0o700}


def test_git_sees_none_of_it_and_a_word_of_the_owner_about_that_stays(tmp_path: Path) -> None:
    with opened(tmp_path):
        ignore = tmp_path / ".pvm" / ".gitignore"
        assert ignore.read_text() == "*\n"
        ignore.write_text("mine\n")
    with opened(tmp_path, "d4e5f6"):
        assert ignore.read_text() == "mine\n"


def test_an_undo_file_is_told_as_seen_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path / "project") as journal:
        told = journal.keep_undo({"number": 1})
    assert told == "project/.pvm/undo/20261122T120000Z-a1b2c3.json"
    assert json.loads(Path(told).read_text()) == {"number": 1}
    monkeypatch.chdir("/")
    with opened(tmp_path / "project", "d4e5f6") as journal:
        assert journal.keep_undo({}) == str(journal.undo_path).removeprefix("/")
