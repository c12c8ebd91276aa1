from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.core.inventory import Lease, Lock
from reconciler.core.shard_head import NOTES, head_fields, head_of
from reconciler.core.shards import Untrusted, sealed
from reconciler.core.stock import head_address, open_head
from reconciler.core.values import JsonValue
from tests.core.inventories import HEAD, NOON, NOTE, OURS, UNSIGNED

FULL = replace(
    HEAD,
    shards=3,
    protected_shards=1,
    lease=Lease("ab12", "ci-7", NOON + timedelta(seconds=60, microseconds=5)),
    lock=Lock(NOON, "roof is on fire", "j.doe@laptop"),
    notes=(NOTE, replace(NOTE, number=2, commit=None, clean=None)),
)


def envelope(**changes: JsonValue) -> dict[str, JsonValue]:
    return {**sealed(head_fields(FULL), head_address(UNSIGNED), UNSIGNED), **changes}


def test_a_head_comes_back() -> None:
    for head in (HEAD, FULL):
        assert head_of(sealed(head_fields(head), head_address(OURS), OURS)) == head


def test_only_the_last_notes_are_kept() -> None:
    notes = tuple(replace(NOTE, number=n) for n in range(1, 30))
    found = head_of(envelope(**head_fields(replace(HEAD, notes=notes))))
    assert [note.number for note in found.notes] == list(range(10, 30))
    assert len(found.notes) == NOTES


def test_a_long_reason_is_cut() -> None:
    long = replace(HEAD, lock=Lock(NOON, "x" * 9000, "me"))
    found = head_of(envelope(**head_fields(long)))
    assert found.lock is not None
    assert found.lock.reason == "x" * 499 + "…"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shards", -1),
        ("shards", "1"),
        ("shards", 10_000),
        ("protectedShards", None),
        ("protectedShards", 10_000),
        ("lease", []),
        ("lease", {"id": "a", "holder": "b", "until": "soon"}),
        ("lease", {"id": "a", "holder": "b", "until": "2026-11-22T12:00:00"}),
        ("lease", {"id": "a", "holder": "b", "until": "2026-11-22T12:00:00+01:00"}),
        ("lease", {"id": 1, "holder": "b", "until": "2026-11-22T12:00:00Z"}),
        ("lock", {"until": "2026-11-22T12:00:00Z"}),
        ("notes", None),
        ("notes", [1]),
        ("notes", [{}] * 21),
        ("notes", [{"commit": 1}]),
        ("notes", [{"clean": 1}]),
        ("notes", [{"counts": []}]),
        ("target", 1),
    ],
)
def test_a_head_that_pvm_would_not_write_is_damage(field: str, value: JsonValue) -> None:
    with pytest.raises(Untrusted) as caught:
        open_head(envelope(**{field: value}), UNSIGNED)
    assert caught.value.sort == "damaged"
