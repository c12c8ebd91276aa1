"""Applies of sixty objects to the bundled server, each request of which it once refuses."""

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
@pytest.mark.parametrize("fault", [Fault.FAIL, Fault.BUSY, Fault.THROTTLE])
def test_any_request_may_be_refused(
    for_real: Scenes, offers: tuple[str, ...], fault: Fault
) -> None:
    check_every_request(for_real(offers, MANY), fault)
