import hashlib
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.inventory import Key
from reconciler.core.shards import unpack
from reconciler.core.shelf import Sheet, Shelf

SMALL = 600
"""Bytes of a shard in these tests: it overflows after a few lines."""

KEYS = st.sampled_from([("Token", f"t{n:02}") for n in range(24)])
PUTS = st.dictionaries(KEYS, st.tuples(st.integers(0, 9), st.sampled_from([1, 4, 9])), max_size=16)
ROUNDS = st.lists(st.tuples(PUTS, st.sets(KEYS, max_size=6)), min_size=1, max_size=6)


def line(key: Key, version: int, length: int = 1) -> str:
    """A text that does not compress, and tells keys and versions apart."""
    noise = (hashlib.sha256(f"{key}{version}{n}".encode()).hexdigest() for n in range(length))
    return f"{key[1]} {version} " + "".join(noise)


def texts(puts: Mapping[Key, tuple[int, int]]) -> dict[Key, str]:
    return {key: line(key, *what) for key, what in puts.items()}


def shelf(sheets: Iterable[Sheet] = ()) -> Shelf:
    return Shelf(sheets, most=SMALL)


def written(on: Shelf, puts: Mapping[Key, str], drops: Iterable[Key] = ()) -> Shelf:
    after = on.copy()
    for sheet in on.rewritten(puts, set(drops)):
        after.accept(sheet)
    return after


@settings(max_examples=150, deadline=None)
@given(ROUNDS)
def test_a_shelf_holds_what_was_put_and_not_what_was_dropped(
    rounds: list[tuple[dict[Key, tuple[int, int]], set[Key]]],
) -> None:
    expected: dict[Key, str] = {}
    on = shelf()
    for puts, drops in rounds:
        gone = drops - puts.keys()
        on = written(on, texts(puts), gone)
        expected = {key: text for key, text in expected.items() if key not in gone} | texts(puts)
        assert on.lines() == expected
        for sheet in on.sheets.values():
            assert len(sheet.content) <= SMALL or len(sheet.lines) == 1
            assert unpack(sheet.content) == sorted(sheet.lines.values())
        assert on.rewritten(texts(puts), gone) == ()


@settings(max_examples=150, deadline=None)
@given(ROUNDS, PUTS, st.sets(KEYS, max_size=6))
def test_a_crash_between_any_two_writes_loses_nothing(
    rounds: list[tuple[dict[Key, tuple[int, int]], set[Key]]],
    last: dict[Key, tuple[int, int]],
    drops: set[Key],
) -> None:
    on = shelf()
    for puts, gone in rounds:
        on = written(on, texts(puts), gone - puts.keys())
    before, new, gone = on.lines(), texts(last), drops - last.keys()
    sheets = on.rewritten(new, gone)
    for end in range(len(sheets) + 1):
        torn = on.copy()
        for sheet in sheets[:end]:
            torn.accept(sheet)
        # As another process would find it: from what lies in the shards alone.
        found = shelf(torn.sheets.values())
        lines = found.lines()
        for key in before.keys() - gone:
            assert lines[key] in (before[key], new.get(key, before[key]))
        after = written(found, new, gone)
        assert after.lines() == {k: v for k, v in before.items() if k not in gone} | new
        fresh = shelf(after.sheets.values())
        assert fresh.lines() == after.lines()


def test_a_line_that_lies_twice_counts_where_it_was_written_last() -> None:
    key = ("Token", "t")
    old, new = (
        Sheet(n, serial, {key: text}, "") for n, serial, text in ((1, 4, "old"), (2, 5, "new"))
    )
    for sheets in ((old, new), (new, old)):
        assert shelf(sheets).lines() == {key: "new"}
    cleaned = shelf((old, new)).rewritten({}, ())
    assert [(sheet.number, dict(sheet.lines)) for sheet in cleaned] == [(1, {})]
    assert written(shelf((old, new)), {}, [key]).lines() == {}


def test_entries_stay_where_they_lie() -> None:
    keys = [("Token", f"t{n}") for n in range(20)]
    on = written(shelf(), {key: line(key, 0) for key in keys})
    assert len(on.sheets) > 2
    first = on.sheets[1]
    changed = next(iter(first.lines))
    sheets = on.rewritten({changed: line(changed, 1)}, ())
    assert [sheet.number for sheet in sheets] == [1]
    assert sheets[0].lines.keys() == first.lines.keys()


def test_what_moves_is_written_to_its_new_place_first() -> None:
    keys = [("Token", f"t{n}") for n in range(4)]
    on = written(shelf(), {key: line(key, 0) for key in keys})
    grown = {key: line(key, 1, 6) for key in keys}
    sheets = on.rewritten(grown, ())
    assert [sheet.number for sheet in sheets][-1] == 1
    assert [sheet.serial for sheet in sheets] == sorted({sheet.serial for sheet in sheets})


def test_serials_only_grow() -> None:
    on = shelf()
    last = 0
    for n in range(5):
        (sheet,) = on.rewritten({("Token", "t"): str(n)}, ())
        assert sheet.serial > last
        last = sheet.serial
        on.accept(sheet)


def test_a_new_shard_never_takes_the_number_of_one_that_is_missing() -> None:
    on = Shelf((), count=3, most=SMALL)
    assert [sheet.number for sheet in on.rewritten({("Token", "t"): "x"}, ())] == [4]


def test_dropping_what_is_not_there_writes_nothing() -> None:
    assert shelf().rewritten({}, [("Token", "t")]) == ()


def test_a_shard_for_a_lost_one_is_empty_and_newer() -> None:
    on = written(shelf(), {("Token", "t"): "x"})
    empty = on.emptied(2)
    assert (empty.number, empty.serial, dict(empty.lines)) == (2, 2, {})
    assert unpack(empty.content) == []


@pytest.mark.parametrize("length", [1, 30])
def test_one_line_goes_into_a_shard_whatever_its_size(length: int) -> None:
    key = ("Token", "t")
    assert written(shelf(), {key: line(key, 0, length)}).lines() == {key: line(key, 0, length)}


def test_what_is_both_put_and_dropped_is_put() -> None:
    key = ("Token", "t")
    on = written(shelf(), {key: "x"}, [key])
    assert written(on, {key: "x"}, [key]).lines() == {key: "x"}
