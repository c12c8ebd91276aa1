"""Every storage test runs on both databases: `database` and `company` come in two.

What takes long to make is made once and copied for each test.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.server.store.database import Database, migrate
from tests.databases import Postgres, opened, postgres_server
from tests.server.company import Company, found, world_over
from tests.server.fleet import Fleet, fleet_of

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for each process of the test run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=BOTH)
def backend(request: pytest.FixtureRequest) -> str:
    """The database's name."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database."""
    if backend == "sqlite":
        path = tmp_path / "server.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a schema."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'server.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database(prepare=None) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated, empty database."""
    with opened(database_url) as found:
        yield found


@pytest.fixture(scope="session")
def founded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the company."""
    path = tmp_path_factory.mktemp("company") / "template.db"
    found(f"sqlite:///{path}")
    return path


@pytest.fixture
def company_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the company."""
    if backend == "sqlite":
        path = tmp_path / "company.db"
        shutil.copy(request.getfixturevalue("founded_file"), path)
        yield f"sqlite:///{path}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database(found) as url:
            yield url


@pytest.fixture
def company(company_url: str) -> Iterator[Company]:
    with opened(company_url) as database:
        yield world_over(database)


@pytest.fixture
def fleet(company: Company) -> Fleet:
    """Two customers with sites, tokens and a PTT Pro server, and no devices yet."""
    return fleet_of(company)
