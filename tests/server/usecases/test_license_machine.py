"""The machine of licenses: in memory many times, on each database a few, and with planted bugs."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from reconciler.server.domain.customer import FlagOverrides
from tests.databases import Postgres, opened
from tests.server.company import found, world_over
from tests.server.license_bugs import BUGS, Bug
from tests.server.license_machine import LicenseMachine, Rig, memory_rig
from tests.server.usecases.pool import pool_of

_WANTED = settings().max_examples
IN_MEMORY = max(60, _WANTED // 10)
ON_A_DATABASE = max(3, _WANTED // 100)
STEPS = 50


def machine(build: Callable[[], Rig]) -> type[LicenseMachine]:
    """The machine on rigs of this sort."""
    return type("Machine", (LicenseMachine,), {"build": staticmethod(build)})


@pytest.mark.requirement("L-13")
@pytest.mark.requirement("L-19")
@pytest.mark.requirement("L-23")
@pytest.mark.requirement("L-24")
@pytest.mark.requirement("L-25")
@pytest.mark.requirement("L-37")
def test_licenses_are_as_the_model_says() -> None:
    steady = settings(max_examples=IN_MEMORY, stateful_step_count=STEPS, deadline=None)
    run_state_machine_as_test(machine(memory_rig), settings=steady)


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_the_model_notices_a_planted_bug(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    bug.plant(monkeypatch)
    hunt = settings(
        max_examples=300,
        stateful_step_count=STEPS,
        deadline=None,
        phases=(Phase.generate,),
        database=None,
        derandomize=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(memory_rig), settings=hunt)


@pytest.fixture
def fresh_url(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], AbstractContextManager[str]]:
    """Makes a database with the company, as often as it is asked."""
    if backend == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return lambda: server.database(found)
    template, numbers = request.getfixturevalue("founded_file"), count()

    @contextmanager
    def copied() -> Iterator[str]:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copy(template, path)
        yield f"sqlite:///{path}"

    return copied


@pytest.mark.requirement("L-13")
@pytest.mark.requirement("L-43")
def test_licenses_are_as_the_model_says_on_a_database(
    fresh_url: Callable[[], AbstractContextManager[str]],
) -> None:
    def database_rig() -> Rig:
        with ExitStack() as stack:
            url = stack.enter_context(fresh_url())
            pool = pool_of(world_over(stack.enter_context(opened(url))))

            def settle(overage: int, grace: int, flags: FlagOverrides) -> None:
                pool.settle(overage_percent=overage, grace_period_days=grace, flag_overrides=flags)

            clock, close = pool.company.clock, stack.pop_all().close
            return Rig(pool.world, clock, pool.seller, pool.customer, settle, close)

    steady = settings(
        max_examples=ON_A_DATABASE,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine(database_rig), settings=steady)
