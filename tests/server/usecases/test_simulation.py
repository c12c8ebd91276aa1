"""What a rehearsal may do, and what a server without one refuses."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.simulation import Mood, PartnerName
from reconciler.server.jobs.schedule import Schedule
from reconciler.server.usecases.device_ports import PttProTask
from reconciler.server.usecases.job_table import job_table
from reconciler.server.usecases.jobs import Crew, begin, run_due
from reconciler.server.usecases.partner_ports import Partners
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.simulated_exm import NAME, simulated_exm
from reconciler.server.usecases.simulation import (
    advance_clock,
    read_mood,
    read_outbox,
    rehearse,
    set_clock,
    set_mood,
)
from tests.server.company import Company
from tests.server.usecases.pool import Pool


class Fixed:
    """A simulation whose clock stays."""

    def move_clock(self, now: datetime) -> timedelta:  # noqa: ARG002 - it stays
        return timedelta(0)

    def dawdle(self) -> None:
        raise AssertionError

    def wake(self) -> None: ...


class Table:
    """A PTT Pro server that is always well; knows nobody by hand."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def sites(self, server: str) -> tuple[str, ...]:
        return (server,)

    def site_of(self, server: str, device_id: str) -> str | None:
        raise AssertionError(server, device_id)

    def enter(self, server: str, site: str, device_id: str) -> None:
        raise AssertionError(server, site, device_id)

    def remove(self, server: str, device_id: str) -> None:
        self.removed.append(f"{server}/{device_id}")


def refusal(act: object) -> ErrorCode:
    assert callable(act)
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def test_a_server_without_simulation_has_nothing_to_rehearse(company: Company) -> None:
    world, vendor = company.world, company.vendor
    for act in (
        partial(rehearse, world, vendor),
        partial(set_clock, world, vendor, company.clock()),
        partial(advance_clock, world, vendor, timedelta(0)),
        partial(set_mood, world, vendor, PartnerName.MAIL, Mood.DOWN),
        partial(read_mood, world, vendor, PartnerName.MAIL),
        partial(read_outbox, world, vendor),
    ):
        assert refusal(act) is ErrorCode.NOT_FOUND


def test_only_the_vendor_rehearses(company: Company) -> None:
    world = replace(company.world, simulation=Fixed())
    assert refusal(partial(rehearse, world, company.chief)) is ErrorCode.FORBIDDEN


@pytest.mark.requirement("E-01")
def test_a_customer_without_extension_manager_has_no_simulated_one(pool: Pool) -> None:
    assert simulated_exm(pool.world, pool.customer).name == NAME
    pool.settle(extension_manager=False)
    act = partial(simulated_exm, pool.world, pool.customer)
    assert refusal(act) is ErrorCode.EXM_NOT_ENTITLED
    gone = replace(pool.customer, code="gone")
    assert refusal(partial(simulated_exm, pool.world, gone)) is ErrorCode.NOT_FOUND


def due(world: World) -> dict[str, object]:
    """What the jobs did that were due."""
    crew = Crew("one", job_table(world), Schedule(), lambda: False)
    begin(world, crew, list(crew.table))
    return {str(run.job): dict(run.summary) for run in run_due(world, crew)}


def test_what_waits_for_ptt_pro_is_told_by_the_job(company: Company) -> None:
    table = Table()
    world = replace(company.world, partners=Partners(ptt_pro=table))
    assert "pttpro-retry" not in due(world), "nothing waits"
    customer = company.chief.customer
    assert customer is not None
    now = company.clock()
    task = PttProTask("1", "dev03b", "TC52_1", None, 0, now, now)
    world.store.write(customer, lambda tx: tx.ptt_pro.queue(task))
    company.clock.advance(timedelta(minutes=5))
    assert due(world)["pttpro-retry"] == {"done": 1}
    assert table.removed == ["dev03b/TC52_1"]
