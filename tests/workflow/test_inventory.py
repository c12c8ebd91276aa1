import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import httpx
import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import Entry, LeaseLost
from reconciler.core.json_text import dump_json
from reconciler.core.ports import Put, RemoteFailure, Stale, Written
from reconciler.core.project import Target
from reconciler.core.values import JsonValue
from reconciler.remote.connection import connect_reader, connect_writer
from reconciler.workflow.inventory import Held, read_inventory
from reconciler.workflow.task import Task
from tests.core.inventories import NOTE, announced, owned
from tests.remote.fake_server import EVERYTHING, FakeServer, Fault, access, fails
from tests.workflow.keeping import (
    NO_TAGS,
    DiedError,
    dying_after,
    forge,
    held_on,
    keeper_with,
    keeping,
    ours,
    server_with,
    shard_names,
)

PROJECT = ours().project.name
HEAD, FIRST = (f"pvm-inventory-{PROJECT}-{number:02}" for number in (0, 1))
PROTECTED = f"pvm-protected-{PROJECT}-01"
with_and_without_tags = pytest.mark.parametrize(
    "offers", [EVERYTHING, NO_TAGS], ids=["etag", "none"]
)


def store(number: int, version: int = 0) -> Entry:
    return owned("Bootstrap", f"store-{number}", {"n": number, "version": version})


@cache
def large(number: int) -> Entry:
    """An entry whose content takes a good part of a shard."""
    noise: JsonValue = [announced(f"{number}-{n}").asked for n in range(700)]
    return owned("Bootstrap", f"large-{number}", {"noise": noise})


def id_of(kind: str, name: str) -> ResourceId:
    return ResourceId(kind, name)


def names(held: Held) -> set[str]:
    assert held.inventory.damages == ()
    return {name for _, name in held.inventory.entries}


@with_and_without_tags
def test_what_was_saved_is_read_again(offers: Sequence[str]) -> None:
    server = server_with(offers)
    protected = replace(store(2), protect=True)
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([store(1), protected, owned("Site", "s", {})], [])
        keeper.save([store(1, version=2)], [id_of("Site", "s")])
        note = keeper.release(NOTE)
    assert note == NOTE
    held = held_on(server)
    assert dict(held.inventory.entries) == {
        ("Bootstrap", "store-1"): store(1, version=2),
        ("Bootstrap", "store-2"): protected,
    }
    assert held.inventory.protected == {("Bootstrap", "store-2")}
    assert held.inventory.last == NOTE
    assert set(held.shards) == {HEAD, FIRST, PROTECTED}


@pytest.mark.parametrize("missing", [(), ("lists",), ("reads",)])
def test_shards_are_found_in_lists_and_by_name(missing: Sequence[str]) -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([replace(large(n), protect=True) for n in range(12)], [])
        keeper.release()
    expected = held_on(server)
    assert len(expected.shards) > 3
    server.missing = missing
    endpoints = {"Bootstrap": {"get": ""}} if missing == ("reads",) else {}
    with connect_reader(access(endpoints=endpoints), server.transport) as reader:
        found = read_inventory(ours(), reader, None, ())
    assert found.inventory == expected.inventory
    assert found.shards.keys() == expected.shards.keys()


def test_where_bootstraps_can_be_neither_listed_nor_read_nothing_is_trusted() -> None:
    endpoints = {"Bootstrap": {"get": "", "list": ""}}
    with connect_reader(access(endpoints=endpoints), FakeServer().transport) as reader:
        (damage,) = read_inventory(ours(), reader, None, ()).inventory.damages
    assert (damage.shard, damage.sort) == (HEAD, "hidden")


def test_accounts_are_known_by_their_logins_only() -> None:
    server = server_with()
    user = replace(owned("PortalUser", "j.doe", {}), content={"email": "j.doe@acme.example"})
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([user], [])
        keeper.release()
    kept = dump_json(list(server.rows["bootstrap"].values()))
    assert "doe" not in kept
    assert names(held_on(server, logins=["J.DOE"])) == {"j.doe"}
    (unknown,) = names(held_on(server))
    assert unknown.startswith("hmac-sha256:")
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([], [id_of("PortalUser", "J.Doe")])
    assert names(held_on(server, logins=["j.doe"])) == set()


def test_without_a_key_sites_and_accounts_are_left_out() -> None:
    server, given = server_with(), ours(key=None)
    with keeping(server, given) as keeper:
        keeper.take_lease()
        keeper.save([owned("Site", "s", {}), owned("PortalUser", "u", {}), store(1)], [])
        keeper.save([], [id_of("Site", "s"), id_of("PortalUser", "u")])
    assert names(held_on(server, given)) == {"store-1"}


def test_other_projects_objects_are_foreign() -> None:
    server = server_with()
    theirs = replace(ours().project, name="other", id="9")
    with keeping(server, ours(project=theirs, key=b"theirs")) as keeper:
        keeper.take_lease()
        keeper.save([store(1)], [])
    inventory = held_on(server).inventory
    assert (dict(inventory.entries), inventory.damages) == ({}, ())
    assert dict(inventory.foreign) == {("Bootstrap", "store-1"): "other"}


def test_protection_ends_with_a_document_that_says_so_or_with_the_entry() -> None:
    server = server_with()
    entries = [replace(store(n), protect=True) for n in (1, 2, 3)]
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save(entries, [])
        keeper.save([store(1)], [id_of("Bootstrap", "store-2")])
    assert held_on(server).inventory.protected == {("Bootstrap", "store-3")}


def test_protection_outlives_the_inventory() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([replace(store(1), protect=True)], [])
        keeper.release()
    del server.rows["bootstrap"][HEAD], server.rows["bootstrap"][FIRST]
    inventory = held_on(server).inventory
    assert inventory.protected == {("Bootstrap", "store-1")}
    assert [(one.shard, one.sort) for one in inventory.damages] == [(HEAD, "missing")]


def test_protected_names_are_written_before_the_objects_entries() -> None:
    with keeping(server_with()) as keeper:
        operations = keeper.operations([replace(store(1), protect=True)], [])
    assert [one.desired.id.name for one in operations if isinstance(one, Put)] == [PROTECTED, FIRST]


def test_operations_that_were_not_sent_are_asked_for_again() -> None:
    server = server_with()
    with connect_writer(access(), server.transport) as writer:
        keeper = keeper_with(writer, ours())
        keeper.take_lease()
        first = keeper.operations([store(1)], [])
        assert keeper.operations([store(1)], []) == first
        written = writer.change_set(first)
        keeper.accept(first, written)
        assert keeper.operations([store(1)], []) == ()
        second = keeper.operations([store(2)], [])
        keeper.accept(second, writer.change_set(second))
        assert isinstance(second[0], Put)
        assert second[0].version == written[0].version
    assert names(held_on(server)) == {"store-1", "store-2"}


@with_and_without_tags
def test_a_crash_after_any_request_loses_nothing(offers: Sequence[str]) -> None:
    """A kill between any two requests: what was there before is there, and going on ends well."""
    before = [large(n) for n in range(6)]
    after = [
        *(replace(large(n + 50), id=before[n].id) for n in range(1, 6)),
        large(7),
        large(8),
    ]
    for survived in itertools.count(0):
        server = server_with(offers)
        with keeping(server) as keeper:
            keeper.take_lease()
            keeper.save(before, [])
            keeper.release()
        base = server.asked
        server.person = dying_after(base + survived)
        died = False
        try:
            with keeping(server) as keeper:
                keeper.take_lease()
                keeper.save(after, [before[0].id])
                keeper.save([replace(large(9), protect=True)], [])
                keeper.release(NOTE)
        except DiedError:
            died = True
        server.person = lambda _, __: None
        assert {one.id.name for one in before} - {"large-0"} <= names(held_on(server))
        server.clock = lambda: NOTE.finished.replace(hour=18)
        with keeping(server) as keeper:
            keeper.take_lease()
            keeper.save(after, [before[0].id])
        found = held_on(server).inventory
        assert {
            key: found.entries[key].content for key in found.entries if key[1] != "large-9"
        } == {("Bootstrap", one.id.name): one.content for one in after}
        if not died:
            assert survived > 5
            return


@with_and_without_tags
def test_a_shard_that_somebody_wrote_is_read_again_if_the_lease_is_ours(
    offers: Sequence[str],
) -> None:
    server = server_with(offers)
    with keeping(server) as first, keeping(server) as second:
        first.take_lease()
        first.save([store(1)], [])
        second.refresh(held_on(server))
        second.save([store(2)], [])
        first.save([store(3)], [])
        first.release()
    assert names(held_on(server)) == {"store-1", "store-2", "store-3"}


@with_and_without_tags
def test_a_shard_that_changed_under_somebody_elses_lease_is_left_alone(
    offers: Sequence[str],
) -> None:
    server = server_with(offers)
    with keeping(server) as first, keeping(server) as second:
        first.take_lease()
        first.save([store(1)], [])
        server.clock = lambda: NOTE.finished.replace(hour=18)
        second.refresh(held_on(server))
        second.take_lease()
        second.save([store(2)], [])
        with pytest.raises(LeaseLost):
            first.save([store(3)], [])
    assert names(held_on(server)) == {"store-1", "store-2"}


def test_a_shard_that_was_forged_meanwhile_stops_the_writing() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([store(1)], [])
        forge(server, FIRST)
        with pytest.raises(RemoteFailure, match="signature is wrong"):
            keeper.save([store(2)], [])
    assert "store-1" in dump_json(server.rows["bootstrap"][FIRST])


def test_a_lost_reply_is_no_loss() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        server.faults.append(Fault("POST", "bootstrap", fails(httpx.ReadError), after=True))
        keeper.save([store(1)], [])
        keeper.save([store(2)], [])
    assert names(held_on(server)) == {"store-1", "store-2"}


def test_a_save_that_failed_is_done_by_the_next() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        server.faults += [Fault("POST", "bootstrap", fails(httpx.ReadError)) for _ in range(4)]
        with pytest.raises(RemoteFailure):
            keeper.save([store(1)], [])
        server.faults.clear()
        keeper.save([store(1), store(2)], [])
    assert names(held_on(server)) == {"store-1", "store-2"}


def test_what_was_undone_is_remembered_until_it_is_not() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([store(1)], [])
        keeper.release(NOTE, undone={"Bootstrap/store-1": "print-1", "Token/t": "print-2"})
    head = held_on(server).inventory.head
    assert head is not None
    assert head.undone == {"Bootstrap/store-1": "print-1", "Token/t": "print-2"}
    assert names(held_on(server)) == {"store-1"}
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.release(NOTE, undone={"Token/t": "print-2"})
    head = held_on(server).inventory.head
    assert head is not None
    assert head.undone == {"Token/t": "print-2"}


@pytest.mark.parametrize(
    "other",
    [
        ours(target=Target("staging", "http://127.0.0.1:1")),
        ours(project=replace(ours().project, id="another")),
        ours(key=b"another key"),
        ours(key=None),
    ],
    ids=["target", "id", "key", "no key"],
)
def test_the_inventory_of_somebody_else_is_never_overwritten(other: Task) -> None:
    server = server_with()
    mine = ours(project=replace(ours().project, id="7f3c"))
    with keeping(server, mine) as keeper:
        keeper.take_lease()
        keeper.save([store(1)], [])
        keeper.release()
    writes = server.writes
    assert held_on(server, other).inventory.damages
    with keeping(server, other) as keeper, pytest.raises(RemoteFailure):
        keeper.take_lease()
    assert server.writes == writes


def test_a_result_too_few_is_a_mistake() -> None:
    with keeping(server_with()) as keeper:
        operations = keeper.operations([store(1)], [])
        with pytest.raises(ValueError, match="shorter"):
            keeper.accept(operations, ())
        keeper.accept(operations, (Written("created", "1"),))


def test_shards_of_ten_thousand_objects_are_small_on_the_server() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([announced(f"T-{n:05}") for n in range(10_000)], [])
        keeper.save(
            [owned("Token", f"T-{n:05}", {"appId": "X", "n": n}) for n in range(10_000)], []
        )
    sizes = [
        len(dump_json(server.rows["bootstrap"][name]["parameters"])) for name in shard_names(server)
    ]
    assert max(sizes) < 192 * 1024
    assert len(names(held_on(server))) == 10_000


def test_a_stale_shard_that_stays_stale_is_told() -> None:
    server = server_with()
    with keeping(server) as keeper:
        keeper.take_lease()
        keeper.save([store(1)], [])

        def meddle(_: int, when: str) -> None:
            if when == "before":
                row = server.rows["bootstrap"][FIRST]
                assert isinstance(row["version"], int)
                server.rows["bootstrap"][FIRST] = {**row, "version": row["version"] + 1}

        server.person = meddle
        with pytest.raises(Stale):
            keeper.save([store(2)], [])
