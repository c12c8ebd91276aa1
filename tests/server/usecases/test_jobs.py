"""Running background jobs: each due time once, one failure alone, nothing after a lost lease."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from reconciler.server.domain.caller import CustomerRef
from reconciler.server.domain.customer import CustomerContent
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.event import Event, EventType, Severity
from reconciler.server.domain.jobs import JobName, Lease, RunResult
from reconciler.server.domain.listing import ListQuery
from reconciler.server.domain.roles import Role
from reconciler.server.usecases.customers import (
    CustomerOrder,
    FirstAdministrator,
    put_customer,
)
from reconciler.server.usecases.job_ports import LostLeaseError
from reconciler.server.usecases.jobs import (
    LEASE_LIFE,
    MOST_IN_VAIN,
    EachCustomer,
    FencedStore,
    Once,
    StoppingError,
    begin,
    list_jobs,
    run_due,
    run_now,
)
from reconciler.server.usecases.partner_ports import PartnerError
from reconciler.server.usecases.ports import Reach, World
from tests.server.company import ONCE, Company
from tests.server.usecases.job_work import CANARY, NAME, Work, crew, everyone, nothing


def failures(company: Company) -> list[Event]:
    with company.world.store.read(Reach.EVERYONE) as tx:
        query = ListQuery(size=100, filters={"type": EventType.JOB_FAILED})
        return list(tx.events.stream(query))


def test_a_job_runs_when_it_is_due_and_then_waits_for_its_next_time(company: Company) -> None:
    work = Work()
    one = crew(everyone(work))
    begin(company.world, one, [])
    assert run_due(company.world, one) == ()
    company.clock.advance(timedelta(minutes=30))
    (run,) = run_due(company.world, one)
    assert run.result is RunResult.OK
    assert run.summary == {"customers": 2, "seats": 4}
    assert run_due(company.world, one) == ()
    assert work.done == {"acme": 1, "globex": 1}
    (state,) = list_jobs(company.world, company.vendor)
    assert state.last_run == run
    assert not state.running
    assert state.next_at == company.clock().replace(minute=0, second=0, microsecond=0) + timedelta(
        hours=1
    )


def test_times_that_were_missed_run_once(company: Company) -> None:
    work = Work()
    one = crew(everyone(work))
    begin(company.world, one, [])
    company.clock.advance(timedelta(days=9))
    begin(company.world, one, [])
    assert len(run_due(company.world, one)) == 1
    assert run_due(company.world, one) == ()
    assert work.done["acme"] == 1


def test_a_hastened_job_runs_at_once(company: Company) -> None:
    one = crew(everyone(Work()))
    begin(company.world, one, [NAME])
    assert len(run_due(company.world, one)) == 1


def test_a_job_concerns_only_some_customers(company: Company) -> None:
    work = Work()
    one = crew(EachCustomer(work, lambda customer: customer.code == "globex"))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert run.summary == {"customers": 1, "seats": 2}
    assert work.done == {"globex": 1}


def test_a_job_without_anything_to_do_leaves_no_run(company: Company) -> None:
    one = crew(Once(nothing, lambda _world: False))
    begin(company.world, one, [NAME])
    assert run_due(company.world, one) == ()
    (state,) = list_jobs(company.world, company.vendor)
    assert state.last_run is None


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (PartnerError("the licensing system does not answer"), "licensing system does not answer"),
        (RuntimeError(CANARY), "RuntimeError"),
        (DomainError(ErrorCode.VALIDATION, "a lot without a term"), "a lot without a term"),
    ],
    ids=["partner", "bug", "refusal"],
)
def test_one_customers_failure_leaves_the_others_alone_and_an_event(
    company: Company, failure: Exception, reason: str
) -> None:
    work = Work(fails={"acme": failure})
    one = crew(everyone(work))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert run.result is RunResult.FAILED
    assert run.summary == {"customers": 2, "failed": 1, "seats": 2}
    assert work.done == {"globex": 1}
    (event,) = failures(company)
    assert (event.customer, event.severity, event.user_login) == ("acme", Severity.ERROR, None)
    assert reason in event.info
    assert CANARY not in event.info


def test_a_partner_that_is_down_is_not_asked_for_every_customer(company: Company) -> None:
    vendor = company.vendor
    for number in range(MOST_IN_VAIN + 1):
        first = FirstAdministrator(f"ann{number}", "Ann", f"ann{number}@example.com")
        order = CustomerOrder(CustomerContent(f"Initech {number}"), first)
        put_customer(company.world, vendor, f"initech{number}", order, ONCE)
    down = PartnerError("the licensing system does not answer")
    fails = {f"initech{number}": down for number in range(MOST_IN_VAIN + 1)}
    one = crew(everyone(Work(fails=fails | {"acme": down, "globex": down})))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert run.summary == {"customers": MOST_IN_VAIN, "failed": MOST_IN_VAIN, "left": 3}
    scattered = crew(everyone(Work(fails=dict.fromkeys(("acme", "initech0"), down))))
    begin(company.world, scattered, [NAME])
    (run,) = run_due(company.world, scattered)
    assert run.summary == {"customers": 8, "failed": 2, "seats": 12}


def test_a_failing_job_of_the_whole_server_is_the_vendors_event(company: Company) -> None:
    def broken(_world: World) -> Mapping[str, int]:
        raise RuntimeError(CANARY)

    one = crew(Once(broken))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert (run.result, run.summary) == (RunResult.FAILED, {"failed": 1})
    assert [event.customer for event in failures(company)] == [None]


def test_a_server_that_stops_leaves_the_rest_to_the_next_run(company: Company) -> None:
    work = Work()
    one = crew(everyone(work), stopping=lambda: bool(work.done))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert run.summary["stopped"] == 1
    assert sum(work.done.values()) == 1
    other = crew(everyone(work), "two")
    (again,) = run_due(company.world, other)
    assert again.summary["customers"] == 2


def test_a_crew_that_stops_begins_nothing(company: Company) -> None:
    one = crew(everyone(Work()), stopping=lambda: True)
    begin(company.world, one, [NAME])
    assert run_due(company.world, one) == ()


def test_a_job_may_stop_itself(company: Company) -> None:
    def stopped(_world: World) -> Mapping[str, int]:
        raise StoppingError

    one = crew(Once(stopped))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert run.summary == {"stopped": 1}
    assert len(run_due(company.world, one)) == 1, "it is still due"


def test_the_vendor_runs_a_job_at_any_time_and_its_next_time_stays(company: Company) -> None:
    one = crew(everyone(Work()))
    begin(company.world, one, [])
    before = list_jobs(company.world, company.vendor)[0].next_at
    run = run_now(company.world, company.vendor, NAME, one.table)
    assert run.summary["seats"] == 4
    assert list_jobs(company.world, company.vendor)[0].next_at == before


def test_only_the_vendor_sees_and_runs_jobs(company: Company) -> None:
    table = {NAME: Once(nothing)}
    for role in (Role.USER, Role.ADMIN, Role.SUPER_ADMIN):
        caller = company.of(role)
        acts = (
            partial(run_now, company.world, caller, NAME, table),
            partial(list_jobs, company.world, caller),
        )
        for act in acts:
            with pytest.raises(DomainError) as refusal:
                act()
            assert refusal.value.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize("name", ["", "nonsense", JobName.MAIL_DELIVERY])
def test_an_unknown_job_is_refused_with_the_names_there_are(company: Company, name: str) -> None:
    with pytest.raises(DomainError, match=NAME) as refusal:
        run_now(company.world, company.vendor, name, {NAME: Once(nothing)})
    assert refusal.value.code is ErrorCode.VALIDATION


def test_a_job_that_runs_is_not_started_again(company: Company) -> None:
    refusals: list[str] = []
    vendor = company.vendor

    def again(_world: World) -> Mapping[str, int]:
        assert run_due(company.world, replace(one, holder="two")) == ()
        with pytest.raises(DomainError) as refusal:
            run_now(company.world, vendor, NAME, one.table)
        refusals.append(refusal.value.code)
        (state,) = list_jobs(company.world, vendor)
        assert state.running
        return {}

    one = crew(Once(again))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert (run.result, refusals) == (RunResult.OK, [ErrorCode.JOB_RUNNING])


def test_a_lease_that_ended_is_taken_over_and_its_holder_writes_nothing_more(
    company: Company,
) -> None:
    """A process that slept through the end of its lease: the newer one has done the work."""
    taken: list[str] = []
    wrote: list[str] = []

    def slow(world: World, customer: CustomerRef) -> Mapping[str, int]:
        company.clock.advance(LEASE_LIFE)
        (other,) = run_due(company.world, crew(everyone(Work()), "two"))
        taken.append(other.result)
        company.clock.advance(timedelta(hours=-1))  # nothing is due but for who has the lease
        world.store.write(customer, lambda _tx: wrote.append(customer.code))
        return {}

    one = crew(everyone(slow))
    begin(company.world, one, [NAME])
    assert run_due(company.world, one) == ()
    assert taken == [RunResult.OK]
    assert wrote == []
    assert failures(company) == []
    (state,) = list_jobs(company.world, company.vendor)
    assert state.last_run is not None
    assert state.last_run.result is RunResult.OK


def test_a_taken_over_run_cannot_be_booked_either(company: Company) -> None:
    def overtaken(_world: World) -> Mapping[str, int]:
        company.clock.advance(LEASE_LIFE)
        run_due(company.world, crew(Once(nothing), "two"))
        return {"seats": 99}

    one = crew(Once(overtaken))
    begin(company.world, one, [NAME])
    assert run_due(company.world, one) == ()
    (state,) = list_jobs(company.world, company.vendor)
    assert state.last_run is not None
    assert state.last_run.summary == {}


def test_a_manual_run_that_was_overtaken_says_so(company: Company) -> None:
    def overtaken(_world: World) -> Mapping[str, int]:
        company.clock.advance(LEASE_LIFE)
        run_due(company.world, crew(Once(nothing), "two"))
        return {}

    one = crew(Once(overtaken))
    begin(company.world, one, [NAME])
    vendor = company.vendor
    with pytest.raises(DomainError) as refusal:
        run_now(company.world, vendor, NAME, one.table)
    assert refusal.value.code is ErrorCode.JOB_RUNNING


def test_every_write_prolongs_the_lease(company: Company) -> None:
    """Two customers that take four minutes each: longer than a lease, but nobody takes over."""

    def slow(world: World, customer: CustomerRef) -> Mapping[str, int]:
        company.clock.advance(LEASE_LIFE * 0.8)
        assert run_due(company.world, crew(everyone(Work()), "two")) == ()
        world.store.write(customer, lambda _tx: None)
        return {"slow": 1}

    one = crew(everyone(slow))
    begin(company.world, one, [NAME])
    (run,) = run_due(company.world, one)
    assert run.summary == {"customers": 2, "slow": 2}


def test_a_killed_holders_run_is_booked_as_failed_by_the_next(company: Company) -> None:
    class Killed(BaseException):
        """What ends a process runs no handler of ours."""

    def killed(world: World, customer: CustomerRef) -> Mapping[str, int]:
        world.store.write(customer, lambda tx: tx.simulated.put("test", "half", "1"))
        raise Killed

    one = crew(everyone(killed))
    begin(company.world, one, [NAME])
    with pytest.raises(Killed):
        run_due(company.world, one)
    other = crew(everyone(Work()), "two")
    assert run_due(company.world, other) == (), "until the lease ends"
    company.clock.advance(LEASE_LIFE)
    (run,) = run_due(company.world, other)
    assert run.result is RunResult.OK
    with company.world.store.read(Reach.VENDOR) as tx:
        assert tx.jobs.states(company.clock())[0].last_run == run
        assert tx.simulated.get("test", "half") == "1"


def test_a_lost_lease_rolls_the_whole_write_back(company: Company) -> None:
    def late(world: World) -> Mapping[str, int]:
        company.clock.advance(LEASE_LIFE)
        run_due(company.world, crew(Once(nothing), "two"))
        with pytest.raises(LostLeaseError):
            world.store.write(Reach.VENDOR, lambda tx: tx.simulated.put("test", "late", "1"))
        return {}

    one = crew(Once(late))
    begin(company.world, one, [NAME])
    run_due(company.world, one)
    with company.world.store.read(Reach.VENDOR) as tx:
        assert tx.simulated.get("test", "late") is None


def test_a_jobs_store_reads_like_any_other(company: Company) -> None:
    store = company.world.store
    fenced = FencedStore(store, Lease(NAME, "run", 1), company.clock)
    fenced.ping()
    key = "direct-access-token"
    assert fenced.deliver(key) == store.deliver(key) is not None
    assert fenced.deliveries([key]) == store.deliveries([key])
    assert fenced.gauges(company.clock()) == store.gauges(company.clock())
