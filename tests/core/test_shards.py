import lzma
import tracemalloc
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.inventory import PROTECTED_PREFIX, SHARD_PREFIX
from reconciler.core.shards import (
    UNPACKED_BYTES,
    Address,
    Binding,
    Untrusted,
    address_of,
    number_of,
    opened,
    pack,
    sealed,
    text_of,
    unpack,
)
from reconciler.core.values import JsonValue
from tests.core.inventories import OURS, UNSIGNED

FIRST = Address(SHARD_PREFIX, "acme", 1)
FIELDS: dict[str, JsonValue] = {"serial": 7, "content": "abc", "deep": {"list": [1, "2", None]}}


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("pvm-inventory-acme-00", Address(SHARD_PREFIX, "acme", 0)),
        ("pvm-inventory-acme-retail-07", Address(SHARD_PREFIX, "acme-retail", 7)),
        ("pvm-inventory-acme-01-00", Address(SHARD_PREFIX, "acme-01", 0)),
        ("pvm-inventory-acme-123", Address(SHARD_PREFIX, "acme", 123)),
        ("pvm-protected-acme-01", Address(PROTECTED_PREFIX, "acme", 1)),
    ],
)
def test_the_name_of_a_shard_tells_project_and_number(name: str, address: Address) -> None:
    assert address_of(name) == address
    assert address.name == name


@pytest.mark.parametrize(
    "name",
    [
        "store-01",
        "pvm-inventory-acme",
        "pvm-inventory-acme-1",
        "pvm-inventory-acme-007",
        "pvm-inventory--01",
        "pvm-inventory-01",
        "pvm-inventory-acme-0x",
        "pvm-inventory-acme-\u0660\u0661",
        "pvm-inventory-acme-" + "9" * 5000,
    ],
)
def test_other_names_are_no_shards(name: str) -> None:
    assert address_of(name) is None


def test_what_was_sealed_opens_with_the_same_key_and_owner() -> None:
    for binding in (OURS, UNSIGNED):
        envelope = sealed(FIELDS, FIRST, binding)
        assert FIELDS.items() <= opened(envelope, FIRST, binding).items()


def test_a_change_of_any_field_is_found() -> None:
    envelope = sealed(FIELDS, FIRST, OURS)
    for name in envelope:
        for changed in ("other", 9, None, [1]):
            with pytest.raises(Untrusted) as caught:
                opened({**envelope, name: changed}, FIRST, OURS)
            assert caught.value.sort == (
                "foreign" if (name, changed) == ("projectId", "other") else "damaged"
            )
        if name != "mac":
            with pytest.raises(Untrusted):
                opened({k: v for k, v in envelope.items() if k != name}, FIRST, OURS)
    with pytest.raises(Untrusted):
        opened({**envelope, "more": 1}, FIRST, OURS)


@pytest.mark.parametrize(
    ("written", "read", "sort", "reason"),
    [
        (UNSIGNED, OURS, "unsigned", "PVM_DIGEST_KEY is set"),
        (OURS, UNSIGNED, "unreadable", "PVM_DIGEST_KEY is not set"),
        (OURS, replace(OURS, key=b"other"), "damaged", "signature is wrong"),
        (OURS, replace(OURS, target="staging"), "elsewhere", 'the target "prod"'),
        (OURS, replace(OURS, project_id="other"), "foreign", "7f3c"),
        (UNSIGNED, replace(UNSIGNED, target="staging"), "elsewhere", 'the target "prod"'),
    ],
)
def test_a_shard_that_is_not_ours_says_what_it_is(
    written: Binding, read: Binding, sort: str, reason: str
) -> None:
    with pytest.raises(Untrusted, match=reason) as caught:
        opened(sealed(FIELDS, FIRST, written), FIRST, read)
    assert caught.value.sort == sort


@pytest.mark.parametrize("ids", [("", "7f3c"), ("7f3c", "")])
def test_where_one_side_has_no_id_the_name_decides(ids: tuple[str, str]) -> None:
    written, read = (replace(OURS, project_id=id_) for id_ in ids)
    assert opened(sealed(FIELDS, FIRST, written), FIRST, read)["serial"] == 7


@pytest.mark.parametrize(
    "place", [Address(SHARD_PREFIX, "acme", 2), Address(PROTECTED_PREFIX, "acme", 1)]
)
def test_a_shard_in_another_place_is_damage(place: Address) -> None:
    with pytest.raises(Untrusted, match="was written as pvm-inventory-acme-01"):
        opened(sealed(FIELDS, FIRST, OURS), place, OURS)


def test_a_newer_format_is_told() -> None:
    with pytest.raises(Untrusted, match="format 2 is not known"):
        opened({**sealed(FIELDS, FIRST, UNSIGNED), "format": 2}, FIRST, UNSIGNED)


LINES = st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1), unique=True)


@given(LINES)
def test_lines_come_back_and_their_order_does_not_matter(lines: list[str]) -> None:
    packed = pack(lines)
    assert unpack(packed) == sorted(lines)
    assert pack(reversed(lines)) == packed


def test_a_content_cut_off_at_any_character_is_damage() -> None:
    packed = pack(["one", "two", "three"])
    for end in range(len(packed)):
        with pytest.raises(Untrusted):
            unpack(packed[:end])


@pytest.mark.parametrize("content", ["ü", "=", "AAAA", b64encode(b"no xz at all").decode()])
def test_what_was_never_packed_is_damage(content: str) -> None:
    with pytest.raises(Untrusted, match=r"unpacked|cut off"):
        unpack(content)


def test_what_follows_a_content_is_damage() -> None:
    more = lzma.compress(b"one", check=lzma.CHECK_NONE) + b"more"
    with pytest.raises(Untrusted, match="more follows"):
        unpack(b64encode(more).decode())


def test_a_content_that_unpacks_to_too_much_is_damage_and_takes_no_room() -> None:
    bomb = b64encode(lzma.compress(b" " * (4 * UNPACKED_BYTES), check=lzma.CHECK_NONE, preset=0))
    assert len(bomb) < 20_000
    tracemalloc.start()
    try:
        with pytest.raises(Untrusted, match="more than pvm ever writes"):
            unpack(bomb.decode())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * UNPACKED_BYTES


def test_a_content_that_needs_too_much_memory_is_damage() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 * 2**20}]
    greedy = lzma.compress(b"one", check=lzma.CHECK_NONE, filters=filters)
    with pytest.raises(Untrusted, match="can't be unpacked"):
        unpack(b64encode(greedy).decode())


@pytest.mark.parametrize("value", [True, -1, "1", None, 1.5])
def test_a_number_is_a_whole_one(value: JsonValue) -> None:
    with pytest.raises(Untrusted):
        number_of({"serial": value}, "serial")


def test_a_text_is_a_text() -> None:
    with pytest.raises(Untrusted):
        text_of({"name": 1}, "name")
