from collections.abc import Iterator

import pytest

from tests.workflow.fault_scenes import Scenes, scenes
from tests.workflow.stages import Memory, bundled


@pytest.fixture(scope="module")
def in_memory() -> Iterator[Scenes]:
    """Scenes of applies to a server in memory."""
    with scenes(Memory()) as made:
        yield made


@pytest.fixture(scope="module")
def for_real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    """Scenes of applies to the bundled server."""
    with bundled(tmp_path_factory.mktemp("faults")) as stage, scenes(stage) as made:
        yield made
