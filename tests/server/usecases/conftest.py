"""Fixtures of use cases, on both databases."""

from collections.abc import Iterator

import pytest

from tests.server.company import Company
from tests.server.usecases.pool import Pool, pool_of


@pytest.fixture
def pool(company: Company) -> Iterator[Pool]:
    """An empty pool of licenses, whose counts are compared at the end."""
    pool = pool_of(company)
    yield pool
    pool.assert_counted()
