"""A sound database passes; whatever cannot be is found, once for each sort of it."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from reconciler.server.domain.identifiers import moment
from reconciler.server.store.database import DatabaseError
from reconciler.server.store.engines import read_url
from reconciler.server.store.server_check import check_database
from tests.databases import opened
from tests.server.store.rows_of_every_table import AT, TODAY, insert_rows

NOW = moment(AT) + timedelta(minutes=59)
NEW_DEVICE = (
    "INSERT INTO device SELECT customer_id, 'X-2', state, platform, manufacturer, model,"
    " os_version, os_build, id_kind, third_party, apps, site, site_assigned_at, exm, last_token,"
    " created_at, last_contact_at, obsoleted_at, obsoleted_by, search FROM device"
)
NEW_TOKEN = (
    "INSERT INTO token SELECT customer_id, 'x2', 'x2', app_id, bootstrap, description, updated_by,"
    " source, created_at, updated_at, version, search, last_used_at, use_count FROM token"
)


@pytest.fixture
def full_url(database_url: str) -> str:
    execute(database_url, None)
    return database_url


def execute(url: str, statement: str | None) -> None:
    """Change rows, or insert them all."""
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        if statement is None:
            insert_rows(connection, TODAY)
        else:
            connection.execute(text(statement))
    engine.dispose()


def test_a_sound_database_passes_beside_its_server(full_url: str) -> None:
    with opened(full_url):
        assert check_database(full_url, NOW) == []


@pytest.mark.parametrize(
    ("statement", "check", "words"),
    [
        ("UPDATE bootstrap SET text = '{}'", "bootstraps", "voice of acme"),
        ("UPDATE token_owner SET customer_id = repeat('b', 32)", "tokens", "boat"),
        (NEW_TOKEN, "tokens", "x2 is not found"),
        ("DELETE FROM token", "tokens", "boat is taken"),
        ("UPDATE device SET state = 'INACTIVE'", "devices", "TC52-1 has a home"),
        ("DELETE FROM device", "devices", "TC52-1 has a home"),
        (NEW_DEVICE, "devices", "X-2 is active"),
        ("UPDATE license_lot SET used = 2", "seats", "counts 2 seats, and 1 are held"),
        ("UPDATE license_assignment SET use = 'RELEASED'", "seats", "and 0 are held"),
        ("UPDATE job SET next_at = next_at - 60000 * 2", "jobs", "license-sync has been due"),
        (
            "UPDATE job_run SET finished_at = NULL, started_at = started_at - 60000 * 2",
            "jobs",
            "never ended",
        ),
    ],
)
def test_what_cannot_be_is_found(full_url: str, statement: str, check: str, words: str) -> None:
    if full_url.startswith("sqlite"):
        statement = statement.replace("repeat('b', 32)", "replace(hex(zeroblob(16)), '0', 'b')")
    statement = statement.replace("SET use =", 'SET "use" =')
    execute(full_url, statement)
    found = check_database(full_url, NOW)
    assert {finding.check for finding in found} == {check}
    assert any(words in finding.detail for finding in found)


def test_what_refers_to_nothing_is_found(tmp_path: Path, sqlite_template: Path) -> None:
    """PostgreSQL lets nobody make such rows."""
    path = tmp_path / "server.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"
    execute(url, None)
    execute(url, "DELETE FROM portal_user WHERE customer_id IS NOT NULL")
    (first, second) = check_database(url, NOW)
    assert first.check == second.check == "integrity"
    assert "portal_user that is missing" in first.detail


def test_a_broken_file_is_found(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "server.db"
    path.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{path}"
    execute(url, None)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'ix_history_id'")
    found = check_database(url, NOW)
    assert {finding.check for finding in found} == {"integrity"}


def test_a_database_of_another_schema_is_refused(full_url: str) -> None:
    execute(full_url, "UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(DatabaseError, match="not up to date"):
        check_database(full_url, NOW)
