import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.inventory import Locked, is_reserved
from reconciler.core.json_text import parse_json
from reconciler.core.outcome import Applied, Failed, Skipped, Why
from reconciler.core.plan import Plan, Record, Sort
from reconciler.core.plan import Stop as PlanStop
from reconciler.core.plan_age import Expired
from reconciler.core.ports import RemoteFailure
from reconciler.core.problem import InvalidInput, Misuse
from reconciler.core.receipt import Receipt
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.apply import Progress, Run
from reconciler.workflow.inventory import Keeper, Pace, read_inventory
from reconciler.workflow.journal import Point
from reconciler.workflow.task import Task
from tests.remote.fake_server import (
    EVERYTHING,
    LOGIN_NAME,
    FakeServer,
    Fault,
    access,
    answer,
    fails,
    problem,
)
from tests.stores import stores
from tests.workflow.scripts import Script, once
from tests.workflow.tasks import NOON, apply, desired, drift, plan, running
from tests.workflow.tasks import task as unkeyed

SETS, SINGLE, BARE = EVERYTHING, ("etag",), ()
MODES = pytest.mark.parametrize("offers", [SETS, SINGLE, BARE], ids=["sets", "single", "bare"])
STORE = (
    desired("Site", "site-1", {"proServerName": "dev"}),
    desired("Bootstrap", "store-1", {"site": "site-1", "pin": "1234"}),
    desired("Token", "STORE-1", {"appId": "X", "bootstrap": "store-1", "description": ""}),
)
SERVER_MADE = ("version", "updatedAt", "updatedBy")


def task(declared: Sequence[Desired], *, concurrency: int = 4, prune: bool = False) -> Task:
    """One whose every object is recorded."""
    given = unkeyed(declared, concurrency=concurrency, prune=prune)
    return replace(given, key=b"a key of tests")


def outcomes(receipt: Receipt) -> dict[str, str]:
    return {str(one.id): type(one).__name__ for one in receipt.outcomes}


def failed(receipt: Receipt) -> Failed:
    (found,) = (one for one in receipt.outcomes if isinstance(one, Failed))
    return found


def rows(server: FakeServer) -> dict[tuple[str, str], dict[str, JsonValue]]:
    """What people declare, without what the server adds to it."""
    return {
        (path, name): {key: item for key, item in row.items() if key not in SERVER_MADE}
        for path, found in server.rows.items()
        for name, row in found.items()
        if not is_reserved("Bootstrap" if path == "bootstrap" else "", name)
    }


def recorded(server: FakeServer, given: Task) -> set[str]:
    with connect_reader(access(), server.transport) as reader:
        held = read_inventory(given, reader, None, ())
    assert held.inventory.damages == ()
    return {str(entry.id) for entry in held.inventory.entries.values()}


def lease_is_free(server: FakeServer, given: Task) -> bool:
    with connect_reader(access(), server.transport) as reader:
        head = read_inventory(given, reader, None, ()).inventory.head
    return head is None or head.lease is None


def meddle(server: FakeServer, name: str, parameters: dict[str, JsonValue]) -> None:
    """Somebody replaces a bootstrap by hand."""
    row = server.rows["bootstrap"].get(name, {"name": name, "version": 0})
    version = row["version"]
    assert isinstance(version, int)
    who: dict[str, JsonValue] = {"updatedBy": "j.doe", "updatedAt": "2026-11-22T12:00:07Z"}
    server.rows["bootstrap"][name] = row | who | {"parameters": parameters, "version": version + 1}


@MODES
@pytest.mark.parametrize("concurrency", [1, 8])
def test_after_an_apply_the_plan_is_empty_and_nothing_drifts(
    offers: tuple[str, ...], concurrency: int
) -> None:
    server = FakeServer(offers=offers)
    given = task(stores(25), concurrency=concurrency)
    receipt = apply(server, given)
    assert Counter(outcomes(receipt).values()) == {"Applied": 100}
    assert (receipt.discrepancies, receipt.unverified, receipt.interrupted) == ((), "", False)
    assert (receipt.unrecorded, receipt.lease_lost, receipt.number) == ("", False, 1)
    assert lease_is_free(server, given)
    again = plan(server, given)
    assert (again.steps, again.records) == ((), ())
    assert drift(server, given).in_sync == 100


@settings(max_examples=8)
@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_change_sets_and_single_writes_come_to_the_same_end(
    before: int, after: int, seed: int
) -> None:
    """The same objects, and the same names in the inventory."""
    ends = []
    for offers in (SETS, SINGLE, BARE):
        server = FakeServer(offers=offers)
        apply(server, task(stores(before, seed)))
        given = task(stores(after, seed + 1), prune=True)
        receipt = apply(server, given)
        assert {type(one) for one in receipt.outcomes} <= {Applied}
        ends.append((rows(server), recorded(server, given), outcomes(receipt)))
    assert ends[0] == ends[1] == ends[2]


def test_applying_an_empty_plan_sends_no_write() -> None:
    server = FakeServer()
    receipt = apply(server, task(()))
    assert (receipt.outcomes, server.writes) == ((), 0)


@MODES
def test_a_change_from_one_to_true_is_seen_and_applied(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task((desired("Bootstrap", "store-1", {"on": 1}),)))
    changed = task((desired("Bootstrap", "store-1", {"on": True}),))
    assert outcomes(apply(server, changed)) == {"Bootstrap/store-1": "Applied"}
    assert server.rows["bootstrap"]["store-1"]["parameters"] == {"on": True}
    assert plan(server, changed).steps == ()


@pytest.mark.parametrize("offers", [SETS, SINGLE])
def test_no_device_is_ever_left_without_its_bootstrap(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(stores(10), concurrency=8))
    written = _written(server)
    assert len([one for one in written if one[1].startswith(("site", "store"))]) == 40
    for number in range(10):
        site, bootstrap = ("site", f"site-{number:05d}"), ("bootstrap", f"store-{number:05d}")
        assert written.index(site) < written.index(bootstrap)
        for suffix in ("", "-k"):
            assert written.index(bootstrap) < written.index(("token", bootstrap[1] + suffix))


@pytest.mark.parametrize("offers", [SETS, SINGLE])
def test_deletions_go_the_other_way(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(stores(1)))
    server.seen.clear()
    receipt = apply(server, task((), prune=True))
    assert set(outcomes(receipt).values()) == {"Applied"}
    deleted = [path for path, name in _written(server, deletions=True) if "pvm" not in name]
    assert deleted == ["token", "token", "bootstrap", "site"]
    assert rows(server) == {}


def _written(server: FakeServer, *, deletions: bool = False) -> list[tuple[str, str]]:
    """Singular paths and folded names in the order in which the server was asked."""
    found = []
    for one in server.seen:
        path = one.path.rpartition("/")[2]
        if path == "changes":
            sent = parse_json(one.body.decode())
            assert isinstance(sent, Mapping)
            assert isinstance(sent["operations"], list)
            found += [
                (str(op["kind"]).lower(), str(op["name"]).lower())
                for op in sent["operations"]
                if isinstance(op, Mapping) and (op["op"] == "delete") is deletions
            ]
        elif one.method == ("DELETE" if deletions else "POST") and one.params:
            found.append((path, one.params["name"].lower()))
    return found


def test_a_failure_skips_only_what_depends_on_it() -> None:
    server = FakeServer(offers=SINGLE)
    other = desired("Site", "site-2", {"proServerName": ""})

    def refuse() -> None:
        reply = Fault("POST", "bootstrap", lambda _: problem(409, "BUSY", "not now"))
        server.faults.append(reply)

    script = Script({Point.ANNOUNCED: refuse})
    receipt = apply(server, task((*STORE, other)), run=running(journal=script))
    assert outcomes(receipt) == {
        "Site/site-1": "Applied",
        "Site/site-2": "Applied",
        "Bootstrap/store-1": "Failed",
        "Token/STORE-1": "Skipped",
    }
    assert "409 BUSY: not now" in failed(receipt).reason
    skipped = next(one for one in receipt.outcomes if isinstance(one, Skipped))
    assert skipped.because == failed(receipt).id
    assert outcomes(apply(server, task((*STORE, other)))) == {
        "Bootstrap/store-1": "Applied",
        "Token/STORE-1": "Applied",
    }


@MODES
def test_what_never_came_to_be_does_not_stay_in_the_inventory(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)

    def create() -> None:
        meddle(server, "store-1", {"theirs": 1})

    script = Script({Point.ANNOUNCED if offers != SETS else Point.WAVE: once(create)})
    receipt = apply(server, given, run=running(journal=script))
    assert failed(receipt).why is Why.STALE
    assert outcomes(receipt)["Token/STORE-1"] == "Skipped"
    assert recorded(server, given) == {"Site/site-1"}
    (blocked, *_) = plan(server, given).blocked
    assert blocked.guard == "adopt"


@MODES
def test_what_somebody_changed_after_the_review_is_stale_and_stays(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(STORE))
    changed = task((STORE[0], replace(STORE[1], value={"site": "site-1", "pin": "1"}), STORE[2]))
    made = plan(server, changed)
    theirs: dict[str, JsonValue] = {"theirs": 1}
    meddle(server, "store-1", theirs)
    receipt = apply(server, changed, made)
    assert failed(receipt).why is Why.STALE
    assert "j.doe, 2026-11-22T12:00:07Z" in failed(receipt).reason
    assert server.rows["bootstrap"]["store-1"]["parameters"] == theirs
    assert receipt.number == 0


@MODES
def test_what_somebody_changed_just_before_the_write_is_stale_and_the_rest_goes_on(
    offers: tuple[str, ...],
) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(stores(3, 1)))
    given = task(stores(3, 2))
    script = Script({Point.WAVE: lambda: meddle(server, "store-00001", {"theirs": 1})})
    receipt = apply(server, given, run=running(journal=script))
    assert (str(failed(receipt).id), failed(receipt).why) == ("Bootstrap/store-00001", Why.STALE)
    assert server.rows["bootstrap"]["store-00001"]["parameters"] == {"theirs": 1}
    changed = {one for one, sort in outcomes(receipt).items() if sort == "Applied"}
    assert {"Bootstrap/store-00000", "Bootstrap/store-00002"} <= changed


@MODES
def test_what_somebody_created_after_the_plan_is_left_alone_unless_it_is_the_same(
    offers: tuple[str, ...],
) -> None:
    for theirs, stale in (({"theirs": 1}, True), ({"mine": 1}, False)):
        server = FakeServer(offers=offers)
        given = task((desired("Bootstrap", "store-1", {"mine": 1}),))
        made = plan(server, given)
        parameters: dict[str, JsonValue] = dict(theirs)
        meddle(server, "store-1", parameters)
        (outcome,) = apply(server, given, made).outcomes
        assert (isinstance(outcome, Failed) and outcome.why is Why.STALE) is stale
        assert server.rows["bootstrap"]["store-1"]["parameters"] == theirs
        assert recorded(server, given) == (set() if stale else {"Bootstrap/store-1"})


@MODES
def test_a_deletion_of_what_somebody_changed_after_the_plan_is_stale(
    offers: tuple[str, ...],
) -> None:
    server = FakeServer(offers=offers)
    apply(server, task(STORE[:2]))
    given = task(STORE[:1], prune=True)
    made = plan(server, given)
    assert len(made.steps) == 1
    meddle(server, "store-1", {})
    assert failed(apply(server, given, made)).why is Why.STALE
    assert "store-1" in server.rows["bootstrap"]


@MODES
def test_a_plan_that_was_executed_already_is_done(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    made = plan(server, given)
    apply(server, given, made)
    before = rows(server)
    again = apply(server, given, made)
    assert {one.result for one in again.outcomes if isinstance(one, Applied)} == {"unchanged"}
    assert rows(server) == before


def test_steps_that_nobody_reviewed_are_not_executed() -> None:
    server = FakeServer()
    other = desired("Bootstrap", "store-2", {"a": 1})
    apply(server, task((*STORE, other)))
    given = task((*STORE, replace(other, value={"a": 2})))
    made = plan(server, given)
    del server.rows["token"]["store-1"]
    assert outcomes(apply(server, given, made)) == {"Bootstrap/store-2": "Applied"}
    assert "store-1" not in server.rows["token"]


def test_a_plan_that_a_guard_stopped_writes_nothing() -> None:
    server = FakeServer()
    given = task(STORE)
    stopped = replace(plan(server, given), stops=(PlanStop("customer", "another one"),))
    receipt = apply(server, given, stopped)
    assert (receipt.outcomes, server.writes) == ((), 0)


def test_a_guard_that_stops_only_now_stops_all() -> None:
    server = FakeServer()
    apply(server, task(stores(30)))
    given = task(stores(28), prune=True)
    made = replace(plan(server, given), stops=())
    receipt = apply(server, given, made)
    assert {stop.guard for stop in receipt.plan.stops} == {"deletes"}
    assert len(rows(server)) == 120
    assert lease_is_free(server, given)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"source_hash": "sha256:other"}, "plan-other-sources"),
        ({"project": "another"}, "plan-other-project"),
        ({"target": "staging"}, "plan-other-target"),
        ({"url": "https://elsewhere.example"}, "plan-other-server"),
        ({"customer": "globex"}, "plan-other-customer"),
    ],
)
def test_a_plan_for_something_else_writes_nothing(change: dict[str, str], code: str) -> None:
    server = FakeServer()
    given = task(STORE)
    made = plan(server, given)
    other = replace(made, header=replace(made.header, **change))  # type: ignore[arg-type] # fields of a header, as text
    with pytest.raises(InvalidInput) as caught:
        apply(server, given, other)
    assert [one.code for one in caught.value.problems] == [code]
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_a_plan_that_is_too_old_writes_nothing() -> None:
    server = FakeServer()
    given = task(STORE)
    made = plan(server, given)
    late = replace(running(), now=lambda: NOON + timedelta(hours=1), max_age=timedelta(minutes=59))
    with pytest.raises(Expired):
        apply(server, given, made, late)
    assert server.writes == 0


def test_a_wave_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(Misuse):
        apply(FakeServer(), task(STORE), run=replace(running(), wave=2))


@MODES
def test_while_somebody_else_applies_nothing_is_written(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    pace = Pace(sleep=lambda _: None)
    with connect_writer(access(), server.transport) as writer:
        held = read_inventory(given, writer, None, ())
        Keeper(held, replace(given, run="ci-1"), writer, bytes, pace).take_lease()
    with pytest.raises(Locked) as caught:
        apply(server, given)
    assert caught.value.holder == "ci-1"
    assert rows(server) == {}


def test_asked_to_stop_running_writes_finish_and_the_rest_is_skipped() -> None:
    server = FakeServer(offers=SINGLE)
    stop = threading.Event()
    told: list[Progress] = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        stop.set()

    given = task(stores(5), concurrency=1)
    receipt = apply(server, given, run=replace(running(stop), progress=tell))
    assert receipt.interrupted
    assert [type(one).__name__ for one in receipt.outcomes].count("Applied") == 1
    assert {one.because for one in receipt.outcomes if isinstance(one, Skipped)} == {None}
    assert len(rows(server)) == len(told) == 1
    assert lease_is_free(server, given)
    assert apply(server, given).number == 2


def test_stopping_before_the_first_write_writes_nothing() -> None:
    stop = threading.Event()
    stop.set()
    server = FakeServer()
    receipt = apply(server, task(STORE), run=running(stop))
    assert receipt.interrupted
    assert server.writes == 0


@MODES
def test_stopping_under_the_lease_lets_it_go(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    stop = threading.Event()
    given = task(STORE)
    receipt = apply(server, given, run=running(stop, Script({Point.LEASED: stop.set})))
    assert receipt.interrupted
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_stopping_after_the_last_write_is_no_interruption() -> None:
    server = FakeServer()
    stop = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.done == progress.total:
            stop.set()

    receipt = apply(server, task(STORE), run=replace(running(stop), progress=tell))
    assert not receipt.interrupted
    assert set(outcomes(receipt).values()) == {"Applied"}


@MODES
def test_progress_counts_every_step_from_the_callers_thread(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    told: list[tuple[Progress, int]] = []

    def tell(progress: Progress) -> None:
        told.append((progress, threading.get_ident()))

    apply(server, task(stores(5)), run=Run(threading.Event(), lambda: NOON, tell, pace=_pace()))
    assert [progress.done for progress, _ in told] == list(range(1, 21))
    assert {progress.total for progress, _ in told} == {20}
    assert {thread for _, thread in told} == {threading.get_ident()}


def _pace() -> Pace:
    return Pace(sleep=lambda _: None)


@MODES
def test_a_server_that_is_gone_is_not_asked_for_each_object(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(stores(100), concurrency=2)

    def leave() -> None:
        for path in ("site", "bootstrap", "changes"):
            server.faults.extend([Fault("POST", path, fails(httpx.ConnectError))] * 999)
            server.faults.extend([Fault("GET", path, fails(httpx.ConnectError))] * 999)

    point = Point.WAVE if offers == SETS else Point.ANNOUNCED
    receipt = apply(server, given, run=running(journal=Script({point: leave})))
    found = Counter(outcomes(receipt).values())
    assert found["Applied"] == 0
    assert receipt.unrecorded
    asked = [one for one in server.seen if one.method == "POST" and one.path.endswith("/site")]
    assert len(asked) <= 16


@MODES
def test_what_the_server_keeps_otherwise_is_told_once_without_its_secrets(
    offers: tuple[str, ...],
) -> None:
    def upper(path: str, fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
        parameters = fields.get("parameters")
        if path != "bootstrap" or not isinstance(parameters, Mapping) or "pin" not in parameters:
            return fields
        return fields | {"parameters": {"site": "SITE-1", "pin": "9999"}}

    server = FakeServer(offers=offers, normalise=upper)
    given = task(STORE)
    receipt = apply(server, given)
    assert receipt.discrepancies == ()
    (found,) = receipt.normalised
    assert str(found.id) == "Bootstrap/store-1"
    assert [one.pointer for one in found.fields] == ["/pin", "/site"]
    assert "1234" not in repr(found)
    assert "9999" not in repr(found)
    again = plan(server, given)
    assert (again.steps, again.drifted, again.blocked) == ((), (), ())


@pytest.mark.parametrize("offers", [SETS, SINGLE])
def test_what_somebody_changes_right_after_the_write_is_named_and_is_drift(
    offers: tuple[str, ...],
) -> None:
    server = FakeServer(offers=offers)
    given = task((desired("Bootstrap", "store-1", {"mine": 1, "other": 1}),))
    edits = once(lambda: meddle(server, "store-1", {"mine": 1, "other": 2}))

    def edit(number: int, when: str) -> None:
        del number
        if when == "after" and "store-1" in server.rows["bootstrap"]:
            edits()

    server.person = edit
    (found,) = apply(server, given).discrepancies
    assert "right after it was written (j.doe" in found.reason
    (drifted,) = plan(server, given).drifted
    assert [field.pointer for field in drifted.fields] == ["/other"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_without_tags_a_lost_race_is_named(when: str) -> None:
    server = FakeServer(offers=BARE)
    first = desired("Bootstrap", "store-1", {"mine": 1, "other": 1})
    apply(server, task((first,)))
    given = task((replace(first, value={"mine": 2, "other": 1}),))

    def edit(number: int, moment: str) -> None:
        del number
        request = server.seen[-1]
        if moment == when and request.params.get("name") == "store-1":
            meddle(server, "store-1", {"mine": 1, "other": 2})

    server.person = edit
    receipt = apply(server, given)
    (found,) = receipt.discrepancies
    assert "somebody else wrote between our look and our write" in found.reason
    assert ("overwritten" in found.reason) is (when == "before")


def test_what_was_confirmed_and_is_not_there_is_reported() -> None:
    server = FakeServer(offers=SINGLE)
    confirm = Fault("POST", "site", lambda _: answer({}))
    script = Script({Point.ANNOUNCED: lambda: server.faults.append(confirm)})
    (found,) = apply(server, task(STORE[:1]), run=running(journal=script)).discrepancies
    assert "is not on the server" in found.reason


def test_what_was_deleted_and_is_still_there_is_reported() -> None:
    server = FakeServer(offers=SINGLE)
    apply(server, task(STORE[:2]))
    given = task(STORE[:1], prune=True)
    server.faults.append(Fault("DELETE", "bootstrap", lambda _: httpx.Response(204)))
    (found,) = apply(server, given).discrepancies
    assert "still on the server" in found.reason


@MODES
def test_an_apply_whose_result_can_not_be_read_says_so(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    faults = [Fault("GET", "site", fails(httpx.ConnectError))] * 9

    def tell(progress: Progress) -> None:
        if progress.done == progress.total:
            server.faults += faults

    receipt = apply(server, given, run=replace(running(), progress=tell))
    assert all(isinstance(one, Applied) for one in receipt.outcomes)
    assert "GET /admin/api/v1/site" in receipt.unverified
    server.faults.clear()
    again = plan(server, given)
    assert again.steps == ()
    assert {record.sort for record in again.records} <= {Sort.CONVERGED}


def test_spelling_of_a_token_never_counts_as_a_change() -> None:
    server = FakeServer()
    apply(server, task(STORE))
    renamed = desired("Token", "Store-1", {"appId": "Y", "bootstrap": "store-1", "description": ""})
    given = task((*STORE[:2], renamed))
    scope = replace(given.project.scope, globs={**given.project.scope.globs, "Token": ("*",)})
    given = replace(given, project=replace(given.project, scope=scope))
    receipt = apply(server, given)
    assert len(receipt.outcomes) == 1
    assert receipt.discrepancies == ()
    assert plan(server, given).steps == ()


@MODES
def test_what_is_adopted_is_recorded_without_a_write_of_its_own(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    meddle(server, "store-1", {"a": 1})
    given = task((desired("Bootstrap", "store-1", {"a": 1}),))
    made = plan(server, given)
    assert made.records == (Record(given.declared[0].id, Sort.ADOPTED),)
    receipt = apply(server, given, made)
    assert (receipt.outcomes, receipt.number) == ((), 1)
    assert recorded(server, given) == {"Bootstrap/store-1"}
    assert server.rows["bootstrap"]["store-1"]["version"] == 1


def test_a_note_counts_what_was_done() -> None:
    server = FakeServer()
    apply(server, task(stores(2)))
    given = task(stores(3)[4:], prune=True)
    apply(server, given)
    with connect_reader(access(), server.transport) as reader:
        head = read_inventory(given, reader, None, ()).inventory.head
    assert head is not None
    first, second = head.notes
    assert (first.number, second.number, second.actor) == (1, 2, LOGIN_NAME)
    assert (first.counts["created"], second.counts["created"], second.counts["deleted"]) == (
        8,
        4,
        4,
    )


@pytest.mark.parametrize("limits", [{"changeOperations": 70}, {"changeBytes": 4_200_000}])
def test_a_wave_that_is_too_large_for_one_set_goes_in_several(limits: dict[str, int]) -> None:
    server = FakeServer(limits=limits)
    given = task(stores(20))
    assert set(outcomes(apply(server, given)).values()) == {"Applied"}
    sets = [one for one in server.seen if one.path.endswith("/changes")]
    assert len(sets) > 2
    assert plan(server, given).steps == ()


def test_what_no_set_can_hold_is_written_singly() -> None:
    server = FakeServer(limits={"changeOperations": 65})
    given = task(STORE)
    assert set(outcomes(apply(server, given)).values()) == {"Applied"}
    assert not [one for one in server.seen if one.path.endswith("/changes")]


def test_a_server_that_wants_no_sets_after_all_gets_single_writes() -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "changes", lambda _: problem(413, "TOO_LARGE"))] * 9
    given = task(STORE)
    assert set(outcomes(apply(server, given)).values()) == {"Applied"}
    assert plan(server, given).steps == ()


@MODES
def test_a_failure_before_the_first_write_lets_the_lease_go(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(STORE)
    faults = [Fault("GET", "sites", lambda _: problem(403, "FORBIDDEN"))] * 9
    script = Script({Point.LEASED: lambda: server.faults.extend(faults)})
    with pytest.raises(RemoteFailure):
        apply(server, given, run=running(journal=script))
    server.faults.clear()
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_a_journal_that_can_not_be_written_stops_an_apply_before_its_first_write() -> None:
    server = FakeServer()
    given = task(STORE)

    def full() -> None:
        message = "no space left on device"
        raise OSError(message)

    with pytest.raises(OSError, match="no space"):
        apply(server, given, run=running(journal=Script({Point.PREPARED: full})))
    assert rows(server) == {}
    assert lease_is_free(server, given)


def test_the_journal_hears_of_every_step_and_of_no_content() -> None:
    server = FakeServer(offers=SINGLE)
    script = Script()
    apply(server, task(STORE), run=running(journal=script))
    assert [one for one in script.points if one is not Point.WRITTEN] == [
        Point.STARTED,
        Point.LEASED,
        Point.PREPARED,
        Point.WAVE,
        Point.ANNOUNCED,
        Point.READ_BACK,
        Point.RECORDED,
        Point.RELEASED,
        Point.FINISHED,
    ]
    objects = {one["object"] for one in script.details if "object" in one}
    assert objects == {"Site/site-1", "Bootstrap/store-1", "Token/STORE-1"}
    assert "1234" not in repr(script.details)
    assert "1234" not in repr(script.undo)


def in_waves(made: Plan, size: int) -> Plan:
    """The plan with so many steps in each wave."""
    steps = tuple(replace(s, wave=1 + n // size) for n, s in enumerate(made.steps))
    waves = tuple(Counter(step.wave for step in steps).values())
    return replace(made, steps=steps, waves=waves)


def bootstraps(count: int) -> tuple[Desired, ...]:
    return tuple(desired("Bootstrap", f"store-{n}", {"n": n}) for n in range(count))


@MODES
def test_waves_go_one_after_the_other(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(bootstraps(6))
    script = Script()
    receipt = apply(
        server, given, in_waves(plan(server, given), 2), replace(running(), journal=script)
    )
    assert set(outcomes(receipt).values()) == {"Applied"}
    assert script.points.count(Point.WAVE) == script.points.count(Point.RECORDED) == 3


def test_only_the_wave_that_was_asked_for_is_executed() -> None:
    server = FakeServer()
    given = task(bootstraps(6))
    made = in_waves(plan(server, given), 2)
    receipt = apply(server, given, made, replace(running(), wave=2))
    assert {name for _, name in rows(server)} == {"store-2", "store-3"}
    assert not receipt.interrupted
    assert {one.reason for one in receipt.outcomes if isinstance(one, Skipped)} == {
        "wave 1 was not asked for",
        "wave 3 was not asked for",
    }
    for wave in (1, 3):
        apply(server, given, made, replace(running(), wave=wave))
    assert len(rows(server)) == 6


def lose_the_lease(server: FakeServer) -> Callable[[], None]:
    """Somebody takes the lease away, as after a pause that outlasted it."""

    def take() -> None:
        name = next(n for n in server.rows["bootstrap"] if n.endswith("-00"))
        del server.rows["bootstrap"][name]

    return once(take)


@MODES
def test_when_the_lease_is_lost_the_next_wave_is_not_started(offers: tuple[str, ...]) -> None:
    server = FakeServer(offers=offers)
    given = task(bootstraps(4))
    script = Script({Point.RECORDED: lose_the_lease(server)})
    receipt = apply(
        server, given, in_waves(plan(server, given), 2), replace(running(), journal=script)
    )
    assert receipt.lease_lost
    assert not receipt.interrupted
    assert {name for _, name in rows(server)} == {"store-0", "store-1"}
    skipped = [one for one in receipt.outcomes if isinstance(one, Skipped)]
    assert len(skipped) == 2
    assert "the lease was lost" in skipped[0].reason
