import threading
from collections import Counter
from dataclasses import replace

import httpx
import pytest

from reconciler.core.outcome import Applied, Failed, Skipped, Why
from reconciler.core.plan import Stop as PlanStop
from reconciler.core.problem import InvalidInput
from reconciler.core.receipt import Receipt
from reconciler.core.values import JsonValue
from reconciler.workflow.apply import Progress, Run
from tests.remote.fake_server import EVERYTHING, FakeServer, Fault, answer, fails, html, problem
from tests.stores import stores
from tests.workflow.tasks import NOON, apply, desired, drift, plan, running, task

STORE = (
    desired("Site", "site-1", {"proServerName": "dev"}),
    desired("Bootstrap", "store-1", {"site": "site-1", "pin": "1234"}),
    desired("Token", "STORE-1", {"appId": "X", "bootstrap": "store-1", "description": ""}),
)


def outcomes(receipt: Receipt) -> dict[str, str]:
    return {str(one.id): type(one).__name__ for one in receipt.outcomes}


@pytest.mark.parametrize("offers", [EVERYTHING, ()])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_after_an_apply_the_plan_is_empty_and_nothing_drifts(
    offers: tuple[str, ...], concurrency: int
) -> None:
    server = FakeServer(offers=offers)
    given = task(stores(25), concurrency=concurrency)
    receipt = apply(server, given)
    assert Counter(outcomes(receipt).values()) == {"Applied": 100}
    assert (receipt.discrepancies, receipt.unverified, receipt.interrupted) == ((), "", False)
    assert plan(server, given).steps == ()
    assert drift(server, given).in_sync == 100


def test_applying_an_empty_plan_sends_no_write() -> None:
    server = FakeServer()
    receipt = apply(server, task(()))
    assert (receipt.outcomes, server.writes) == ((), 0)


def test_a_change_from_one_to_true_is_seen_and_applied() -> None:
    server = FakeServer()
    apply(server, task((desired("Bootstrap", "store-1", {"on": 1}),)))
    changed = task((desired("Bootstrap", "store-1", {"on": True}),))
    assert outcomes(apply(server, changed)) == {"Bootstrap/store-1": "Applied"}
    assert server.rows["bootstrap"]["store-1"]["parameters"] == {"on": True}
    assert plan(server, changed).steps == ()


def test_no_device_is_ever_left_without_its_bootstrap() -> None:
    server = FakeServer()
    given = task(stores(10), concurrency=8)
    apply(server, given)
    names = [
        one.params["name"].lower() for one in server.seen if one.method == "POST" and one.params
    ]
    for number in range(10):
        site, bootstrap, token = (f"{word}-{number:05d}" for word in ("site", "store", "store"))
        assert names.index(site) < names.index(bootstrap)
        assert bootstrap == token
    writes = [one for one in server.seen if one.params.get("name", "").lower() == "store-00000"]
    assert [one.path.rpartition("/")[2] for one in writes] == ["bootstrap", "token"]


def test_deletions_go_the_other_way() -> None:
    server = FakeServer()
    apply(server, task(stores(1)))
    receipt = apply(server, task((), prune=True))
    assert set(outcomes(receipt).values()) == {"Applied"}
    deleted = [one.path.rpartition("/")[2] for one in server.seen if one.method == "DELETE"]
    assert deleted.index("bootstrap") > max(
        place for place, path in enumerate(deleted) if path == "token"
    )
    assert not any(server.rows[path] for path in ("site", "bootstrap", "token"))


def test_a_failure_skips_only_what_depends_on_it() -> None:
    server = FakeServer()
    server.faults.append(Fault("POST", "bootstrap", lambda _: problem(409, "BUSY", "not now")))
    other = desired("Site", "site-2", {"proServerName": ""})
    receipt = apply(server, task((*STORE, other)))
    assert outcomes(receipt) == {
        "Site/site-1": "Applied",
        "Site/site-2": "Applied",
        "Bootstrap/store-1": "Failed",
        "Token/STORE-1": "Skipped",
    }
    failed = next(one for one in receipt.outcomes if isinstance(one, Failed))
    skipped = next(one for one in receipt.outcomes if isinstance(one, Skipped))
    assert "409 BUSY: not now" in failed.reason
    assert skipped.because == failed.id
    assert outcomes(apply(server, task((*STORE, other)))) == {
        "Bootstrap/store-1": "Applied",
        "Token/STORE-1": "Applied",
    }


@pytest.mark.parametrize("offers", [EVERYTHING, ()])
def test_what_somebody_changed_after_the_plan_is_stale_and_stays(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(STORE))
    changed = task((desired("Bootstrap", "store-1", {"mine": 1}),))
    made = plan(server, changed)
    theirs: dict[str, JsonValue] = {"theirs": 1}
    server.rows["bootstrap"]["store-1"] |= {"parameters": theirs, "version": 99}
    (outcome,) = apply(server, changed, made).outcomes
    assert isinstance(outcome, Failed)
    assert outcome.why is Why.STALE
    assert server.rows["bootstrap"]["store-1"]["parameters"] == theirs


@pytest.mark.parametrize("offers", [EVERYTHING, ()])
def test_what_somebody_created_after_the_plan_is_stale_unless_it_is_the_same(
    offers: tuple[str, ...],
) -> None:
    for theirs, stale in (({"theirs": 1}, True), ({"mine": 1}, False)):
        server = FakeServer(offers=offers)
        given = task((desired("Bootstrap", "store-1", {"mine": 1}),))
        made = plan(server, given)
        parameters: dict[str, JsonValue] = dict(theirs)
        server.rows["bootstrap"]["store-1"] = {
            "name": "store-1",
            "parameters": parameters,
            "version": 1,
        }
        (outcome,) = apply(server, given, made).outcomes
        assert (isinstance(outcome, Failed) and outcome.why is Why.STALE) is stale
        assert server.rows["bootstrap"]["store-1"]["parameters"] == theirs


@pytest.mark.parametrize("offers", [EVERYTHING, ()])
def test_a_deletion_of_what_somebody_changed_after_the_plan_is_stale(
    offers: tuple[str, ...],
) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(STORE[:2]))
    given = task(STORE[:1], prune=True)
    made = plan(server, given)
    assert len(made.steps) == 1
    server.rows["bootstrap"]["store-1"] |= {"parameters": {}, "version": 99}
    (outcome,) = apply(server, given, made).outcomes
    assert isinstance(outcome, Failed)
    assert outcome.why is Why.STALE
    assert "store-1" in server.rows["bootstrap"]


def test_a_plan_that_a_guard_stopped_writes_nothing() -> None:
    server = FakeServer()
    given = task(STORE)
    stopped = replace(plan(server, given), stops=(PlanStop("customer", "another one"),))
    receipt = apply(server, given, stopped)
    assert (receipt.outcomes, server.writes) == ((), 0)


@pytest.mark.parametrize("declared", [(), (desired("Site", "site-1", {"proServerName": "new"}),)])
def test_other_sources_than_the_plans_write_nothing(declared: tuple[()]) -> None:
    server = FakeServer()
    made = plan(server, task(STORE))
    with pytest.raises(InvalidInput) as caught:
        apply(server, task(declared), made)
    assert {one.code for one in caught.value.problems} == {"plan-other-sources"}
    assert server.writes == 0


def test_asked_to_stop_running_writes_finish_and_the_rest_is_skipped() -> None:
    server = FakeServer()
    stop = threading.Event()
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        stop.set()

    receipt = apply(server, task(stores(5), concurrency=1), run=Run(stop, lambda: NOON, tell))
    assert receipt.interrupted
    assert [type(one).__name__ for one in receipt.outcomes].count("Applied") == 1
    assert {one.because for one in receipt.outcomes if isinstance(one, Skipped)} == {None}
    assert server.writes == len(told) == 1


def test_stopping_before_the_first_write_writes_nothing() -> None:
    stop = threading.Event()
    stop.set()
    server = FakeServer()
    receipt = apply(server, task(STORE), run=running(stop))
    assert receipt.interrupted
    assert server.writes == 0


def test_stopping_after_the_last_write_is_no_interruption() -> None:
    server = FakeServer()
    stop = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.done == progress.total:
            stop.set()

    receipt = apply(server, task(STORE), run=Run(stop, lambda: NOON, tell))
    assert not receipt.interrupted
    assert set(outcomes(receipt).values()) == {"Applied"}


def test_progress_counts_every_step_from_the_callers_thread() -> None:
    server = FakeServer()
    told: list[tuple[Progress, int]] = []

    def tell(progress: Progress) -> None:
        told.append((progress, threading.get_ident()))

    apply(server, task(stores(5)), run=Run(threading.Event(), lambda: NOON, tell))
    assert [progress.done for progress, _ in told] == list(range(1, 21))
    assert {progress.total for progress, _ in told} == {20}
    assert {thread for _, thread in told} == {threading.get_ident()}


def test_a_server_that_is_gone_is_not_asked_for_each_object() -> None:
    server = FakeServer()
    given = task(stores(100), concurrency=2)
    made = plan(server, given)
    server.faults += [Fault("POST", "site", fails(httpx.ConnectError))] * 9999
    server.faults += [Fault("GET", "sites", fails(httpx.ConnectError))] * 9999
    receipt = apply(server, given, made)
    found = Counter(outcomes(receipt).values())
    assert found["Failed"] <= 4
    assert found["Applied"] == 0


def test_what_reads_back_differently_is_reported_without_its_secrets() -> None:
    server = FakeServer()
    given = task(STORE)
    made = plan(server, given)

    def normalises(_: httpx.Request) -> httpx.Response:
        server.rows["bootstrap"]["store-1"]["parameters"] = {"site": "SITE-1", "pin": "9999"}
        return answer({}, {"X-PVM-Result": "created"})

    server.faults.append(Fault("POST", "bootstrap", normalises, after=True))
    (found,) = apply(server, given, made).discrepancies
    assert str(found.id) == "Bootstrap/store-1"
    assert [one.pointer for one in found.fields] == ["/pin", "/site"]
    assert "1234" not in repr(found)
    assert "9999" not in repr(found)


def test_what_was_confirmed_and_is_not_there_is_reported() -> None:
    server = FakeServer()
    server.faults.append(Fault("POST", "site", lambda _: answer({})))
    receipt = apply(server, task(STORE[:1]))
    (found,) = receipt.discrepancies
    assert "is not on the server" in found.reason


def test_what_was_deleted_and_is_still_there_is_reported() -> None:
    server = FakeServer()
    apply(server, task(STORE[:2]))
    given = task(STORE[:1], prune=True)
    made = plan(server, given)
    server.faults.append(Fault("DELETE", "bootstrap", lambda _: httpx.Response(204)))
    (found,) = apply(server, given, made).discrepancies
    assert "still on the server" in found.reason


def test_an_apply_whose_result_can_not_be_read_says_so() -> None:
    server = FakeServer()
    given = task(STORE)
    made = plan(server, given)
    server.faults += [Fault("GET", "sites", html(500))] * 9
    receipt = apply(server, given, made)
    assert all(isinstance(one, Applied) for one in receipt.outcomes)
    assert "GET /admin/api/v1/sites" in receipt.unverified


def test_spelling_of_a_token_never_counts_as_a_change() -> None:
    server = FakeServer()
    apply(server, task(STORE))
    renamed = desired("Token", "Store-1", {"appId": "Y", "bootstrap": "store-1", "description": ""})
    given = task((*STORE[:2], renamed))
    given = replace(
        given,
        project=replace(
            given.project,
            scope=replace(
                given.project.scope, globs={**given.project.scope.globs, "Token": ("*",)}
            ),
        ),
    )
    receipt = apply(server, given)
    assert len(receipt.outcomes) == 1
    assert receipt.discrepancies == ()
    assert plan(server, given).steps == ()
