"""What is backed up comes back whole, from either database into either, or not at all."""

import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from reconciler.server.store import archive
from reconciler.server.store.archive import ArchiveError, Origin
from reconciler.server.store.backup import restore_backup, tables, write_backup
from reconciler.server.store.database import DatabaseError, migrate, open_database
from reconciler.server.store.engines import read_url
from tests.databases import Postgres, at_once, opened
from tests.server.store.rows_of_every_table import (
    ACME,
    TODAY,
    as_read,
    insert_rows,
    read_rows,
)

ORIGIN = Origin("", "0.4", "2026-03-01T00:00:00Z")
Everything = dict[str, list[dict[str, Any]]]


@pytest.fixture
def full_url(database_url: str) -> str:
    """A database with rows in every table."""
    with connected(database_url) as connection:
        insert_rows(connection, TODAY)
    return database_url


@pytest.fixture(params=("sqlite", "postgresql"))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, of either sort."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database(prepare=None) as url:
            yield url


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(read_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def everything(url: str) -> Everything:
    with connected(url) as connection:
        return {table.name: read_rows(connection, table.name) for table in tables()}


def table_names(url: str) -> set[str]:
    with connected(url) as connection:
        return set(inspect(connection).get_table_names())


def test_the_rows_of_these_tests_stand_in_every_table() -> None:
    assert set(TODAY) == {table.name for table in tables()}
    for table in tables():
        for row in TODAY[table.name]:
            assert set(row) == {column.name for column in table.columns}


def test_what_is_restored_is_what_was_backed_up(full_url: str, target: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.zip"
    written = write_backup(full_url, backup, ORIGIN)
    restored = restore_backup(target, backup)
    assert restored == written
    assert written.rows == sum(len(rows) for rows in TODAY.values())
    assert everything(target) == {name: as_read(rows) for name, rows in TODAY.items()}
    open_database(target, at_once).close()


def test_a_backup_of_what_was_restored_is_the_same_file(
    full_url: str, target: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    write_backup(full_url, first, ORIGIN)
    restore_backup(target, first)
    write_backup(target, second, ORIGIN)
    assert second.read_bytes() == first.read_bytes()


def test_a_backup_is_its_owners_alone(full_url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.zip"
    before = os.umask(0)
    try:
        write_backup(full_url, backup, ORIGIN)
    finally:
        os.umask(before)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_backup_taken_while_others_write_is_one_moment(full_url: str, tmp_path: Path) -> None:
    """Each write changes the first table and a later one, so two moments would show."""
    stop: list[bool] = []

    def write_on() -> None:
        while not stop:
            with connected(full_url) as connection:
                for change in (
                    "customer SET version = version + 1",
                    "throttle SET tries = tries + 1",
                ):
                    connection.execute(text(f"UPDATE {change}"))

    before = everything(full_url)
    writer = Thread(target=write_on)
    writer.start()
    try:
        for number in range(5):
            backup = tmp_path / f"{number}.zip"
            write_backup(full_url, backup, ORIGIN)
            with archive.open_archive(backup) as found:
                versions = [row["version"] for row in found.rows("customer")]
                (tries,) = (row["tries"] for row in found.rows("throttle"))
            passed = tries - before["throttle"][0]["tries"]
            assert versions == [row["version"] + passed for row in before["customer"]]
    finally:
        stop.append(True)
        writer.join()
    assert everything(full_url) != before


def test_nothing_is_overwritten(full_url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.zip"
    backup.write_text("precious", encoding="utf-8")
    with pytest.raises(ArchiveError, match="exists already"):
        write_backup(full_url, backup, ORIGIN)
    assert backup.read_text(encoding="utf-8") == "precious"
    assert not list(tmp_path.glob(".*"))


def test_a_backup_that_fails_leaves_no_file(
    full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_backup(full_url, tmp_path / "backups.zip", ORIGIN)
    assert not list(tmp_path.glob("*backups*"))


def test_a_file_that_reads_back_otherwise_is_not_published(
    full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: os.pwrite(handle, b"\0" * 64, 100))
    with pytest.raises(ArchiveError, match="no whole backup"):
        write_backup(full_url, tmp_path / "backups.zip", ORIGIN)
    assert not list(tmp_path.glob("*backups*"))


def test_a_database_that_is_not_up_to_date_is_not_backed_up(empty_url: str, tmp_path: Path) -> None:
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(DatabaseError, match="not up to date"):
        write_backup(empty_url, tmp_path / "backup.zip", ORIGIN)


def test_a_database_with_tables_is_not_restored_into(full_url: str, tmp_path: Path) -> None:
    backup = tmp_path / "backup.zip"
    write_backup(full_url, backup, ORIGIN)
    before = everything(full_url)
    with pytest.raises(DatabaseError, match="not empty"):
        restore_backup(full_url, backup)
    assert everything(full_url) == before


def test_a_database_in_use_is_not_restored_into(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    migrate(url)
    write_backup(url, tmp_path / "backup.zip", ORIGIN)
    with opened(url), pytest.raises(DatabaseError, match="not empty"):
        restore_backup(url, tmp_path / "backup.zip")


def rewritten(source: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same backup with other members."""
    with zipfile.ZipFile(source) as found:
        members = {name: found.read(name) for name in found.namelist()}
    change(members)
    target = source.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as written:
        for name, data in members.items():
            written.writestr(name, data)
    return target


def changed_manifest(members: dict[str, bytes], **changes: Any) -> None:  # noqa: ANN401 - JSON
    manifest = json.loads(members["manifest.json"])
    members["manifest.json"] = json.dumps({**manifest, **changes}).encode()


def other_revision(members: dict[str, bytes]) -> None:
    origin = json.loads(members["manifest.json"])["origin"]
    changed_manifest(members, origin={**origin, "revision": "9999", "version": "7.7"})


def other_format(members: dict[str, bytes]) -> None:
    changed_manifest(members, format=2)


def fewer_tables(members: dict[str, bytes]) -> None:
    found = json.loads(members["manifest.json"])["tables"]
    changed_manifest(members, tables={name: found[name] for name in found if name != "event"})


def no_origin(members: dict[str, bytes]) -> None:
    changed_manifest(members, origin={})


def no_manifest(members: dict[str, bytes]) -> None:
    del members["manifest.json"]


def no_member(members: dict[str, bytes]) -> None:
    del members["simulated.ndjson"]


def lost_row(members: dict[str, bytes]) -> None:
    members["customer.ndjson"] = members["customer.ndjson"].splitlines(keepends=True)[0]


def other_value(members: dict[str, bytes]) -> None:
    members["token.ndjson"] = members["token.ndjson"].replace(b'"use_count":7', b'"use_count":8')


def broken_row(members: dict[str, bytes]) -> None:
    members["token.ndjson"] = members["token.ndjson"].replace(b"{", b"[")


def forged_row(members: dict[str, bytes]) -> None:
    """A row that the database itself refuses, with the right digest."""
    data = members["site.ndjson"].replace(ACME.encode(), b"f" * 32)
    members["site.ndjson"] = data
    found = json.loads(members["manifest.json"])["tables"]
    found["site"]["sha256"] = sha256(data).hexdigest()
    changed_manifest(members, tables=found)


CHANGES = {
    other_revision: "has schema 9999",
    other_format: "has format 2",
    fewer_tables: "other tables",
    no_origin: "no whole backup",
    no_manifest: "no whole backup",
    no_member: "no whole backup",
    lost_row: "customer is not what was written",
    other_value: "token is not what was written",
    broken_row: "no whole backup",
    forged_row: "site: a row does not fit",
}


def test_a_backup_that_is_not_whole_leaves_the_database_empty(
    full_url: str, target: str, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.zip"
    write_backup(full_url, backup, ORIGIN)
    for change, words in CHANGES.items():
        with pytest.raises(ArchiveError, match=words) as refusal:
            restore_backup(target, rewritten(backup, change))
        assert refusal.value.fix
        assert table_names(target) == set()
    restore_backup(target, backup)
    assert everything(target) == everything(full_url)


def test_a_backup_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path / 'source.db'}"
    migrate(source)
    backup = tmp_path / "backup.zip"
    write_backup(source, backup, ORIGIN)
    data = backup.read_bytes()
    for share in (0.0, 0.01, 0.5, 0.99):
        backup.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(ArchiveError, match="no whole backup"):
            restore_backup(f"sqlite:///{tmp_path / 'target.db'}", backup)
    assert not (tmp_path / "target.db").exists()


def test_a_restored_file_can_be_served_and_copied(tmp_path: Path) -> None:
    """Nothing of the restore stays in the side files of SQLite."""
    source, target = tmp_path / "source.db", tmp_path / "target.db"
    migrate(f"sqlite:///{source}")
    with connected(f"sqlite:///{source}") as connection:
        insert_rows(connection, TODAY)
    write_backup(f"sqlite:///{source}", tmp_path / "backup.zip", ORIGIN)
    restore_backup(f"sqlite:///{target}", tmp_path / "backup.zip")
    copy = tmp_path / "copy" / "target.db"
    copy.parent.mkdir()
    shutil.copy(target, copy)
    with connected(f"sqlite:///{copy}") as connection:
        assert connection.execute(text("SELECT count(*) FROM customer")).scalar() == 2
