"""`pvm server`: what an operator types, what it prints, and how it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from reconciler.server.store.database import migrate
from tests.cli.conftest import Run
from tests.server.store.rows_of_every_table import TODAY, insert_rows

SECRET = "canary-4f1e-of-the-database"


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with rows in every table."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        insert_rows(connection, TODAY)
    engine.dispose()
    return url


def test_a_database_goes_through_a_file_into_another(pvm: Run, url: str, tmp_path: Path) -> None:
    backup, target = tmp_path / "backup.zip", f"sqlite:///{tmp_path / 'sub' / 'new.db'}"
    stored = pvm("server", "backup", str(backup), "--database", url)
    assert (stored.code, stored.err) == (0, "")
    assert stored.out == f"Backed up 27 rows of schema 0003 to {backup}\n"
    restored = pvm("server", "restore", str(backup), env={"PVM_SERVER_DATABASE": target})
    assert (restored.code, restored.err) == (0, "")
    assert restored.out.startswith("Restored 27 rows as they were at 2")
    again = pvm("server", "restore", str(backup), "--database", target)
    assert again.code == 64
    assert "the database is not empty" in again.err


def test_a_check_exits_with_1_when_it_finds_anything(pvm: Run, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM job"))
    sound = pvm("server", "check", "--database", url)
    assert (sound.code, sound.out) == (0, "The database is sound.\n")
    with engine.begin() as connection:
        connection.execute(text("UPDATE license_lot SET used = 5"))
    engine.dispose()
    found = pvm("server", "check", "--database", url)
    assert found.code == 1
    assert found.out == f"seats: lot {'7' * 32} of acme counts 5 seats, and 1 are held\n"


@pytest.mark.parametrize("command", ["backup", "restore", "check"])
@pytest.mark.parametrize(
    "database",
    ["sqlite:////nowhere/server.db", f"postgresql://pvm:{SECRET}@127.0.0.1:1/pvm", "mysql://h/d"],
)
def test_what_cannot_be_used_is_a_clear_error_without_a_password(
    pvm: Run, url: str, tmp_path: Path, command: str, database: str
) -> None:
    backup = tmp_path / "backup.zip"
    if command == "restore":
        assert pvm("server", "backup", str(backup), "--database", url).code == 0
        database = database.replace("/nowhere", "/proc/nowhere")
    files = [] if command == "check" else [str(backup)]
    found = pvm("server", command, *files, "--database", database)
    assert found.code == 64, found.all
    assert found.err.startswith("error[usage]")
    assert SECRET not in found.all
    assert backup.exists() == (command == "restore")


def test_a_file_that_is_no_backup_is_refused(pvm: Run, tmp_path: Path) -> None:
    target = tmp_path / "new.db"
    missing = pvm("server", "restore", str(tmp_path / "none"), "--database", f"sqlite:///{target}")
    assert missing.code == 64
    (tmp_path / "text").write_text(SECRET, encoding="utf-8")
    text_ = pvm("server", "restore", str(tmp_path / "text"), "--database", f"sqlite:///{target}")
    assert text_.code == 64
    assert "no whole backup" in text_.err
    assert SECRET not in text_.all
    assert not target.exists()


KILLED = """
import os, sys
from reconciler.server.store import archive, backup
def die(*_): os.kill(os.getpid(), 9)
{}
from reconciler.cli.main import main
main()
"""


def killed(place: str, *arguments: str) -> None:
    """Run the program, and kill it at a place."""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED.format(place), "server", *arguments],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == -signal.SIGKILL, found.stderr


@pytest.mark.parametrize("place", ["os.fsync = die", "os.link = die", "archive._info = die"])
def test_a_backup_that_is_killed_leaves_no_half_file(
    pvm: Run, url: str, tmp_path: Path, place: str
) -> None:
    backup = tmp_path / "backup.zip"
    killed(place, "backup", str(backup), "--database", url)
    assert not backup.exists()
    assert pvm("server", "backup", str(backup), "--database", url).code == 0


@pytest.mark.parametrize(
    "place",
    [
        "backup._fill = die",
        "was = backup._decoded; backup._decoded = lambda r, n: 'email' in r and die() or was(r, n)",
    ],
)
def test_a_restore_that_is_killed_leaves_an_empty_database(
    pvm: Run, url: str, tmp_path: Path, place: str
) -> None:
    backup, target = tmp_path / "backup.zip", f"sqlite:///{tmp_path / 'new.db'}"
    assert pvm("server", "backup", str(backup), "--database", url).code == 0
    killed(place, "restore", str(backup), "--database", target)
    assert pvm("server", "check", "--database", target).code == 64
    restored = pvm("server", "restore", str(backup), "--database", target)
    assert restored.code == 0, restored.all


@pytest.mark.parametrize("options", [(), ("--migrate-only",)])
def test_a_newer_programs_database_is_not_served(
    process: Run, url: str, options: tuple[str, ...]
) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    found = process("serve", "--port", "0", "--database", url, *options)
    assert (found.code, found.out) == (64, "")
    assert "made by a newer version of this program" in found.err
    assert "install that version, or restore an older backup" in found.err
