from collections.abc import Iterator

import pytest

from tests.world.world import World
from tests.world.world import world as opened


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all laws of a process: whoever uses it begins it anew."""
    with opened(tmp_path_factory.mktemp("world")) as found:
        yield found
