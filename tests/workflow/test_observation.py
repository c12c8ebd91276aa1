"""What a plan and a drift report tell beside the changes, from a server in memory."""

from dataclasses import replace

import pytest

from reconciler.core.plan import Mark
from reconciler.core.project import DriftPolicy, Selection
from reconciler.core.values import JsonValue
from tests.remote.fake_server import EVERYTHING, FakeServer
from tests.stores import stores
from tests.workflow.tasks import NOON, apply, desired, drift, plan, task

KEY = b"0123456789abcdef"
STORE = desired("Bootstrap", "store-1", {"idle": 30})
OTHER = desired("Bootstrap", "store-2", {"idle": 30}, line=9)
LATER = "2026-11-22T13:00:00.000Z"


def deletion(name: str, by: str = "j.doe", at: str = LATER) -> JsonValue:
    return {"timestamp": at, "type": "BOOTSTRAP_DELETE", "userLogin": by, "target": name}


def applied(**more: object) -> FakeServer:
    server = FakeServer(**more)  # type: ignore[arg-type] # each test names fields that exist
    apply(server, replace(task([STORE, OTHER]), key=KEY))
    return server


def test_who_deleted_an_object_is_told_by_the_events() -> None:
    server = applied()
    del server.rows["bootstrap"]["store-1"]
    server.happened = [deletion("store-1")]
    given = replace(task([STORE, OTHER]), key=KEY)
    for rows in (plan(server, given).drifted, drift(server, given).drifted):
        (row,) = rows
        assert (row.changed_by, row.changed_at) == ("j.doe", LATER)


@pytest.mark.parametrize("offers", [EVERYTHING, tuple(set(EVERYTHING) - {"events"})])
def test_without_an_event_the_window_between_two_applies_is_told(offers: tuple[str, ...]) -> None:
    server = applied(offers=offers)
    del server.rows["bootstrap"]["store-1"]
    given = replace(task([STORE, OTHER]), key=KEY)
    found = drift(server, given)
    (row,) = found.drifted
    assert (row.changed_by, row.changed_at) == ("", "")
    assert found.clean_after == Mark(1, NOON)
    assert plan(server, given).clean_after == Mark(1, NOON)


def test_an_apply_that_leaves_drift_is_not_where_the_window_begins() -> None:
    server = applied()
    server.rows["bootstrap"]["store-1"]["parameters"] = {"idle": 99}
    changed = replace(OTHER, value={"idle": 60})
    apply(server, replace(task([STORE, changed]), key=KEY))
    found = drift(server, replace(task([STORE, changed]), key=KEY))
    assert found.base is not None
    assert (found.base.number, found.clean_after) == (2, Mark(1, NOON))


def test_an_apply_that_takes_all_drift_back_begins_a_new_window() -> None:
    server = applied()
    server.rows["bootstrap"]["store-1"] |= {"parameters": {"idle": 99}, "version": 2}
    given = replace(task([STORE, OTHER]), key=KEY)
    reverting = replace(given, project=replace(given.project, drift=DriftPolicy.REVERT))
    apply(server, reverting)
    server.rows["bootstrap"]["store-2"] |= {"parameters": {"idle": 99}, "version": 2}
    assert drift(server, given).clean_after == Mark(2, NOON)


def test_an_apply_of_a_part_says_nothing_of_the_rest() -> None:
    server = FakeServer()
    given = replace(task([STORE, OTHER]), key=KEY)
    selected = plan(server, given)
    options = replace(selected.options, selection=Selection((("Bootstrap", "store-1"),)))
    apply(server, given, plan(server, given, options))
    server.rows["bootstrap"]["store-1"]["parameters"] = {"idle": 99}
    assert drift(server, given).clean_after is None


def test_without_drift_no_events_are_asked_for() -> None:
    server = applied()
    server.seen.clear()
    drift(server, replace(task([STORE, OTHER]), key=KEY))
    assert not [one for one in server.seen if one.path.endswith("/events")]


def test_a_plan_of_nothing_asks_for_no_devices() -> None:
    server = applied()
    server.seen.clear()
    made = plan(server, replace(task([STORE, OTHER]), key=KEY))
    assert (made.reach, made.guarantees) == (None, ())
    assert not [one for one in server.seen if "footprints" in one.path]


@pytest.mark.parametrize("count", [1, 40])
def test_reach_and_trail_cost_one_request_each_however_many_objects(count: int) -> None:
    given = replace(task(stores(count)), key=KEY)
    server = FakeServer(footprints=[])
    apply(server, given)
    for row in server.rows["site"].values():
        row |= {"proServerName": "edited", "version": 2}
    boots = [one for one in given.declared if one.id.kind == "Bootstrap"]
    rest = [one for one in given.declared if one.id.kind != "Bootstrap"]
    changed = [replace(one, value={**one.value, "new": 1}) for one in boots]
    server.seen.clear()
    made = plan(server, replace(given, declared=[*changed, *rest]))
    assert (len(made.steps), len(made.drifted)) == (count, count)
    asked = [one.path.rpartition("/")[2] for one in server.seen]
    assert (asked.count("footprints"), asked.count("events")) == (1, 1)
    assert made.requests is not None
    assert sum(made.requests.values()) == len(server.seen)


def test_a_server_that_counts_no_devices_is_named() -> None:
    made = plan(FakeServer(footprints=None), replace(task([STORE]), key=KEY))
    assert made.reach is None
    assert made.guarantees == ("no count of devices: whom a change reaches is not told",)
