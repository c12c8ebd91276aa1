"""Names that belong together: `STORE-0421`, `store-0421` and `site-0421` share a key.

A name is words of letters or digits with something between them. A key is one to three words in a
row that occur in many names; what stands around it tells the slots of a row apart: the site, the
bootstrap, each of the tokens. Upper and lower case make no difference to a key.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

MIN_ROWS: Final = 3
"""Fewer of a kind are read more easily one by one."""
_WORD: Final = re.compile(r"[^\W\d_]+|[0-9]+")
_LONGEST_KEY: Final = 3
"""Words."""
_MOST_WORDS: Final = 12
"""A name with more is a text, not a pattern."""
_CANDIDATES: Final = 12
_RANKS: Final = 8
"""Objects of one form in one row; those beyond stand by themselves."""
_SHARE: Final = 50
"""A form that fewer than one in so many rows has makes no column."""
_OWN: Final = 60
"""Characters that a document of its own costs beside its name, about."""

Name: TypeAlias = tuple[str, str]
"""Kind and name."""
Around: TypeAlias = tuple[str, str, str]
"""Kind, and the texts before and behind the key."""
Span: TypeAlias = tuple[str, str, str]
"""A key, folded, and the texts before and behind it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place that one object of each row takes."""

    kind: str
    words: tuple[str, ...]
    """Of the name beside the key, lower case; empty texts stand where they vary."""
    number: int
    """Tells slots of the same words apart."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Objects by row and slot."""

    keys: tuple[str, ...]
    """Folded, sorted."""
    slots: Mapping[Slot, Mapping[str, Name]]
    """Folded key to object."""
    cost: int = 0


def find_rows(names: Sequence[Name]) -> Rows | None:
    """Return the rows that say the most about the names; `None` where there are too few.

    `names` are sorted, each occurs once.
    """
    spans = {name: tuple(_spans(name[1])) for name in names}
    best: Rows | None = None
    for keys in _candidates(spans):
        found = _rows_of(keys, spans)
        if found is not None and (best is None or found.cost < best.cost):
            best = found
    return best


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, lower case."""
    return tuple(_WORD.findall(text.lower()))


def _spans(name: str) -> Iterator[Span]:
    """Every key that a name may hold, the longest first."""
    words = [found.span() for found in _WORD.finditer(name)]
    if len(words) > _MOST_WORDS:
        return
    for length in range(min(_LONGEST_KEY, len(words)), 0, -1):
        for number in range(len(words) - length + 1):
            start, end = words[number][0], words[number + length - 1][1]
            yield name[start:end].lower(), name[:start], name[end:]


def _candidates(spans: Mapping[Name, Sequence[Span]]) -> Iterator[frozenset[str]]:
    """Sets of keys, those of the forms that most names have first."""
    forms: Counter[Around] = Counter(
        (kind, before, behind) for (kind, _), found in spans.items() for _, before, behind in found
    )
    often = sorted(
        (form for form, count in forms.items() if count >= MIN_ROWS),
        key=lambda form: (-forms[form], form),
    )
    wanted = often[:_CANDIDATES]
    keys: dict[Around, set[str]] = {form: set() for form in wanted}
    for (kind, _), found in spans.items():
        for key, before, behind in found:
            if (kind, before, behind) in keys:
                keys[kind, before, behind].add(key)
    yield from dict.fromkeys(frozenset(keys[form]) for form in wanted)


def _rows_of(keys: frozenset[str], spans: Mapping[Name, Sequence[Span]]) -> Rows | None:
    """Lay the names out in rows, and count what that takes to write down."""
    placed: dict[Around, list[tuple[str, Name]]] = defaultdict(list)
    for name, found in spans.items():
        for key, before, behind in found:
            if key in keys:
                placed[name[0], before, behind].append((key, name))
                break
    slots = _slots(placed, max(MIN_ROWS, len(keys) // _SHARE))
    used = sorted({key for members in slots.values() for key in members})
    if len(used) < MIN_ROWS:
        return None
    covered = sum(map(len, slots.values()))
    lonely = sum(len(name) + _OWN for _, name in spans) - sum(
        len(name) + _OWN for members in slots.values() for _, name in members.values()
    )
    cost = sum(map(len, used)) + covered // _SHARE + lonely
    for slot, members in slots.items():
        cost += _OWN + sum(map(len, slot.words))
        if "" in slot.words:
            cost += 4 * len(members)
        if len(members) * 50 < len(used) * 49:
            cost += len(used) + 2 * len(members)
    return Rows(tuple(used), slots, cost)


def _slots(
    placed: Mapping[Around, Sequence[tuple[str, Name]]], fewest: int
) -> dict[Slot, Mapping[str, Name]]:
    """Forms that are frequent by themselves, then those that are so only together."""
    shapes: dict[tuple[str, tuple[int, str]], list[Around]] = defaultdict(list)
    for around in placed:
        shapes[around[0], _shape(around)].append(around)
    slots: dict[Slot, Mapping[str, Name]] = {}
    for (kind, _), forms in sorted(shapes.items()):
        rest: list[tuple[str, Name]] = []
        total = sum(len(placed[form]) for form in forms)
        keys = {key for form in forms for key, _ in placed[form]}
        single = len(keys) == total
        for form in sorted(forms, key=lambda one: (-len(placed[one]), one)):
            members = placed[form]
            rare = len(members) < fewest
            if rare or (single and len(forms) > 1 and len(members) * 5 < total * 4):
                rest += members
                continue
            taken: dict[str, Name] = {}
            for key, name in members:
                taken.setdefault(key, name)
            slots[Slot(kind, words_of(f"{form[1]} {form[2]}"), len(slots))] = taken
        slots |= _varying(kind, rest, fewest, len(slots))
    return slots


def _varying(
    kind: str, members: Sequence[tuple[str, Name]], fewest: int, start: int
) -> dict[Slot, Mapping[str, Name]]:
    """Slots of names that have a second part which differs, by the order of their names."""
    ranks: dict[int, dict[str, Name]] = defaultdict(dict)
    met: Counter[str] = Counter()
    for key, name in sorted(members):
        ranks[met[key]][key] = name
        met[key] += 1
    return {
        Slot(kind, ("",), start + rank): found
        for rank, found in ranks.items()
        if rank < _RANKS and len(found) >= fewest
    }


def _shape(around: Around) -> tuple[int, str]:
    """What stands around a key with its words left out."""
    return len(_WORD.findall(around[1])), _WORD.sub("", f"{around[1]}\0{around[2]}")
