"""A company on each of both databases; made once for each, and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres, opened
from tests.server.company import Company, found, world_over


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
