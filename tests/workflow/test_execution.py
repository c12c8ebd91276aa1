import threading
from collections import Counter
from collections.abc import Mapping, Sequence

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.json_text import parse_json
from reconciler.core.outcome import Applied, Skipped, Why
from reconciler.workflow.apply import Progress, Run
from reconciler.workflow.inventory import Pace
from reconciler.workflow.journal import Point
from tests.remote.fake_server import (
    FakeServer,
    Fault,
    fails,
    problem,
)
from tests.stores import stores
from tests.workflow.scripts import Script, once
from tests.workflow.stage import (
    BARE,
    MODES,
    SETS,
    SINGLE,
    STORE,
    failed,
    meddle,
    outcomes,
    recorded,
    rows,
    task,
)
from tests.workflow.tasks import NOON, apply, desired, plan, running


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


@pytest.mark.parametrize("offers", [SETS, SINGLE])
def test_no_device_is_ever_left_without_its_bootstrap(offers: Sequence[str]) -> None:
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
def test_deletions_go_the_other_way(offers: Sequence[str]) -> None:
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
def test_what_never_came_to_be_does_not_stay_in_the_inventory(offers: Sequence[str]) -> None:
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
def test_what_somebody_changed_just_before_the_write_is_stale_and_the_rest_goes_on(
    offers: Sequence[str],
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
def test_a_server_that_is_gone_is_not_asked_for_each_object(offers: Sequence[str]) -> None:
    server = FakeServer(offers=offers)
    given = task(stores(100), concurrency=2)

    def leave() -> None:
        for path in ("site", "bootstrap", "changes"):
            server.faults.extend([Fault("POST", path, fails(httpx.ConnectError))] * 999)
            server.faults.extend([Fault("GET", path, fails(httpx.ConnectError))] * 999)
        server.faults.extend([Fault("GET", "capabilities", fails(httpx.ConnectError))] * 999)

    point = Point.WAVE if offers == SETS else Point.ANNOUNCED
    receipt = apply(server, given, run=running(journal=Script({point: leave})))
    found = Counter(outcomes(receipt).values())
    assert found["Applied"] == 0
    assert receipt.unrecorded
    asked = [one for one in server.seen if one.method == "POST" and one.path.endswith("/site")]
    assert len(asked) <= 16


def test_objects_that_get_no_answer_do_not_stop_those_that_do() -> None:
    server = FakeServer(offers=SINGLE)

    def refuse() -> None:
        reply = Fault("POST", "site", lambda _: problem(503, "UNAVAILABLE"))
        server.faults.extend([reply] * 4 * 20)

    receipt = apply(
        server,
        task(stores(30), concurrency=1),
        run=running(journal=Script({Point.ANNOUNCED: refuse})),
    )
    assert Counter(outcomes(receipt).values()) == {"Failed": 20, "Skipped": 60, "Applied": 40}


def test_a_server_that_answers_and_takes_no_writes_is_not_asked_for_ever() -> None:
    server = FakeServer(offers=SINGLE)

    def refuse() -> None:
        reply = Fault("POST", "site", lambda _: problem(503, "UNAVAILABLE"))
        server.faults.extend([reply] * 9999)

    receipt = apply(
        server,
        task(stores(150), concurrency=1),
        run=running(journal=Script({Point.ANNOUNCED: refuse})),
    )
    assert Counter(outcomes(receipt).values()) == {"Failed": 100, "Skipped": 500}


@MODES
def test_progress_counts_every_step_from_the_callers_thread(offers: Sequence[str]) -> None:
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


def test_sets_that_take_a_proxy_too_long_are_tried_once_and_then_written_singly() -> None:
    server = FakeServer(limits={"changeOperations": 70})
    server.faults += [Fault("POST", "changes", lambda _: problem(504, "TIMEOUT"))] * 99
    given = task(stores(20))
    assert set(outcomes(apply(server, given)).values()) == {"Applied"}
    assert len({one.body for one in server.seen if one.path.endswith("/changes")}) == 1
    assert plan(server, given).steps == ()


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


@pytest.mark.parametrize("status", [400, 403, 413])
def test_a_server_that_wants_no_sets_after_all_gets_single_writes(status: int) -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "changes", lambda _: problem(status, "NO_SETS"))] * 9
    given = task(STORE)
    assert set(outcomes(apply(server, given)).values()) == {"Applied"}
    assert plan(server, given).steps == ()
