"""A PostgreSQL database that a test gets is as new, whoever used it before."""

import psycopg
import pytest
from sqlalchemy import make_url

from tests.databases import Postgres
from tests.server.company import found


def connected(url: str) -> psycopg.Connection[tuple[object, ...]]:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(dsn, autocommit=True)


def counts(url: str) -> list[tuple[object, ...]]:
    query = "SELECT (SELECT count(*) FROM customer), (SELECT count(*) FROM token)"
    with connected(url) as connection:
        return connection.execute(query).fetchall()


def test_rows_are_put_back(postgres: Postgres) -> None:
    with postgres.database(found) as first:
        before = counts(first)
        with connected(first) as connection:
            connection.execute("DELETE FROM token")
            connection.execute("INSERT INTO server SELECT 1 WHERE NOT EXISTS (TABLE server)")
        assert counts(first) != before
    with postgres.database(found) as second:
        assert second == first
        assert counts(second) == before


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE invoices (id INTEGER)",
        "DROP TABLE simulated",
        "ALTER TABLE token ADD COLUMN colour TEXT",
        "ALTER TABLE token DROP COLUMN description",
        "ALTER TABLE token ALTER COLUMN description DROP NOT NULL",
        "DROP INDEX ix_history_customer_id_token_id",
        "CREATE RULE no_delete AS ON DELETE TO token DO INSTEAD NOTHING",
        "CREATE SCHEMA elsewhere",
        "ANALYZE customer",
    ],
)
def test_a_database_with_another_schema_is_not_used_again(postgres: Postgres, change: str) -> None:
    with postgres.database(found) as changed, connected(changed) as connection:
        connection.execute(change.encode())
    with postgres.database(found) as next_one:
        assert next_one != changed
        assert counts(next_one)


def test_what_still_holds_a_row_is_ended(postgres: Postgres) -> None:
    with postgres.database(found) as first:
        holder = connected(first)
        holder.autocommit = False
        holder.execute("UPDATE token SET description = 'held'")
    with postgres.database(found) as second, connected(second) as connection:
        held = "SELECT count(*) FROM token WHERE description = 'held'"
        assert connection.execute(held).fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        holder.execute("SELECT 1")
    holder.close()
