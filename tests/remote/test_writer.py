import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import httpx
import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.ports import (
    Account,
    Denied,
    Rejected,
    RemoteFailure,
    Stale,
    Unreachable,
    Written,
)
from reconciler.core.resource import Desired
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_writer
from tests.remote.fake_server import (
    EVERYTHING,
    LOGIN_NAME,
    FakeServer,
    Fault,
    Reply,
    access,
    answer,
    fails,
    html,
    problem,
)

BOOTSTRAP, TOKEN, SITE = KINDS["Bootstrap"], KINDS["Token"], KINDS["Site"]
USER = KINDS["PortalUser"]

LOST: tuple[Reply, ...] = (
    fails(httpx.ReadError),
    fails(httpx.ReadTimeout),
    fails(httpx.RemoteProtocolError),
    html(502),
    html(504),
)


def desired(kind: str, name: str, value: dict[str, JsonValue]) -> Desired:
    return Desired(ResourceId(kind, name), value, Origin("stores/nl.yaml", 3, 41))


def bootstrap(value: dict[str, JsonValue] | None = None) -> Desired:
    return desired("Bootstrap", "store-1", value if value is not None else {"site": "s"})


@pytest.mark.requirement("B-12")
def test_a_bootstrap_is_posted_as_its_parameters_exactly() -> None:
    server = FakeServer()
    value: dict[str, JsonValue] = {"z": Decimal("1.50"), "a": 2**70, "é": None, "t": True, "m": {}}
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(value), None).result == "created"
    sent = server.seen[-1]
    assert (sent.method, sent.path) == ("POST", "/admin/api/v1/bootstrap")
    assert sent.params == {"name": "store-1"}
    assert sent.headers["content-type"] == "application/json"
    assert sent.body.decode() == f'{{"z":1.50,"a":{2**70},"é":null,"t":true,"m":{{}}}}'


@pytest.mark.requirement("T-15")
def test_a_token_is_posted_in_the_query_without_a_body() -> None:
    server = FakeServer()
    server.rows["bootstrap"]["b & c"] = {"name": "b & c", "parameters": {}, "version": 1}
    value: dict[str, JsonValue] = {
        "appId": "WFC_PRO_ANDROID",
        "bootstrap": "b & c",
        "description": "Köln + Süd=1&2 %41 京都",
    }
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(TOKEN, desired("Token", "T-1", value), None).result == "created"
    sent = server.seen[-1]
    assert sent.params == {"name": "T-1", **value}
    assert sent.body == b""
    assert "content-type" not in sent.headers


def test_sites_and_users_are_posted_as_their_fields() -> None:
    server = FakeServer()
    user: dict[str, JsonValue] = {"userName": "Jane", "role": "Admin", "email": "j@x.example"}
    with connect_writer(access(), server.transport) as writer:
        writer.upsert(SITE, desired("Site", "s", {"proServerName": "d"}), None)
        assert server.seen[-1].body == b'{"proServerName":"d"}'
        writer.upsert(USER, desired("PortalUser", "j.doe", user), None)
    assert server.seen[-1].body == b'{"userName":"Jane","role":"Admin","email":"j@x.example"}'
    assert server.seen[-1].params == {"name": "j.doe"}


def test_creations_and_updates_demand_what_the_plan_saw() -> None:
    server = FakeServer()
    with connect_writer(access(), server.transport) as writer:
        writer.upsert(BOOTSTRAP, bootstrap({"v": 1}), None)
        assert server.seen[-1].headers["if-none-match"] == "*"
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "1").result == "updated"
        assert server.seen[-1].headers["if-match"] == '"1"'
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "2").result == "unchanged"
        writer.delete(BOOTSTRAP, "store-1", "2")
        assert server.seen[-1].headers["if-match"] == '"2"'
    assert server.rows["bootstrap"] == {}


def test_a_server_without_entity_tags_is_asked_for_none() -> None:
    server = FakeServer(offers=())
    with connect_writer(access(source="acme@1f"), server.transport) as writer:
        writer.upsert(BOOTSTRAP, bootstrap(), None)
        writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "1")
    names = {name for one in server.seen for name in one.headers}
    assert not names & {"if-match", "if-none-match", "x-pvm-source"}


@pytest.mark.parametrize("version", [None, "7"])
def test_what_somebody_else_changed_is_stale_and_stays(version: str | None) -> None:
    server = FakeServer()
    server.rows["bootstrap"]["store-1"] = {"name": "store-1", "parameters": {"o": 1}, "version": 9}
    with connect_writer(access(), server.transport) as writer, pytest.raises(Stale):
        writer.upsert(BOOTSTRAP, bootstrap(), version)
    assert server.writes == 0


def test_a_stale_answer_about_an_untouched_object_stays_stale() -> None:
    server = FakeServer()
    server.faults.append(Fault("POST", "bootstrap", lambda _: problem(412, "STALE_VERSION")))
    with connect_writer(access(), server.transport) as writer, pytest.raises(Stale):
        writer.upsert(BOOTSTRAP, bootstrap(), None)


def test_what_somebody_else_wrote_just_so_counts_as_done() -> None:
    server = FakeServer()
    server.rows["bootstrap"]["store-1"] = {
        "name": "store-1",
        "parameters": {"site": "s"},
        "version": 9,
    }
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(), None).result == "unchanged"
    assert server.writes == 0


def test_deleting_what_is_gone_counts_as_done_but_a_wrong_path_does_not() -> None:
    server = FakeServer(offers=())
    with connect_writer(access(), server.transport) as writer:
        writer.delete(BOOTSTRAP, "store-1", None)
        server.faults.append(Fault("DELETE", "bootstrap", html(404)))
        with pytest.raises(Rejected):
            writer.delete(BOOTSTRAP, "store-1", None)


def test_deleting_what_somebody_else_deleted_counts_as_done() -> None:
    server = FakeServer()
    with connect_writer(access(), server.transport) as writer:
        writer.delete(BOOTSTRAP, "store-1", "3")


def test_deleting_what_somebody_else_changed_is_stale() -> None:
    server = FakeServer()
    server.rows["bootstrap"]["store-1"] = {"name": "store-1", "parameters": {}, "version": 9}
    with connect_writer(access(), server.transport) as writer, pytest.raises(Stale):
        writer.delete(BOOTSTRAP, "store-1", "3")
    assert "store-1" in server.rows["bootstrap"]


@pytest.mark.parametrize("reply", LOST)
@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_reply_to_a_creation_is_settled_by_reading(reply: Reply, *, arrived: bool) -> None:
    server = FakeServer()
    server.faults.append(Fault("POST", "bootstrap", reply, after=arrived))
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(), None).result == "created"
    assert server.writes == 1


@pytest.mark.parametrize("reply", LOST)
@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_reply_to_an_update_is_settled_by_reading(reply: Reply, *, arrived: bool) -> None:
    server = FakeServer()
    with connect_writer(access(), server.transport) as writer:
        writer.upsert(BOOTSTRAP, bootstrap({"v": 1}), None)
        server.faults.append(Fault("POST", "bootstrap", reply, after=arrived))
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "1").result == "updated"
    assert server.writes == 2


@pytest.mark.parametrize("reply", LOST)
@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_reply_to_a_deletion_is_settled_by_reading(reply: Reply, *, arrived: bool) -> None:
    server = FakeServer()
    with connect_writer(access(), server.transport) as writer:
        writer.upsert(BOOTSTRAP, bootstrap(), None)
        server.faults.append(Fault("DELETE", "bootstrap", reply, after=arrived))
        writer.delete(BOOTSTRAP, "store-1", "1")
    assert server.rows["bootstrap"] == {}
    assert server.writes == 2


def test_an_invitation_is_not_sent_twice_when_the_first_reply_is_lost() -> None:
    server = FakeServer()
    server.faults.append(Fault("POST", "user", fails(httpx.ReadError), after=True))
    user: dict[str, JsonValue] = {"userName": "Jane", "role": "Admin", "email": "j@x.example"}
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(USER, desired("PortalUser", "j.doe", user), None).result == "created"
    assert sum(one.method == "POST" and one.path.endswith("/user") for one in server.seen) == 1


def test_a_lost_reply_followed_by_somebody_elses_change_is_stale() -> None:
    server = FakeServer()

    def lose_and_change(request: httpx.Request) -> httpx.Response:
        server.rows["bootstrap"]["store-1"]["parameters"] = {"theirs": True}
        server.rows["bootstrap"]["store-1"]["version"] = 99
        return fails(httpx.ReadError)(request)

    with connect_writer(access(), server.transport) as writer:
        writer.upsert(BOOTSTRAP, bootstrap({"v": 1}), None)
        server.faults.append(Fault("POST", "bootstrap", lose_and_change, after=True))
        with pytest.raises(Stale):
            writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "1")
    assert server.rows["bootstrap"]["store-1"]["parameters"] == {"theirs": True}


def test_a_write_whose_last_reply_is_lost_is_still_found_out() -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "bootstrap", fails(httpx.ReadError))] * 3
    server.faults.append(Fault("POST", "bootstrap", fails(httpx.ReadError), after=True))
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(), None).result == "created"


def test_a_write_whose_last_reply_was_lost_while_somebody_else_wrote_is_stale() -> None:
    server = FakeServer()
    theirs: dict[str, JsonValue] = {"theirs": True}

    def lose_and_change(request: httpx.Request) -> httpx.Response:
        server.rows["bootstrap"]["store-1"] = {
            "name": "store-1",
            "parameters": theirs,
            "version": 9,
        }
        return fails(httpx.ReadError)(request)

    server.faults += [Fault("POST", "bootstrap", fails(httpx.ReadError))] * 3
    server.faults.append(Fault("POST", "bootstrap", lose_and_change))
    with connect_writer(access(), server.transport) as writer, pytest.raises(Stale):
        writer.upsert(BOOTSTRAP, bootstrap(), None)


def test_a_write_that_never_arrived_fails_as_what_it_was() -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "bootstrap", fails(httpx.ReadError))] * 4
    with (
        connect_writer(access(), server.transport) as writer,
        pytest.raises(Unreachable, match="POST /admin/api/v1/bootstrap"),
    ):
        writer.upsert(BOOTSTRAP, bootstrap(), None)
    assert server.writes == 0


def test_a_write_whose_fate_can_not_be_read_says_so() -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "bootstrap", fails(httpx.ReadError), after=True)]
    server.faults += [Fault("GET", "bootstrap", fails(httpx.ConnectError))] * 99
    with (
        connect_writer(access(), server.transport) as writer,
        pytest.raises(Unreachable) as caught,
    ):
        writer.upsert(BOOTSTRAP, bootstrap(), None)
    assert caught.value.request == "POST /admin/api/v1/bootstrap"
    assert "could not be found out" in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda _: problem(403, "FORBIDDEN"), Denied),
        (lambda _: problem(409, "IN_USE", "two tokens refer to it"), Rejected),
        (lambda _: problem(413, "TOO_LARGE"), Rejected),
        (lambda _: httpx.Response(307, headers={"location": "https://elsewhere"}), Rejected),
    ],
)
def test_a_refused_write_is_told_once(reply: Reply, error: type[RemoteFailure]) -> None:
    server = FakeServer()
    server.faults.append(Fault("POST", "bootstrap", reply))
    with connect_writer(access(), server.transport) as writer, pytest.raises(error):
        writer.upsert(BOOTSTRAP, bootstrap(), None)
    assert server.writes == 0


def test_a_server_that_does_not_name_the_result_is_believed_by_what_was_asked() -> None:
    server = FakeServer()
    server.faults += [Fault("POST", "bootstrap", lambda _: answer({}))] * 2
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(), None).result == "created"
        assert writer.upsert(BOOTSTRAP, bootstrap(), "1").result == "updated"


@pytest.mark.parametrize(
    ("source", "file", "header"),
    [
        ("acme@1f", "stores/nl.yaml", "acme@1f stores/nl.yaml:41"),
        ("acme@1f", "stores/Köln\n.yaml", "acme@1f stores/K%C3%B6ln%0A.yaml:41"),
        ("acme@1f", "ü" * 100, None),
        ("", "stores/nl.yaml", None),
    ],
)
def test_a_write_says_which_line_it_comes_from(source: str, file: str, header: str | None) -> None:
    server = FakeServer()
    one = Desired(ResourceId("Site", "s"), {"proServerName": ""}, Origin(file, 0, 41))
    with connect_writer(access(source=source), server.transport) as writer:
        writer.upsert(SITE, one, None)
    assert server.seen[-1].headers.get("x-pvm-source") == header


def test_a_vendor_administrator_writes_for_one_customer() -> None:
    server = FakeServer(role="Vendor-Admin", customer="")
    with connect_writer(access(customer="acme"), server.transport) as writer:
        writer.upsert(BOOTSTRAP, bootstrap(), None)
        writer.delete(BOOTSTRAP, "store-1", "1")
    writes = [one for one in server.seen if one.path.endswith("/bootstrap")]
    assert [one.params["customer"] for one in writes] == ["acme", "acme"]


def test_of_two_writers_with_one_version_exactly_one_wins_each_round() -> None:
    server = FakeServer()
    rounds, writers = 20, 4
    together = threading.Barrier(writers)
    with (
        connect_writer(access(), server.transport) as writer,
        ThreadPoolExecutor(writers) as pool,
    ):
        writer.upsert(BOOTSTRAP, bootstrap({"round": -1}), None)

        def write(job: tuple[int, int]) -> bool:
            number, me = job
            together.wait()
            try:
                mine: dict[str, JsonValue] = {"round": number, "by": me}
                writer.upsert(BOOTSTRAP, bootstrap(mine), str(number + 1))
            except Stale:
                return False
            return True

        for number in range(rounds):
            assert sum(pool.map(write, [(number, me) for me in range(writers)])) == 1


def test_every_capability_can_be_missing() -> None:
    for missing in EVERYTHING:
        server = FakeServer(offers=tuple(set(EVERYTHING) - {missing}))
        with connect_writer(access(source="acme@1f"), server.transport) as writer:
            assert writer.upsert(BOOTSTRAP, bootstrap(), None).result == "created"
            assert [str(live.id) for live in writer.fetch(BOOTSTRAP)] == ["Bootstrap/store-1"]
            assert writer.account() == Account(LOGIN_NAME, "Super-Admin", "acme")


def test_a_write_tells_the_version_that_the_object_has_now() -> None:
    server = FakeServer()
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 1}), None) == Written("created", "1")
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "1") == Written("updated", "2")
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 2}), "2") == Written("unchanged", "2")
        server.faults.append(Fault("POST", "bootstrap", fails(httpx.ReadError), after=True))
        assert writer.upsert(BOOTSTRAP, bootstrap({"v": 3}), "2") == Written("updated", "3")


def test_a_server_without_entity_tags_tells_no_version() -> None:
    server = FakeServer(offers=())
    with connect_writer(access(), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(), None) == Written("created")


def test_a_writer_reads_as_a_reader_does() -> None:
    endpoints = {"Token": {"list": ""}, "Site": {"get": ""}}
    with connect_writer(access(endpoints=endpoints), FakeServer().transport) as writer:
        assert [writer.lists(TOKEN), writer.lists(SITE)] == [False, True]
        assert [writer.reads(TOKEN), writer.reads(SITE)] == [True, False]
        assert writer.now().isoformat() == "2026-11-22T12:00:00+00:00"


def test_a_lost_creation_is_settled_through_the_list_where_single_reads_are_off() -> None:
    server = FakeServer(missing=("reads",))
    server.faults.append(Fault("POST", "bootstrap", fails(httpx.ReadError), after=True))
    endpoints = {"Bootstrap": {"get": ""}}
    with connect_writer(access(endpoints=endpoints), server.transport) as writer:
        assert writer.upsert(BOOTSTRAP, bootstrap(), None) == Written("created", "1")
    assert server.writes == 1
