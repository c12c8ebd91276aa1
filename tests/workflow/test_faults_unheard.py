"""Applies of sixty objects to the bundled server, each answer of which once gets lost."""

from collections.abc import Iterator

import pytest

from tests.faults import Fault
from tests.workflow.fault_scenes import MANY, SETS, SINGLES, Scenes, check_every_request, scenes
from tests.workflow.stages import bundled


@pytest.fixture(scope="module")
def for_real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenes]:
    with bundled(tmp_path_factory.mktemp("world")) as stage, scenes(stage) as made:
        yield made


@pytest.mark.parametrize("offers", [SETS, SINGLES], ids=["sets", "singles"])
@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.TRUNCATE, Fault.DROP])
def test_any_answer_may_get_lost(for_real: Scenes, offers: tuple[str, ...], fault: Fault) -> None:
    check_every_request(for_real(offers, MANY), fault)
