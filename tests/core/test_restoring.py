from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.fingerprint import canonical, digest_text
from reconciler.core.identity import ResourceId
from reconciler.core.inventory import SHARD_PREFIX, Entry, State
from reconciler.core.resource import Live
from reconciler.core.restoring import Restored, rekeyed, restore, restored_lives
from reconciler.core.sealing import UNKEYED
from reconciler.core.shards import Binding, pack
from reconciler.core.shelf import Sheet
from reconciler.core.stock import Stock
from reconciler.core.values import ABSENT, JsonValue
from tests.core.inventories import (
    HEAD,
    KEY,
    OURS,
    UNSIGNED,
    announced,
    form,
    live_sheet,
    opened,
    owned,
    shards,
)

BOOTSTRAP, TOKEN = owned("Bootstrap", "b", {"x": 1}), owned("Token", "t", {"appId": "X"})
PLAIN = [owned("Bootstrap", "b", {"x": 1}, key=None), owned("Token", "t", {"appId": "X"}, key=None)]


def restored(found: Sequence[Live], binding: Binding = OURS) -> Restored:
    stock, there = opened(found, binding), {one.id.name: one for one in found}
    return restore(stock, there, binding, (form(binding), form(UNSIGNED)))


def after(found: Sequence[Live], binding: Binding = OURS) -> Stock:
    """The stock once everything was written."""
    lives = {one.id.name: one for one in found}
    for name, value in restored_lives(restored(found, binding), binding).items():
        lives[name] = Live(ResourceId("Bootstrap", name), value)
    return opened(list(lives.values()), binding)


def forged(live: Live) -> Live:
    return replace(live, value={**live.value, "about": "mine"})


def test_nothing_is_written_where_nothing_is_wrong() -> None:
    found = shards([BOOTSTRAP], protected=["p"])
    assert restored_lives(restored(found), OURS) == {}
    assert restored_lives(restored([]), OURS) == {}


@given(st.sets(st.integers(0, 3)), st.sets(st.integers(0, 3)))
def test_whatever_is_lost_or_forged_the_rest_stays(lost: set[int], bad: set[int]) -> None:
    whole = [
        shards([], head=replace(HEAD, shards=2, protected_shards=1))[0],
        *(sheet_with(number, entry) for number, entry in ((1, BOOTSTRAP), (2, TOKEN))),
        *shards([], head=None, protected=["p"]),
    ]
    found = [forged(one) if n in bad else one for n, one in enumerate(whole) if n not in lost]
    stock = after(found)
    assert stock.damages == ()
    gone = lost | bad
    expected = {key for n, key in ((1, "b"), (2, "t")) if n not in gone}
    assert {name for _, name in stock.inventory.entries} == expected
    assert stock.inventory.protected == (set() if 3 in gone else {("Bootstrap", "p")})
    if found:
        assert stock.head is not None
        assert bool(stock.head.notes) == (0 not in gone)


def sheet_with(number: int, entry: Entry) -> Live:
    return live_sheet(Sheet(number, number, {}, pack([form().line(entry)])))


def test_what_was_not_signed_is_signed() -> None:
    found = shards([*PLAIN, announced("begun")], UNSIGNED, protected=["p"])
    stock = after(found)
    assert stock.damages == ()
    assert stock.inventory.entries["Bootstrap", "b"] == BOOTSTRAP
    assert stock.inventory.entries["Token", "t"] == TOKEN
    assert stock.inventory.entries["Token", "begun"].state is State.ANNOUNCED
    assert ("Bootstrap", "p") in stock.inventory.protected
    assert stock.head is not None
    assert stock.head.notes == HEAD.notes


def test_a_shard_that_claims_accounts_without_a_key_is_emptied() -> None:
    """Anybody who may edit bootstraps could have written it."""
    line = canonical({"kind": "PortalUser", "name": "boss", "state": "owned", "content": {}})
    found = [
        *shards(PLAIN, UNSIGNED, head=replace(HEAD, shards=2)),
        live_sheet(Sheet(2, 2, {}, pack([line])), SHARD_PREFIX, UNSIGNED),
    ]
    stock = after(found)
    assert stock.damages == ()
    assert set(stock.inventory.entries) == {("Bootstrap", "b"), ("Token", "t")}


@pytest.mark.parametrize(
    "changes",
    [
        {"content": ABSENT},
        {"asked": "sha256:other"},
        {"seen": "sha256:other"},
        {"content": {"psk": UNKEYED}},
        {"kept": {"/psk": UNKEYED}},
    ],
)
def test_an_entry_whose_digests_cannot_be_made_again_is_left_out(
    changes: Mapping[str, Any],
) -> None:
    assert rekeyed(replace(PLAIN[0], **changes), KEY) is None


def test_a_secret_that_no_key_protected_is_compared_anew() -> None:
    """Without a key every secret looks alike: nobody knows whether it changed."""
    content: JsonValue = {"psk": UNKEYED}
    digest = digest_text(canonical(content), None)
    entry = replace(PLAIN[0], content=content, asked=digest, seen=digest)
    assert rekeyed(entry, KEY) is None


def test_kept_differences_are_part_of_what_was_seen() -> None:
    entry = owned("Bootstrap", "b", {"x": 1}, {"/y": 2}, key=None)
    assert rekeyed(entry, KEY) == owned("Bootstrap", "b", {"x": 1}, {"/y": 2})
