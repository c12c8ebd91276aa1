"""The schema comes to be, once, and only in databases that are ours."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from reconciler.server.store.database import DatabaseError, migrate, open_database
from reconciler.server.store.engines import read_url
from reconciler.server.store.schema import metadata
from tests.databases import at_once


def test_a_migrated_database_has_exactly_the_tables_of_the_schema(database_url: str) -> None:
    engine = create_engine(read_url(database_url))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_many_migrations_at_once_make_one_schema(empty_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(migrate, empty_url) for _ in range(8)]
    assert [future.exception() for future in done] == [None] * 8
    open_database(empty_url, at_once).close()


def test_a_database_without_schema_is_not_served(empty_url: str) -> None:
    with pytest.raises(DatabaseError, match="not up to date") as refusal:
        open_database(empty_url, at_once)
    assert "--migrate-only" in refusal.value.fix


def test_a_newer_programs_database_is_refused(database_url: str) -> None:
    _execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for use in (migrate, partial(open_database, pause=at_once)):
        with pytest.raises(DatabaseError, match="newer version"):
            use(database_url)


def test_another_programs_database_is_refused(empty_url: str) -> None:
    _execute(empty_url, "CREATE TABLE invoices (id INTEGER)")
    with pytest.raises(DatabaseError, match="another program's tables"):
        migrate(empty_url)


def test_one_sqlite_file_has_one_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    migrate(url)
    first = open_database(url, at_once)
    with pytest.raises(DatabaseError, match="another server uses"):
        open_database(url, at_once)
    first.close()
    open_database(url, at_once).close()


def test_a_served_sqlite_file_is_not_migrated_under_its_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    migrate(url)
    server = open_database(url, at_once)
    _execute(url, "DELETE FROM alembic_version")
    with pytest.raises(DatabaseError, match="another server uses"):
        migrate(url)
    server.close()


def test_a_new_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    migrate(url)
    database = open_database(url, at_once)
    database.ping()
    others = {path.name for path in tmp_path.iterdir() if path.stat().st_mode & 0o077}
    database.close()
    assert others == set()


def test_sqlite_tables_are_strict(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    migrate(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE type = 'table'")
    strict = {name: bool(flag) for name, flag in tables if name in metadata.tables}
    connection.close()
    assert strict == dict.fromkeys(metadata.tables, True)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://u:secret@h/d", "not supported"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("postgresql://u:secret@127.0.0.1:1/d", "does not answer"),
        ("sqlite:////proc/none/server.db", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(
    url: str, words: str
) -> None:
    with pytest.raises(DatabaseError, match=words) as refusal:
        migrate(url)
    assert "secret" not in str(refusal.value) + refusal.value.fix
    with pytest.raises(DatabaseError, match=words):
        open_database(url, at_once)


def _execute(url: str, statement: str) -> None:
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
