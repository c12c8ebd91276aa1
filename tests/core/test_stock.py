from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.identity import ResourceId
from reconciler.core.inventory import PROTECTED_PREFIX, SHARD_PREFIX, Entry, State
from reconciler.core.json_text import dump_json
from reconciler.core.resource import Live
from reconciler.core.shards import SHARD_BYTES, Address, Binding, pack
from reconciler.core.shelf import Sheet, Shelf
from reconciler.core.stock import foreign_owners, sheet_parameters, undone_line
from reconciler.core.values import JsonValue
from tests.core.inventories import (
    HEAD,
    NOTE,
    OURS,
    UNSIGNED,
    announced,
    entries,
    form,
    live,
    live_sheet,
    opened,
    owned,
    shards,
)

USER = Entry(ResourceId("PortalUser", "j.doe"), State.OWNED, asked="a", seen="b")
FOUND = [
    owned("Site", "s", {"proServerName": "dev"}),
    owned("Bootstrap", "b", {"x": 1}),
    replace(announced("T-1"), protect=True),
    USER,
]


def sorts(found: Sequence[Live], binding: Binding = OURS) -> dict[str, str]:
    return {one.shard: one.sort for one in opened(found, binding).damages}


def test_the_inventory_is_what_lies_in_the_shards() -> None:
    stock = opened(shards(FOUND, protected=["old"]), logins=["J.DOE"])
    inventory = stock.inventory
    assert inventory.damages == ()
    assert inventory.head == HEAD
    assert inventory.last == NOTE
    assert set(inventory.entries) == {
        ("Site", "s"),
        ("Bootstrap", "b"),
        ("Token", "t-1"),
        ("PortalUser", "j.doe"),
    }
    assert inventory.entries["Bootstrap", "b"] == FOUND[1]
    assert inventory.entries["PortalUser", "j.doe"].id.name == "J.DOE"
    assert inventory.protected == {("Bootstrap", "old"), ("Token", "t-1")}


def test_a_server_without_shards_knows_nothing() -> None:
    inventory = opened([]).inventory
    assert (inventory.head, inventory.damages, inventory.digest) == (None, (), "")


@given(st.permutations(shards(FOUND, protected=["old"])))
def test_the_order_of_the_list_does_not_matter(found: list[Live]) -> None:
    assert opened(found).inventory == opened(shards(FOUND, protected=["old"])).inventory


def test_other_bootstraps_are_none_of_our_business() -> None:
    others = shards(FOUND, replace(OURS, project="other"))
    store = Live(ResourceId("Bootstrap", "store-1"), {"x": 1})
    assert opened([*others, store]).inventory == opened([]).inventory


def test_the_digest_follows_entries_and_notes_but_no_lease() -> None:
    base = opened(shards(FOUND)).inventory.digest
    assert base
    assert opened(shards(FOUND, head=replace(HEAD, shards=0))).inventory.digest == base
    assert opened(shards(FOUND[:2])).inventory.digest != base
    assert opened(shards(FOUND, head=replace(HEAD, notes=()))).inventory.digest != base
    assert opened(shards(FOUND, protected=["x"])).inventory.digest != base
    assert opened(shards(FOUND)[1:]).inventory.digest != base


def test_a_missing_shard_is_told_by_the_head_and_by_its_neighbours() -> None:
    three = [live_sheet(Sheet(n, n, {}, pack(()))) for n in (1, 2, 3)]
    head = shards([], head=replace(HEAD, shards=3, protected_shards=1))[0]
    assert sorts([head, *three]) == {"pvm-protected-acme-01": "missing"}
    assert sorts([head, three[0]]) == {
        "pvm-inventory-acme-02": "missing",
        "pvm-inventory-acme-03": "missing",
        "pvm-protected-acme-01": "missing",
    }
    old_head = shards([], head=replace(HEAD, shards=1))[0]
    assert sorts([old_head, three[0], three[2]]) == {"pvm-inventory-acme-02": "missing"}


def test_without_its_head_an_inventory_is_damaged() -> None:
    for found in (shards(FOUND, head=None), shards([], head=None, protected=["old"])):
        assert sorts(found) == {"pvm-inventory-acme-00": "missing"}


def test_a_forged_shard_is_damage_and_nothing_of_it_is_believed() -> None:
    head, ours = shards(FOUND)
    forged = sheet_parameters(
        Sheet(2, 99, {}, pack([form().line(owned("Site", "all-mine", {}))])),
        SHARD_PREFIX,
        2,
        replace(OURS, key=b"a guess"),
    )
    address = Address(SHARD_PREFIX, "acme", 2)
    stock = opened([head, ours, live(address, forged)])
    assert [(one.shard, one.sort) for one in stock.damages] == [(address.name, "damaged")]
    assert ("Site", "all-mine") not in stock.inventory.entries
    without_mac = {name: value for name, value in forged.items() if name != "mac"}
    assert sorts([head, ours, live(address, without_mac)]) == {address.name: "unsigned"}


def test_a_shard_in_place_of_another_is_damage() -> None:
    head, ours = shards(FOUND, head=replace(HEAD, shards=2))
    copied = live(Address(SHARD_PREFIX, "acme", 2), ours.value)
    assert sorts([head, ours, copied]) == {"pvm-inventory-acme-02": "damaged"}


def test_without_the_key_a_signed_inventory_is_unreadable() -> None:
    stock = opened(shards(FOUND), UNSIGNED)
    assert {one.sort for one in stock.damages} == {"unreadable"}
    assert (stock.inventory.head, dict(stock.inventory.entries)) == (None, {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("content", 1),
        ("content", "AAAA"),
        ("content", pack(["{}"])),
        ("content", pack(['{"undone":1}'])),
        ("content", pack(['{"undone":"Token/t"}'])),
        ("serial", -1),
        ("shards", 10**9),
        ("shards", None),
    ],
)
def test_an_unsigned_shard_is_checked_all_the_same(field: str, value: JsonValue) -> None:
    plain = [owned("Token", "t", {})]
    head, ours = shards(plain, UNSIGNED)
    broken = replace(ours, value={**ours.value, field: value})
    assert sorts([head, broken], UNSIGNED) == {ours.id.name: "damaged"}


def test_an_entry_twice_in_one_shard_is_damage() -> None:
    lines = [form().line(announced("t")), form().line(announced("T"))]
    sheet = Sheet(1, 1, {}, pack(lines))
    assert sorts([shards([])[0], live_sheet(sheet)]) == {"pvm-inventory-acme-01": "damaged"}


def test_of_an_entry_in_two_shards_the_later_counts() -> None:
    key = ("Token", "t")
    old, new = announced("t"), owned("Token", "t", {"appId": "X"})
    sheets = [
        live_sheet(Sheet(number, serial, {}, pack([form().line(entry)])))
        for number, serial, entry in ((1, 8, new), (2, 7, old))
    ]
    inventory = opened([shards([])[0], *sheets]).inventory
    assert inventory.entries[key] == new


def test_what_was_undone_stands_in_the_head() -> None:
    key, line = undone_line("Bootstrap/b", "hmac-sha256:1")
    sheet = Shelf().rewritten({key: line}, ())[0]
    inventory = opened([shards([])[0], live_sheet(sheet)]).inventory
    assert inventory.head is not None
    assert inventory.head.undone == {"Bootstrap/b": "hmac-sha256:1"}
    assert inventory.entries == {}


def test_other_projects_own_what_their_shards_name() -> None:
    theirs = replace(OURS, project="other", project_id="9", key=b"their key")
    mine, other = shards(FOUND), shards(FOUND, theirs)
    found = foreign_owners([*mine, *other], "acme", form())
    assert {key for key in found if key[0] != "PortalUser"} == {
        ("Site", "s"),
        ("Bootstrap", "b"),
        ("Token", "t-1"),
    }
    assert set(found.values()) == {"other"}


def test_with_a_common_key_the_accounts_of_other_projects_are_known() -> None:
    other = shards([USER], replace(OURS, project="other"))
    found = foreign_owners(other, "acme", form(logins=["J.Doe"]))
    assert found == {("PortalUser", "j.doe"): "other"}


def test_damage_of_others_is_theirs() -> None:
    theirs = replace(OURS, project="other")
    address = Address(SHARD_PREFIX, "other", 1)
    bad = [
        live(address, {"content": 1}),
        live(replace(address, number=2), {"content": pack(["1"])}),
    ]
    protected = shards([], theirs, head=None, protected=["x"])
    assert foreign_owners([*bad, *protected], "acme", form()) == {}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_change_of_one_character_is_damage(data: st.DataObject) -> None:
    found = shards(FOUND, protected=["old"])
    one = data.draw(st.sampled_from(found))
    field = data.draw(
        st.sampled_from([k for k, v in one.value.items() if isinstance(v, str) and v])
    )
    text = str(one.value[field])
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(
        st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != text[place])
    )
    changed = replace(one, value={**one.value, field: text[:place] + other + text[place + 1 :]})
    rest = [shard for shard in found if shard is not one]
    assert one.id.name in sorts([*rest, changed])


def test_ten_thousand_entries_lie_in_small_shards() -> None:
    found = entries(10_000)
    lines = {form().stored_key(one.id): form().line(one) for one in found}
    on = Shelf()
    for sheet in on.rewritten(lines, ()):
        on.accept(sheet)
    lives = [live_sheet(sheet) for sheet in on.sheets.values()]
    for shard in lives:
        assert len(dump_json(shard.value).encode()) < SHARD_BYTES
    head = shards([], head=replace(HEAD, shards=on.count))[0]
    inventory = opened([head, *lives]).inventory
    assert inventory.damages == ()
    assert list(inventory.entries.values()) == found


def test_a_protected_family_has_numbers_of_its_own() -> None:
    names = {
        address.name
        for address in (Address(PROTECTED_PREFIX, "acme", 1), Address(SHARD_PREFIX, "acme", 1))
    }
    assert {one.id.name for one in shards(FOUND, head=None, protected=["old"])} == names
