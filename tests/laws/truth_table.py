"""The truth table once more, written from its description and from nothing in pvm.

One bootstrap. D is what is declared, L what the server has, and B what is remembered: what was
asked for then, and what the server returned. Fields are the leaves of nested maps; `k` is a map on
every side, so that which fields there are is never in question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from hypothesis import strategies as st

from reconciler.core.project import Adopt, DriftPolicy, Prune
from reconciler.core.values import JsonValue

Flat: TypeAlias = Mapping[str, JsonValue]
"""Leaves by pointer; a field that is not there has no entry."""


class Owner(StrEnum):
    """Whose object it is by the inventories."""

    NOBODY = "nobody"
    OURS = "ours"
    BEGUN = "begun"
    """Announced by an apply that did not come to its end."""
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Row:
    """One situation of the table; `None` where there is no object."""

    owner: Owner
    asked: Flat
    seen: Flat
    declared: Flat | None
    live: Flat | None
    whole: bool = False
    """What was asked for did not fit into the inventory: only digests are known."""
    drift: DriftPolicy = DriftPolicy.KEEP
    adopt: Adopt = Adopt.IF_EQUAL
    prune: Prune = Prune.OWNED
    side: str = ""
    """`ours` or `theirs`: who wins a conflict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to happen."""

    action: str = ""
    """`create`, `update`, `delete`, or nothing."""
    body: Flat = field(default_factory=dict)
    blocked: str = ""
    """The guard that leaves it alone."""
    conflicts: frozenset[str] = frozenset()
    drifted: frozenset[str] = frozenset()
    """Fields that the server changed and that are kept; "" for an object that it lost."""
    record: str = ""
    unmanaged: bool = False
    retained: bool = False


def verdict(row: Row) -> Verdict:
    """What the table says."""
    if row.owner is Owner.OTHERS and row.declared is not None:
        return Verdict(blocked="foreign")
    if row.declared is None:
        return _undeclared(row)
    if row.live is None:
        return _not_there(row)
    if row.owner in (Owner.NOBODY, Owner.BEGUN):
        return _unowned(row, row.declared, row.live)
    return _whole(row, row.declared, row.live) if row.whole else _by_field(row)


def _undeclared(row: Row) -> Verdict:
    if row.live is None:
        ours = row.owner in (Owner.OURS, Owner.BEGUN)
        return Verdict(record="gone") if ours else Verdict()
    if row.owner is Owner.NOBODY:
        return Verdict("delete") if row.prune is Prune.SCOPE else Verdict(unmanaged=True)
    if row.owner is Owner.OTHERS:
        return Verdict()
    if row.prune is Prune.NEVER:
        return Verdict(retained=True)
    if same(row.live, row.seen) or row.side == "ours":
        return Verdict("delete")
    return Verdict(retained=True) if row.side == "theirs" else Verdict(blocked="conflict")


def _not_there(row: Row) -> Verdict:
    assert row.declared is not None
    if row.owner is Owner.OURS and row.drift is DriftPolicy.KEEP:
        return Verdict(drifted=frozenset({""}))
    return Verdict("create", row.declared)


def _unowned(row: Row, declared: Flat, live: Flat) -> Verdict:
    if row.owner is Owner.BEGUN:
        return Verdict(record="any") if same(declared, live) else Verdict("update", declared)
    if same(declared, live):
        return Verdict(blocked="adopt") if row.adopt is Adopt.NEVER else Verdict(record="adopted")
    if row.adopt is Adopt.ALWAYS:
        return Verdict("update", declared)
    return Verdict(blocked="adopt")


def _whole(row: Row, declared: Flat, live: Flat) -> Verdict:
    """Without the content nobody knows which side changed a field: the object is one field."""
    git, server = not same(declared, row.asked), not same(live, row.seen)
    fields = frozenset(p for p in declared.keys() | live.keys() if differs(declared, live, p))
    if git and same(declared, live):
        return Verdict(record="converged")
    if git and server:
        if not row.side:
            return Verdict(blocked="conflict", conflicts=fields)
        return Verdict("update", declared) if row.side == "ours" else Verdict(drifted=fields)
    if git:
        return Verdict("update", declared)
    if server and fields:
        reverted = row.drift is DriftPolicy.REVERT
        return Verdict("update", declared) if reverted else Verdict(drifted=fields)
    return Verdict()


def _by_field(row: Row) -> Verdict:
    declared, live = row.declared, row.live
    assert declared is not None
    assert live is not None
    body: dict[str, JsonValue] = {}
    conflicts, kept = set(), set()
    for pointer in sorted(row.asked.keys() | row.seen.keys() | declared.keys() | live.keys()):
        git, server = differs(declared, row.asked, pointer), differs(live, row.seen, pointer)
        winner = declared
        if server and differs(declared, live, pointer):
            if git:
                conflicts.add(pointer)
                winner = live if row.side == "theirs" else declared
            elif row.drift is DriftPolicy.KEEP:
                winner = live
            if winner is live:
                kept.add(pointer)
        if pointer in winner:
            body[pointer] = winner[pointer]
    if conflicts and not row.side:
        return Verdict(blocked="conflict", conflicts=frozenset(conflicts))
    if not same(body, live):
        return Verdict("update", body, drifted=frozenset(kept))
    if kept:
        return Verdict(drifted=frozenset(kept))
    return Verdict(record="" if same(declared, row.asked) else "converged")


def same(one: Flat, other: Flat) -> bool:
    return not any(differs(one, other, pointer) for pointer in one.keys() | other.keys())


def differs(one: Flat, other: Flat, pointer: str) -> bool:
    """JSON's equality: numbers by value, and true is not 1."""
    if pointer not in one or pointer not in other:
        return (pointer in one) != (pointer in other)
    a, b = one[pointer], other[pointer]
    if isinstance(a, bool) or isinstance(b, bool):
        return a is not b
    return a != b


LEAVES: tuple[JsonValue, ...] = (1, True, Decimal("1.0"), "1", None, 2)
SECRETS: tuple[JsonValue, ...] = ("first word", "second word")
POINTERS = ("/a", "/b", "/k/x", "/psk")


def flats() -> st.SearchStrategy[Flat]:
    leaf, secret = st.sampled_from(LEAVES), st.sampled_from(SECRETS)
    fields = {one: secret if one == "/psk" else leaf for one in POINTERS}
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def near(draw: st.DrawFn, to: Flat) -> Flat:
    """The same, but for few fields."""
    if draw(st.booleans()):
        return to
    other = draw(flats())
    found = dict(to)
    for pointer in draw(st.sets(st.sampled_from(POINTERS), min_size=1, max_size=2)):
        found.pop(pointer, None)
        if pointer in other:
            found[pointer] = other[pointer]
    return found


@st.composite
def rows(draw: st.DrawFn) -> Row:
    asked = draw(flats())
    declared = draw(near(asked)) if draw(st.integers(0, 4)) else None
    live = draw(near(asked)) if draw(st.integers(0, 4)) else None
    if draw(st.integers(0, 4)) == 0:
        live = declared
    return Row(
        owner=draw(st.sampled_from((Owner.OURS, Owner.OURS, Owner.OURS, *Owner))),
        asked=asked,
        seen=asked,
        declared=declared,
        live=live,
        whole=draw(st.integers(0, 4)) == 0,
        drift=draw(st.sampled_from(DriftPolicy)),
        adopt=draw(st.sampled_from(Adopt)),
        prune=draw(st.sampled_from(Prune)),
        side=draw(st.sampled_from(("", "", "ours", "theirs"))),
    )
