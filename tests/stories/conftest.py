from collections.abc import Iterator

import pytest

from tests.world.world import World
from tests.world.world import world as opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("world")) as found:
        yield found


@pytest.fixture
def world(shared: World) -> World:
    """As at the beginning."""
    shared.begin_anew()
    return shared
