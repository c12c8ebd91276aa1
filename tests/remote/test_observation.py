"""What a server tells beside its objects, and how little it may tell."""

from datetime import UTC, datetime

import pytest

from reconciler.core.ports import Rejected, Unreachable
from reconciler.core.reach import Footprint
from reconciler.core.trail import Deed, Happening, Trail
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader
from tests.remote.fake_server import EVERYTHING, FakeServer, Fault, access, answer, problem

SINCE = datetime(2026, 10, 23, 12, tzinfo=UTC)
ROW: JsonValue = {"tokens": ["A", "B"], "bootstraps": ["b"], "site": None, "devices": 3}


def event(number: int, type_: str = "TOKEN_UPDATE", by: str | None = "j.doe") -> JsonValue:
    at = f"2026-11-22T00:00:00.{number:06}Z"
    return {"timestamp": at, "type": type_, "userLogin": by, "target": f"T-{number}"}


def footprints(server: FakeServer) -> list[Footprint] | None:
    with connect_reader(access(), server.transport) as reader:
        found = reader.footprints(SINCE)
    return None if found is None else list(found)


def trail(server: FakeServer) -> Trail | None:
    with connect_reader(access(), server.transport) as reader:
        return reader.trail(SINCE)


def paths(server: FakeServer) -> list[str]:
    return [one.path.rpartition("/v1/")[2] for one in server.seen if one.method == "GET"]


def test_footprints_are_one_request() -> None:
    server = FakeServer(
        footprints=[ROW, {"tokens": [], "bootstraps": [], "site": "s", "devices": 1}]
    )
    assert footprints(server) == [
        Footprint(("A", "B"), ("b",), "", 3),
        Footprint((), (), "s", 1),
    ]
    assert paths(server).count("devices/footprints") == 1
    assert server.seen[-1].params == {"usedAfter": "2026-10-23T12:00:00Z"}


def test_a_vendor_asks_for_the_customer_it_works_for() -> None:
    server = FakeServer(role="Vendor-Admin", customer="", footprints=[], happened=[])
    with connect_reader(access(customer="ACME"), server.transport) as reader:
        assert reader.footprints(SINCE) == []
        assert reader.trail(SINCE) == Trail((), complete=True)
    assert [one.params["customer"] for one in server.seen[-2:]] == ["acme", "acme"]


def test_a_server_without_the_capability_is_not_asked() -> None:
    server = FakeServer(offers=tuple(set(EVERYTHING) - {"devices", "events"}), footprints=[ROW])
    assert (footprints(server), trail(server)) == (None, None)
    assert set(paths(server)) == {"capabilities"}


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_server_that_does_not_know_the_address_tells_nothing(status: int) -> None:
    server = FakeServer()
    for path in ("devices/footprints", "events"):
        server.faults.append(Fault("GET", path, lambda _: problem(status, "NO")))
    assert (footprints(server), trail(server)) == (None, None)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        ["A"],
        [{"tokens": ["A"], "bootstraps": []}],
        [{"tokens": ["A"], "bootstraps": [], "devices": True}],
        [{"tokens": ["A"], "bootstraps": [], "devices": -1}],
        [{"tokens": "A", "bootstraps": [], "devices": 1}],
        [{"tokens": [1], "bootstraps": [], "devices": 1}],
    ],
)
def test_an_answer_that_is_none_is_never_an_empty_one(rows: JsonValue) -> None:
    server = FakeServer()
    reply = answer({"footprints": rows})
    server.faults.append(Fault("GET", "devices/footprints", lambda _: reply))
    with pytest.raises(Rejected, match="GET /admin/api/v1/devices/footprints"):
        footprints(server)


@pytest.mark.parametrize("body", [{}, {"content": ["x"]}])
def test_events_that_are_none_are_refused(body: JsonValue) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "events", lambda _: answer(body)))
    with pytest.raises(Rejected, match="events"):
        trail(server)


def test_a_failure_is_no_answer_either() -> None:
    server = FakeServer()
    server.faults += [Fault("GET", "events", lambda _: problem(500, "BROKEN"))] * 9
    with pytest.raises(Unreachable):
        trail(server)


def test_events_of_objects_are_read_page_by_page() -> None:
    events = [event(n) for n in range(2300, 0, -1)]
    events[1] = event(2299, "LOGIN")
    events[2] = event(2298, "USER_DELETE", None)
    events[3] = {"timestamp": "x", "type": "SITE_ADD", "userLogin": "a", "target": None}
    found = trail(FakeServer(happened=events))
    assert found is not None
    assert found.complete
    assert len(found.happenings) == 2298
    at = "2026-11-22T00:00:00.002298Z"
    assert found.happenings[1] == Happening("PortalUser", "T-2298", Deed.DELETE, "", at)


def test_a_long_trail_ends_after_ten_requests() -> None:
    server = FakeServer(happened=[event(n) for n in range(10_500, 0, -1)])
    found = trail(server)
    assert found is not None
    assert (len(found.happenings), found.complete) == (10_000, False)
    assert paths(server).count("events") == 10


@pytest.mark.parametrize(("total", "complete"), [(2, True), (3, False)])
def test_without_cursors_the_first_page_is_all_there_is(
    total: int,
    complete: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    server = FakeServer()
    page = answer({"content": [event(2), event(1)], "totalElements": total})
    server.faults.append(Fault("GET", "events", lambda _: page))
    found = trail(server)
    assert found is not None
    assert found.complete is complete
