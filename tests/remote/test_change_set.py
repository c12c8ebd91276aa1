from collections.abc import Callable
from decimal import Decimal

import httpx
import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.json_text import dump_json
from reconciler.core.origin import Origin
from reconciler.core.ports import (
    Denied,
    Put,
    Rejected,
    RemoteFailure,
    Remove,
    Stale,
    Written,
)
from reconciler.core.resource import Desired
from reconciler.core.values import MASK, JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.connection import connect_writer
from tests.remote.fake_server import (
    PASSWORD,
    FakeServer,
    Fault,
    access,
    answer,
    problem,
)
from tests.remote.sets import (
    BOOTSTRAP,
    PATH,
    put,
    refusal,
    remove,
    row,
    send,
    server_with,
    sets,
    values,
)

TOKEN, SITE, USER = (KINDS[name] for name in ("Token", "Site", "PortalUser"))


def test_a_set_is_posted_as_single_writes_are_with_conditions_and_sources() -> None:
    server = server_with("ab")
    exact: dict[str, JsonValue] = {"z": Decimal("1.50"), "a": 2**70, "é": None, "m": {"t": True}}
    token = Desired(
        ResourceId("Token", "T-1"),
        {"appId": "WFC_PRO_ANDROID", "bootstrap": "n", "description": "Köln & Süd"},
        Origin("Köln.yaml", 0, 2),
    )
    operations = (put("n", exact), put("a", {}, "1"), Put(TOKEN, token, None), remove("b", "1"))
    with connect_writer(access(source="acme@1f"), server.transport) as writer:
        results = writer.change_set(operations)
    assert results == (
        Written("created", "1"),
        Written("updated", "2"),
        Written("created", "1"),
        Written("deleted", None),
    )
    sent = server.seen[-1]
    assert (sent.method, sent.path, sent.params) == ("POST", PATH, {})
    assert sent.headers["content-type"] == "application/json"
    line = '"source":"acme@1f stores/nl.yaml:41"'
    assert sent.body.decode() == (
        '{"operations":['
        '{"kind":"Bootstrap","op":"upsert","name":"n",'
        f'"body":{{"z":1.50,"a":{2**70},"é":null,"m":{{"t":true}}}},{line},"ifNoneMatch":"*"}},'
        f'{{"kind":"Bootstrap","op":"upsert","name":"a","body":{{}},{line},"ifMatch":"1"}},'
        '{"kind":"Token","op":"upsert","name":"T-1",'
        '"body":{"appId":"WFC_PRO_ANDROID","bootstrap":"n","description":"Köln & Süd"},'
        '"source":"acme@1f K%C3%B6ln.yaml:2","ifNoneMatch":"*"},'
        '{"kind":"Bootstrap","op":"delete","name":"b","ifMatch":"1"}]}'
    )


def test_an_empty_set_is_not_sent() -> None:
    server = FakeServer()
    assert send(server) == ()
    assert server.seen == []


def test_a_server_without_entity_tags_is_asked_for_no_condition() -> None:
    server = server_with("ab", offers=("changes",))
    send(server, put("n", {}), put("a", {}, "1"), remove("b", "1"))
    assert b"Match" not in server.seen[-1].body
    assert b"source" not in server.seen[-1].body


def test_a_vendor_administrator_changes_one_customer() -> None:
    server = server_with(role="Vendor-Admin", customer="")
    with connect_writer(access(customer="acme"), server.transport) as writer:
        writer.change_set([put("n", {})])
    assert server.seen[-1].params == {"customer": "acme"}


def test_everything_that_somebody_changed_is_named_at_once_and_nothing_is_written() -> None:
    server = server_with("abcd")
    server.rows["bootstrap"]["b"] = row("b", {"theirs": True}, 2)
    del server.rows["bootstrap"]["d"]
    before = values(server)
    found = refusal(server, put("a", {}, "1"), put("b", {}, "1"), put("c", {}), put("d", {}, "1"))
    assert {number: type(why) for number, why in found.reasons.items()} == {
        1: Stale,
        2: Stale,
        3: Stale,
    }
    assert values(server) == before
    assert len(sets(server)) == 1


def test_a_deletion_of_what_somebody_changed_is_stale() -> None:
    server = server_with("ab")
    server.rows["bootstrap"]["b"] = row("b", {"theirs": True}, 2)
    found = refusal(server, remove("a", "1"), remove("b", "1"))
    assert list(found.reasons) == [1]
    assert set(server.rows["bootstrap"]) == {"a", "b"}


def test_what_somebody_wrote_or_deleted_just_so_counts_as_done() -> None:
    server = server_with("abcd")
    server.rows["bootstrap"]["b"] = row("b", {"new": "b"}, 7)
    del server.rows["bootstrap"]["c"]
    results = send(
        server,
        put("a", {"new": "a"}, "1"),
        put("b", {"new": "b"}, "1"),
        remove("c", "1"),
        remove("d", "1"),
    )
    assert results == (
        Written("updated", "2"),
        Written("unchanged", "7"),
        Written("deleted"),
        Written("deleted"),
    )
    assert values(server) == {"a": {"new": "a"}, "b": {"new": "b"}}
    assert sets(server) == [["a", "b", "c", "d"], ["a", "d"]]


def test_a_set_of_which_all_is_done_already_is_not_sent_again() -> None:
    server = server_with("a")
    results = send(server, put("a", {"old": "a"}), remove("z", "4"))
    assert results == (Written("unchanged", "1"), Written("deleted"))
    assert len(sets(server)) == 1


def test_a_reason_keeps_its_number_after_others_were_taken_out() -> None:
    server = server_with("ab")
    server.rows["token"]["t"] = {"name": "T", "bootstrap": "b"}
    found = refusal(server, remove("gone", "1"), put("a", {}, "1"), remove("b", "1"))
    assert list(found.reasons) == [2]
    assert isinstance(found.reasons[2], Rejected)
    assert "409 IN_USE" in found.reasons[2].message
    assert sets(server) == [["gone", "a", "b"], ["a", "b"]]
    assert values(server) == {"a": {"old": "a"}, "b": {"old": "b"}}


@pytest.mark.parametrize(
    ("status", "error"), [(400, Rejected), (403, Denied), (409, Rejected), (412, Stale)]
)
def test_a_refusal_means_what_it_means_for_a_single_write(
    status: int, error: type[RemoteFailure]
) -> None:
    server = server_with("a")
    errors: list[JsonValue] = [{"field": "x", "message": "as it is", "index": 0}]
    body = dump_json({"status": status, "code": "CODE", "errors": errors}).encode()
    headers = {"content-type": "application/problem+json"}
    reply = httpx.Response(status, headers=headers, content=body)
    server.faults.append(Fault("POST", "changes", lambda _: reply))
    found = refusal(server, put("a", {}, "1"))
    assert {number: type(why) for number, why in found.reasons.items()} == {0: error}
    assert found.reasons[0].status == status
    assert found.reasons[0].request == f"POST {PATH}"
    assert "as it is" in found.reasons[0].message


def test_each_operation_gets_its_own_reasons() -> None:
    server = server_with("ab")
    errors: list[JsonValue] = [
        {"field": "name", "message": "too long", "index": 1},
        {"field": "body", "message": f"has {PASSWORD}", "index": 1},
        {"field": "body", "message": "no object", "index": 0},
        {"field": "body", "message": "of another set", "index": 9},
        {"field": "body", "message": "of no operation", "index": True},
        "senseless",
    ]
    body = dump_json({"code": "VALIDATION", "detail": PASSWORD, "errors": errors}).encode()
    headers = {"content-type": "application/problem+json"}
    reply = httpx.Response(400, headers=headers, content=body)
    server.faults.append(Fault("POST", "changes", lambda _: reply))
    found = refusal(server, put("a", {}, "1"), put("b", {}, "1"))
    assert {number: why.message for number, why in found.reasons.items()} == {
        0: "400 VALIDATION: body: no object",
        1: f"400 VALIDATION: name: too long; body: has {MASK}",
    }
    assert PASSWORD not in str(found)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda _: problem(403, "FORBIDDEN"), Denied),
        (lambda _: problem(404, "NOT_FOUND"), Rejected),
        (lambda _: problem(413, "TOO_LARGE"), Rejected),
        (lambda _: answer({}), Rejected),
        (lambda _: answer({"results": [{"index": 1, "result": "created"}]}), Rejected),
        (lambda _: answer({"results": [{"index": 0}, {"index": 1}]}), Rejected),
    ],
)
def test_a_refusal_of_the_whole_set_names_no_operation(
    reply: Callable[[httpx.Request], httpx.Response], error: type[RemoteFailure]
) -> None:
    server = server_with("a")
    server.faults.append(Fault("POST", "changes", reply))
    with pytest.raises(error):
        send(server, put("a", {}, "1"))


def test_a_stale_answer_about_untouched_objects_stays_one() -> None:
    server = server_with("a")
    errors: list[JsonValue] = [{"field": "", "message": "no", "index": 0}]
    body = dump_json({"code": "STALE_VERSION", "errors": errors}).encode()
    headers = {"content-type": "application/problem+json"}
    reply = httpx.Response(412, headers=headers, content=body)
    server.faults.append(Fault("POST", "changes", lambda _: reply))
    assert isinstance(refusal(server, put("a", {}, "1")).reasons[0], Stale)
    assert values(server) == {"a": {"old": "a"}}


def test_a_stale_set_whose_objects_can_not_be_read_is_told_as_the_server_does() -> None:
    server = server_with("ab")
    server.rows["bootstrap"]["b"] = row("b", {"theirs": True}, 2)
    server.faults += [Fault("GET", "bootstrap", lambda _: problem(403, "FORBIDDEN"))] * 9
    found = refusal(server, put("a", {}, "1"), put("b", {}, "1"))
    assert list(found.reasons) == [1]


def test_a_large_set_may_take_longer_than_a_single_write() -> None:
    patience: list[float] = []

    def note(request: httpx.Request) -> httpx.Response:
        patience.append(request.extensions["timeout"]["read"])
        return server.handle(request)

    server = server_with("ab")
    with connect_writer(access(), httpx.MockTransport(note)) as writer:
        writer.upsert(BOOTSTRAP, put("a", {}).desired, "1")
        single = patience[-1]
        writer.change_set([put(f"n{number}", {}) for number in range(500)])
    assert (single, patience[-1]) == (15.0, 20.0)


def test_a_set_of_every_kind_is_understood() -> None:
    server = server_with("ab")
    site = Desired(ResourceId("Site", "s"), {"proServerName": "d"}, Origin("a.yaml", 0, 1))
    who: dict[str, JsonValue] = {"userName": "Jane", "role": "Admin", "email": "j@x.example"}
    user = Desired(ResourceId("PortalUser", "j.doe"), who, Origin("a.yaml", 0, 2))
    with connect_writer(access(), server.transport) as writer:
        writer.change_set([Put(SITE, site, None), Put(USER, user, None)])
        for kind, wanted in ((SITE, site), (USER, user)):
            live = writer.find(kind, wanted.id.name)
            assert live is not None
            assert live.value == wanted.value
        assert writer.change_set([Remove(SITE, "s", "1"), Remove(USER, "J.DOE", "1")])
    assert server.rows["site"] == server.rows["user"] == {}
