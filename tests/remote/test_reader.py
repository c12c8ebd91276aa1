from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reconciler.core.json_text import dump_json
from reconciler.core.ports import Denied, Rejected, Unreachable
from reconciler.core.problem import Misuse
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_reader, connect_writer
from tests.remote.fake_server import (
    ADMIN,
    EVERYTHING,
    FakeServer,
    Fault,
    Reply,
    Waits,
    access,
    answer,
    fails,
    html,
    problem,
)

SITE, TOKEN, BOOTSTRAP = KINDS["Site"], KINDS["Token"], KINDS["Bootstrap"]
PAGED = tuple(set(EVERYTHING) - {"ndjson"})
TOKEN_ROW: dict[str, JsonValue] = {"appId": "A", "bootstrap": "b", "description": "", "version": 1}


def server_with_sites(count: int, **changes: object) -> FakeServer:
    server = FakeServer(**changes)  # type: ignore[arg-type] # each test names fields that exist
    for number in range(count):
        name = f"site-{number:04d}"
        server.rows["site"][name] = {"name": name, "proServerName": "dev", "version": number + 1}
    return server


@pytest.mark.parametrize("offers", [EVERYTHING, PAGED, ()])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_a_list_is_read_whole_in_lines_and_in_pages(offers: tuple[str, ...], count: int) -> None:
    server = server_with_sites(count, offers=offers)
    with connect_reader(access(), server.transport) as reader:
        found = list(reader.fetch(SITE))
    assert [live.id.name for live in found] == sorted(server.rows["site"])
    assert [live.version for live in found] == [str(number + 1) for number in range(count)]


def test_pages_are_no_larger_than_the_server_allows() -> None:
    server = server_with_sites(25, offers=PAGED, page_size=10)
    with connect_reader(access(), server.transport) as reader:
        assert len(list(reader.fetch(SITE))) == 25


def test_a_list_may_be_one_array_with_names_of_its_own() -> None:
    server = FakeServer(offers=())
    rows: JsonValue = [{"title": "site-1", "proServerName": "d"}, {"title": "site-2"}]
    server.faults.append(Fault("GET", "places", lambda _: answer(rows)))
    endpoints = {"Site": {"list": f"{ADMIN}places", "items": "", "name": "title", "paging": "none"}}
    with connect_reader(access(endpoints=endpoints), server.transport) as reader:
        found = list(reader.fetch(SITE))
    assert [live.id.name for live in found] == ["site-1", "site-2"]
    assert server.seen[-1].params == {}


def test_an_object_added_between_two_pages_makes_the_list_start_again() -> None:
    server = server_with_sites(1500, offers=PAGED)

    def add(_: httpx.Request) -> httpx.Response:
        rows: list[JsonValue] = [dict(row) for row in list(server.rows["site"].values())[:1000]]
        server.rows["site"]["site-0000a"] = {"name": "site-0000a", "proServerName": "dev"}
        return answer({"content": rows, "totalElements": 1500})

    server.faults.append(Fault("GET", "sites", add))
    with connect_reader(access(), server.transport) as reader:
        assert len(list(reader.fetch(SITE))) == 1501


def test_a_list_that_never_stands_still_is_an_error_and_not_a_part_of_a_list() -> None:
    server = server_with_sites(10, offers=PAGED)

    def half(_: httpx.Request) -> httpx.Response:
        return answer({"content": [{"name": "site-1"}], "totalElements": 2})

    server.faults += [Fault("GET", "sites", half)] * 6
    with (
        connect_reader(access(), server.transport) as reader,
        pytest.raises(Rejected, match="changed each time"),
    ):
        reader.fetch(SITE)


def test_a_stream_without_a_frame_could_be_cut_off_and_is_read_in_pages_instead() -> None:
    server = server_with_sites(3)

    def unframed(_: httpx.Request) -> httpx.Response:
        line = dump_json({"name": "site-0000"}).encode()
        return httpx.Response(
            200,
            headers={"content-type": "application/x-ndjson"},
            stream=httpx.ByteStream(line + b"\n"),
        )

    server.faults.append(Fault("GET", "sites", unframed))
    with connect_reader(access(), server.transport) as reader:
        assert len(list(reader.fetch(SITE))) == 3


def test_a_server_that_streams_no_lines_after_all_is_read_in_pages() -> None:
    server = server_with_sites(3)
    page = Fault("GET", "sites", lambda _: answer({"content": [], "totalElements": 0}))
    server.faults.append(page)
    with connect_reader(access(), server.transport) as reader:
        assert len(list(reader.fetch(SITE))) == 3


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_server_that_does_not_know_capabilities_offers_none(status: int) -> None:
    server = server_with_sites(3)
    server.faults.append(Fault("GET", "capabilities", lambda _: problem(status, "NO")))
    with connect_reader(access(), server.transport) as reader:
        assert reader.capabilities().offers == {"lists", "reads"}
        assert len(list(reader.fetch(SITE))) == 3


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"capabilities": "etag", "limits": [], "version": 3, "time": None},
        {"limits": {"pageSize": 0, "bodyBytes": True, "other": "x"}},
    ],
)
def test_senseless_capabilities_are_none(value: JsonValue) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "capabilities", lambda _: answer(value)))
    with connect_reader(access(), server.transport) as reader:
        found = reader.capabilities()
    assert (sorted(found.offers), dict(found.limits or {})) == (["lists", "reads"], {})
    assert (found.version, found.time) == ("", "")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda _: problem(403, "FORBIDDEN"), Denied),
        (lambda _: problem(404, "NOT_FOUND"), Rejected),
        (lambda _: problem(500, "INTERNAL"), Unreachable),
        (html(200), Rejected),
        (html(403), Denied),
        (lambda _: httpx.Response(302, headers={"location": "/login"}), Rejected),
        (lambda _: answer({}), Rejected),
        (lambda _: answer([]), Rejected),
        (lambda _: httpx.Response(204), Rejected),
    ],
)
@pytest.mark.parametrize("offers", [EVERYTHING, PAGED])
def test_a_list_that_fails_is_never_an_empty_list(
    reply: Reply, error: type[Exception], offers: tuple[str, ...]
) -> None:
    server = server_with_sites(3, offers=offers)
    server.faults += [Fault("GET", "sites", reply)] * 2
    with connect_reader(access(), server.transport) as reader, pytest.raises(error) as caught:
        reader.fetch(SITE)
    assert "GET /admin/api/v1/sites" in str(caught.value)


def test_one_object_is_found_by_its_name_and_missing_is_none() -> None:
    server = server_with_sites(3)
    with connect_reader(access(), server.transport) as reader:
        found = reader.find(SITE, "site-0001")
        assert found is not None
        assert found.value == {"proServerName": "dev"}
        assert reader.find(SITE, "site-9999") is None


def test_a_proxys_page_does_not_mean_that_an_object_is_missing() -> None:
    server = server_with_sites(1)
    server.faults.append(Fault("GET", "site", html(404)))
    with connect_reader(access(), server.transport) as reader, pytest.raises(Rejected):
        reader.find(SITE, "site-0000")


@pytest.mark.parametrize("customer", ["acme", {"code": "acme", "name": "ACME Retail"}])
def test_the_account_names_its_customer(customer: JsonValue) -> None:
    server = FakeServer()
    me: JsonValue = {"loginName": "ada", "role": "Admin", "customer": customer}
    server.faults.append(Fault("GET", "auth/me", lambda _: answer(me)))
    with connect_reader(access(), server.transport) as reader:
        account = reader.account()
        assert account is not None
        assert account.customer == "acme"


@pytest.mark.parametrize("me", [{}, {"loginName": "ada"}, {"role": "Admin"}, []])
def test_an_account_without_a_name_or_a_role_is_refused(me: JsonValue) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "auth/me", lambda _: answer(me)))
    with connect_reader(access(), server.transport) as reader, pytest.raises(Rejected):
        reader.account()


def test_a_vendor_administrators_calls_are_kept_to_one_customer() -> None:
    server = server_with_sites(1, role="Vendor-Admin", customer="")
    with connect_reader(access(customer="ACME"), server.transport) as reader:
        reader.fetch(SITE)
        reader.find(SITE, "site-0000")
        account = reader.account()
        assert account is not None
        assert account.customer == "acme"
    asked = [one.params.get("customer") for one in server.seen if "/site" in one.path]
    assert asked == ["acme", "acme"]


def test_a_vendor_administrator_without_a_customer_reads_nothing() -> None:
    server = server_with_sites(1, role="Vendor-Admin", customer="")
    with connect_reader(access(), server.transport) as reader, pytest.raises(Misuse) as caught:
        reader.fetch(SITE)
    assert "customer" in caught.value.fix


def test_others_send_no_customer_along() -> None:
    server = server_with_sites(1)
    with connect_reader(access(customer="acme"), server.transport) as reader:
        reader.fetch(SITE)
    assert all("customer" not in one.params for one in server.seen)


def test_requests_are_counted_by_method() -> None:
    server = server_with_sites(1)
    with connect_reader(access(), server.transport) as reader:
        reader.fetch(SITE)
        assert reader.requests() == {"GET": 3, "POST": 1}


def test_a_server_that_does_not_know_whose_credentials_these_are_says_nothing() -> None:
    server = FakeServer(missing=("account",))
    with connect_reader(access(), server.transport) as reader:
        assert reader.account() is None
        assert reader.account() is None
        reader.fetch(SITE)
    assert sum(one.path.endswith("auth/me") for one in server.seen) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [(html(404), Rejected), (lambda _: problem(403, "FORBIDDEN"), Denied)],
)
def test_only_the_servers_own_404_means_that_it_does_not_know(
    reply: Reply, error: type[Exception]
) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "auth/me", reply))
    with connect_reader(access(), server.transport) as reader, pytest.raises(error):
        reader.account()


@pytest.mark.parametrize(
    ("endpoints", "offered"),
    [
        ({}, {"lists", "reads"}),
        ({"Site": {"list": ""}}, {"reads"}),
        ({"sites": {"get": ""}}, {"lists"}),
        ({"Site": {"list": "", "get": ""}}, set()),
    ],
)
def test_lists_and_reads_are_offered_as_the_endpoints_say(
    endpoints: dict[str, dict[str, str]], offered: set[str]
) -> None:
    server = FakeServer(offers=("etag",))
    with connect_reader(access(endpoints=endpoints), server.transport) as reader:
        assert reader.capabilities().offers == offered | {"etag"}
        assert reader.lists(SITE) is ("lists" in offered)
        assert reader.reads(SITE) is ("reads" in offered)
        assert reader.lists(KINDS["Token"])
        assert reader.reads(KINDS["Token"])


def test_what_a_server_claims_about_lists_does_not_count() -> None:
    server = FakeServer(offers=("lists", "reads"))
    endpoints = {"Site": {"list": "", "get": ""}}
    with connect_reader(access(endpoints=endpoints), server.transport) as reader:
        assert reader.capabilities().offers == frozenset()


def test_without_single_reads_an_object_is_found_in_its_list() -> None:
    server = FakeServer(missing=("reads",))
    server.rows["token"]["t-1"] = {**TOKEN_ROW, "name": "T-1"}
    endpoints = {"Token": {"get": ""}}
    with connect_reader(access(endpoints=endpoints), server.transport) as reader:
        found = reader.find(KINDS["Token"], "t-1")
        assert found is not None
        assert found.id.name == "T-1"
        assert reader.find(KINDS["Token"], "t-2") is None


def test_without_lists_objects_are_read_by_name_and_a_list_is_a_misuse() -> None:
    server = server_with_sites(2, missing=("lists",))
    endpoints = {"Site": {"list": ""}}
    with connect_reader(access(endpoints=endpoints), server.transport) as reader:
        found = reader.find(SITE, "site-0001")
        assert found is not None
        with pytest.raises(Misuse, match="no way to list sites"):
            reader.fetch(SITE)


def test_an_object_that_can_not_be_read_in_any_way_is_a_misuse() -> None:
    endpoints = {"Site": {"list": "", "get": ""}}
    with (
        connect_reader(access(endpoints=endpoints), FakeServer().transport) as reader,
        pytest.raises(Misuse, match="no way to get sites"),
    ):
        reader.find(SITE, "s")


MOMENT = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
DATED = "Sun, 22 Nov 2026 03:04:05 GMT"


def dated(value: JsonValue, date: str = DATED, status: int = 200) -> Reply:
    def reply(_: httpx.Request) -> httpx.Response:
        response = answer(value) if status == 200 else problem(status, "NOT_FOUND")
        response.headers["date"] = date
        return response

    return reply


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: answer({"time": "2026-11-22T03:04:05Z"}),
        lambda _: answer({"time": "2026-11-22T04:04:05+01:00"}),
        dated({"time": "2026-11-22T03:04:05Z"}, "Sat, 01 Jan 2000 00:00:00 GMT"),
        dated({}),
        dated({"time": 7}),
        dated({"time": "noon"}),
        dated({"time": "2026-11-22T09:00:00"}),
        dated({}, status=404),
        dated({}, status=403),
    ],
)
def test_the_time_is_the_servers(reply: Reply) -> None:
    server = FakeServer()
    server.faults.append(Fault("GET", "capabilities", reply))
    with connect_reader(access(), server.transport) as reader:
        found = reader.now()
    assert (found, found.tzinfo) == (MOMENT, UTC)


@pytest.mark.parametrize("date", ["", "noon", "Sun, 22 Nov 2026 03:04:05"])
def test_the_time_is_ours_where_the_server_tells_none(date: str) -> None:
    server, waits = FakeServer(), Waits()
    server.faults.append(Fault("GET", "capabilities", dated({}, date)))
    given = access(timing=replace(waits.timing, utc=lambda: MOMENT))
    with connect_reader(given, server.transport) as reader:
        assert reader.now() == MOMENT


def test_the_time_is_asked_for_each_time() -> None:
    moments = iter(MOMENT + timedelta(seconds=number) for number in range(3))
    server = FakeServer(clock=lambda: next(moments))
    with connect_writer(access(), server.transport) as writer:
        writer.capabilities()
        assert [writer.now(), writer.now()] == [
            MOMENT + timedelta(seconds=1),
            MOMENT + timedelta(seconds=2),
        ]


def test_a_server_that_can_not_be_asked_has_no_time() -> None:
    server = FakeServer()
    server.faults += [Fault("GET", "capabilities", fails(httpx.ConnectError))] * 9
    with connect_reader(access(), server.transport) as reader, pytest.raises(Unreachable):
        reader.now()
