"""A company on each of both databases."""

import pytest

from reconciler.server.store.database import Database
from tests.server.company import Company, founded


@pytest.fixture
def company(database: Database) -> Company:
    return founded(database)
