"""The schema comes to be, once, and only in databases that are ours; old ones keep their data."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from reconciler.server.domain.listing import ListQuery
from reconciler.server.store import migration
from reconciler.server.store.database import DatabaseError, migrate, open_database
from reconciler.server.store.engines import read_url
from reconciler.server.store.schema import metadata
from reconciler.server.usecases.ports import Reach
from tests.databases import at_once, opened
from tests.server.store.rows_of_every_table import (
    FIRST,
    NEW_TABLES,
    TEXT,
    TODAY,
    as_read,
    insert_rows,
    read_rows,
)


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


@pytest.fixture
def first_url(empty_url: str) -> str:
    """A database of the first released schema, with rows in each of its tables."""
    config = Config()
    folder = Path(migration.__file__).with_name("migrations")
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    with _connected(empty_url) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        insert_rows(connection, FIRST)
    return empty_url


def test_the_rows_of_the_first_schema_stand_in_each_of_its_tables(first_url: str) -> None:
    with _connected(first_url) as connection:
        assert set(inspect(connection).get_table_names()) == {*FIRST, "server", "alembic_version"}


def test_every_row_of_the_first_schema_survives(first_url: str) -> None:
    migrate(first_url)
    with _connected(first_url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        found = {table: read_rows(connection, table) for table in (*FIRST, *NEW_TABLES)}
    kept = {table: as_read(TODAY[table]) for table in FIRST}
    assert found == {**kept, **{table: [] for table in NEW_TABLES}}


def test_rows_of_the_first_schema_are_read_as_before(first_url: str) -> None:
    migrate(first_url)
    every = ListQuery()
    with opened(first_url) as database, database.read(Reach.EVERYONE) as tx:
        (bootstrap,) = tx.bootstraps.stream(every)
        assert (bootstrap.text, bootstrap.tokens, bootstrap.version) == (TEXT, ("Boat",), 3)
        assert [(row.name, row.use_count) for row in tx.tokens.stream(every)] == [("Boat", 7)]
        assert [(row.name, row.pro_server_name) for row in tx.sites.stream(every)] == [
            ("Zürich", "pro-1")
        ]
        assert [row.login_name for row in tx.users.stream(every)] == ["Chief", "Vendor"]
        assert [row.code for row in tx.customers.stream(every)] == ["acme", "globex"]
        assert [row.info for row in tx.events.stream(every)] == ["signed in"]
        (mail,) = tx.outbox.waiting()
        assert [part.content for part in mail.attachments] == [bytes(range(256))]
    with opened(first_url) as database:
        delivery = database.deliver("boat")
        assert delivery is not None
        assert delivery.text == TEXT


def test_an_old_database_is_not_served_before_it_is_migrated(first_url: str) -> None:
    with pytest.raises(DatabaseError, match="not up to date"):
        open_database(first_url, at_once)


def test_a_migration_that_fails_leaves_the_old_schema_with_its_rows(first_url: str) -> None:
    """The last table that it would make is there already, by somebody else's hand."""
    _execute(first_url, "CREATE TABLE simulated (id INTEGER)")
    before = _everything(first_url)
    with pytest.raises(DatabaseError, match="it is as it was"):
        migrate(first_url)
    assert _everything(first_url) == before
    _execute(first_url, "DROP TABLE simulated")
    migrate(first_url)


def test_an_interrupted_migration_leaves_the_old_schema(
    first_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _everything(first_url)
    real = command.upgrade

    def interrupted(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]  # handed on
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", interrupted)
        with pytest.raises(KeyboardInterrupt):
            migrate(first_url)
    assert _everything(first_url) == before


def _everything(url: str) -> dict[str, object]:
    """Every table with its columns, indexes and rows."""
    with _connected(url) as connection:
        found = inspect(connection)
        return {
            table: (
                sorted(column["name"] for column in found.get_columns(table)),
                sorted(str(index["name"]) for index in found.get_indexes(table)),
                read_rows(connection, table),
            )
            for table in found.get_table_names()
        }


def _execute(url: str, statement: str) -> None:
    with _connected(url) as connection:
        connection.execute(text(statement))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(read_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
