"""What became of a change set whose reply was lost."""

from collections.abc import Callable, Sequence

import pytest

from reconciler.core.ports import (
    Operation,
    SetRefused,
    Stale,
    Unreachable,
    Written,
)
from reconciler.core.project import Limits
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_writer
from tests.faults import ARRIVES, FAULTS, FaultyTransport
from tests.faults import Fault as Mishap
from tests.remote.fake_server import (
    ADMIN,
    EVERYTHING,
    FakeServer,
    access,
)
from tests.remote.sets import PATH, put, remove, row, server_with, sets, values

NEW = (put("n", {"new": "n"}), put("a", {"new": "a"}, "1"), remove("b", "1"))
SAME = put("c", {"old": "c"}, "1")


@pytest.mark.parametrize("same_first", [True, False])
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_becomes_of_the_reply_a_set_is_done_once(
    fault: Mishap, *, same_first: bool
) -> None:
    server = server_with("abc")
    operations: Sequence[Operation] = (SAME, *NEW) if same_first else (*NEW, SAME)
    wire = FaultyTransport(server.transport)
    with connect_writer(access(), wire) as writer:
        writer.capabilities()
        writer.account()
        wire.k, wire.fault = wire.count + 1, fault
        if fault is Mishap.FAIL:
            with pytest.raises(Unreachable):
                writer.change_set(operations)
            assert server.writes == 0
            return
        results = writer.change_set(operations)
    assert wire.met == [("POST", PATH)]
    names = "cnab" if same_first else "nabc"
    by_name = dict(zip(names, results, strict=True))
    assert {name: one.result for name, one in by_name.items()} == {
        "n": "created",
        "a": "updated",
        "b": "deleted",
        "c": "unchanged",
    }
    assert by_name["a"].version == "2"
    assert server.writes == 3
    assert len(sets(server)) == 1
    assert values(server) == {"n": {"new": "n"}, "a": {"new": "a"}, "c": {"old": "c"}}
    assert fault in ARRIVES or len(server.seen) < 10


@pytest.mark.parametrize("fault", sorted(ARRIVES))
def test_a_set_that_changes_nothing_survives_a_lost_reply(fault: Mishap) -> None:
    server = server_with("c")
    wire = FaultyTransport(server.transport, k=4, fault=fault)
    with connect_writer(access(), wire) as writer:
        assert writer.change_set([SAME]) == (Written("unchanged", "1"),)
    assert wire.met == [("POST", PATH)]
    assert server.writes == 0


def after_the_set(server: FakeServer, edit: Callable[[], object], *, before: bool = False) -> None:
    """Somebody else acts just after (or before) the first set."""

    def act(number: int, when: str) -> None:
        if (number, when) == (1, "before" if before else "after"):
            edit()

    server.person = act


def lose_the_set(server: FakeServer, *, arrives: bool) -> FaultyTransport:
    return FaultyTransport(
        server.transport, k=4, fault=Mishap.RESET_AFTER if arrives else Mishap.RESET_BEFORE
    )


def test_what_somebody_changes_after_a_lost_reply_does_not_undo_the_set() -> None:
    server = server_with("ab")
    theirs = row("b", {"theirs": True}, 9)
    after_the_set(server, lambda: server.rows["bootstrap"].update(b=theirs))
    with connect_writer(access(), lose_the_set(server, arrives=True)) as writer:
        results = writer.change_set([put("a", {"new": "a"}, "1"), put("b", {"new": "b"}, "1")])
    assert results == (Written("updated", "2"), Written("updated", None))
    assert values(server) == {"a": {"new": "a"}, "b": {"theirs": True}}


def test_a_set_that_never_arrived_is_stale_where_somebody_changed_an_object() -> None:
    server = server_with("ab")
    wire = lose_the_set(server, arrives=False)
    server.rows["bootstrap"]["b"] = row("b", {"theirs": True}, 9)
    with connect_writer(access(), wire) as writer, pytest.raises(SetRefused) as caught:
        writer.change_set([put("a", {"new": "a"}, "1"), put("b", {"new": "b"}, "1")])
    assert list(caught.value.reasons) == [1]
    assert values(server) == {"a": {"old": "a"}, "b": {"theirs": True}}


@pytest.mark.parametrize("arrives", [True, False])
def test_where_nothing_proves_that_a_set_arrived_it_counts_as_stale(*, arrives: bool) -> None:
    server = server_with("bcd")
    wire = lose_the_set(server, arrives=arrives)
    theirs = {"b": row("b", {"theirs": True}, 9), "c": server.rows["bootstrap"]["c"]}

    def edit() -> None:
        server.rows["bootstrap"] = dict(theirs)

    if arrives:
        after_the_set(server, edit)
    else:
        edit()
    with connect_writer(access(), wire) as writer, pytest.raises(SetRefused) as caught:
        writer.change_set([put("b", {"new": "b"}, "1"), SAME, remove("d", "1")])
    assert {number: type(why) for number, why in caught.value.reasons.items()} == {0: Stale}
    assert server.rows["bootstrap"] == theirs


def test_a_normalising_server_keeps_the_set_that_arrived() -> None:
    def trimmed(_: str, fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
        return {**fields, "parameters": {"kept": True}} if fields["name"] == "a" else fields

    server = server_with("ab", normalise=trimmed)
    with connect_writer(access(), lose_the_set(server, arrives=True)) as writer:
        results = writer.change_set([put("a", {"new": "a"}, "1"), put("b", {"new": "b"}, "1")])
    assert results == (Written("updated", None), Written("updated", "2"))
    assert server.writes == 2


def test_a_lost_set_whose_fate_can_not_be_read_says_so() -> None:
    server = server_with("a")
    wire = FaultyTransport(server.transport, k=4, fault=Mishap.RESET_AFTER, times=99)
    with connect_writer(access(), wire) as writer, pytest.raises(Unreachable) as caught:
        writer.change_set([put("a", {}, "1")])
    assert caught.value.request == f"POST {PATH}"
    assert "could not be found out" in caught.value.message


@pytest.mark.parametrize("offers", [EVERYTHING, ("changes",)])
@pytest.mark.parametrize("arrives", [True, False])
def test_a_server_without_versions_has_a_lost_set_done_as_wanted(
    offers: tuple[str, ...], *, arrives: bool
) -> None:
    server = server_with("ab", offers=tuple(set(offers) - {"etag"}), versions=False)
    for one in server.rows["bootstrap"].values():
        del one["version"]
    with connect_writer(access(), lose_the_set(server, arrives=arrives)) as writer:
        writer.change_set([put("n", {"new": "n"}), put("a", {"new": "a"}, None), remove("b", None)])
    assert values(server) == {"n": {"new": "n"}, "a": {"new": "a"}}
    assert server.writes == 3


@pytest.mark.parametrize(
    ("names", "missing", "asked"),
    [
        ("ab", (), {"bootstrap"}),
        ("abcdefghij", (), {"bootstraps"}),
        ("abcdefghij", ("lists",), {"bootstrap"}),
        ("ab", ("reads",), {"bootstraps"}),
    ],
)
def test_a_lost_set_is_looked_after_by_the_way_the_server_has(
    names: str, missing: tuple[str, ...], asked: set[str]
) -> None:
    server = server_with(names, missing=missing)
    endpoints = {"Bootstrap": {one.removesuffix("s").replace("read", "get"): "" for one in missing}}
    operations = [put(name, {"new": name}, "1") for name in names]
    wire = lose_the_set(server, arrives=True)
    with connect_writer(access(endpoints=endpoints), wire) as writer:
        assert {one.result for one in writer.change_set(operations)} == {"updated"}
    looked = {one.path.removeprefix(ADMIN) for one in server.seen if "bootstrap" in one.path}
    assert looked == asked
    assert server.writes == len(names)


def test_a_set_whose_last_reply_was_lost_while_somebody_changed_all_is_stale() -> None:
    server = server_with("b")
    wire = FaultyTransport(server.transport, k=4, fault=Mishap.RESET_BEFORE)
    server.rows["bootstrap"]["b"] = row("b", {"theirs": True}, 9)
    given = access(limits=Limits(concurrency=1, requests_per_second=1000, retries=0))
    with connect_writer(given, wire) as writer, pytest.raises(SetRefused) as caught:
        writer.change_set([put("b", {"new": "b"}, "1")])
    assert isinstance(caught.value.reasons[0], Stale)
