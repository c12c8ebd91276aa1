"""Documents taken apart into leaves, and the same leaf of many documents side by side.

All texts are as files have them: `$${` for a literal `${`, references to secrets as they stand.
A list is one leaf: layers replace it as a whole.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache, partial
from typing import Final, TypeAlias

from reconciler.core.values import ABSENT, JsonValue, Maybe

Path: TypeAlias = tuple[str, ...]
Document: TypeAlias = Mapping[str, JsonValue]

NAME: Final[Path] = ("name",)
"""The path of every document's name."""
MISSING: Final = -1
"""The code of a row that has no such document."""
_REFERENCE: Final = re.compile(r"\$\{(?:env|file|sops):")
_ODD: Final = 10
"""One row in so many may be unlike all others: it becomes a document of its own."""
_ENOUGH: Final = 4
"""Rows of which one may be so."""
ROW_COST: Final = 250
"""Characters, about, that a row costs which does."""


@dataclass(slots=True)
class Vector:
    """One leaf of one document of every row."""

    handle: str
    path: Path
    codes: list[int]
    """By row: equal codes are equal leaves, `MISSING` is no document at all."""
    leaves: list[Maybe]
    """What the codes stand for; `ABSENT` where a document has no such leaf."""
    counts: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.counts = Counter(self.codes)
        self.counts.pop(MISSING, None)

    @property
    def usual(self) -> int:
        """The code that most rows have; of several the one that comes first."""
        return max(self.counts, key=lambda code: (self.counts[code], -code))

    @property
    def present(self) -> int:
        """Rows with such a document."""
        return self.counts.total()

    def at(self, row: int) -> Maybe:
        """The leaf of a row; `ABSENT` also where there is no document."""
        code = self.codes[row]
        return ABSENT if code == MISSING else self.leaves[code]


def are_few(odd: int, rows: int) -> bool:
    """Whether so many rows may be unlike all others."""
    return odd * _ODD <= rows or (odd == 1 and rows >= _ENOUGH)


def flatten(document: Document) -> dict[Path, JsonValue]:
    """Each scalar, list and empty map by its path."""
    found: dict[Path, JsonValue] = {}
    _flatten(document, (), found)
    return found


def _flatten(value: Document, above: Path, found: dict[Path, JsonValue]) -> None:
    for key, item in value.items():
        path = (*above, key)
        if isinstance(item, Mapping) and item:
            _flatten(item, path, found)
        else:
            found[path] = item


def built(leaves: Mapping[Path, JsonValue]) -> dict[str, JsonValue]:
    """The document of these leaves, keys in the order in which they come."""
    document: dict[str, JsonValue] = {}
    for path, leaf in leaves.items():
        inner = document
        for key in path[:-1]:
            below = inner.get(key)
            if not isinstance(below, dict):
                below = inner[key] = {}
            inner = below
        inner[path[-1]] = leaf
    return document


def frozen(value: JsonValue) -> Hashable:
    """Hashable, and equal only where values are of one type and equal as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "map", tuple(sorted((key, frozen(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return "list", tuple(map(frozen, value))
    return type(value).__name__, value


def map_texts(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """The value with every text in it changed, keys left alone."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: map_texts(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [map_texts(item, change) for item in value]
    return value


def texts_in(value: Maybe) -> Iterator[str]:
    """Every text of a leaf."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def has_column(value: Maybe) -> bool:
    """Whether a column stands anywhere in a leaf."""
    return any("${" in _REFERENCE.sub("", text.replace("$${", "")) for text in texts_in(value))


@lru_cache(maxsize=65536)
def word_pattern(word: str) -> re.Pattern[str]:
    """Finds a word or several where they stand by themselves.

    Never behind a dollar, which would turn the column that takes their place into an escape.
    """
    before = "0-9" if word[0].isdigit() else "A-Za-z"
    behind = "0-9" if word[-1].isdigit() else "A-Za-z"
    return re.compile(rf"(?<![{before}$]){re.escape(word)}(?![{behind}])")


def vectors_of(
    handle: str, documents: Sequence[Document | None], words: Sequence[str], column: str
) -> list[Vector]:
    """The vectors of one document of each row, the column put where the row's word stands.

    A word is replaced only at paths where nearly all rows have theirs: a key may be in a text by
    chance.
    """
    leaves = [None if one is None else flatten(one) for one in documents]
    paths = dict.fromkeys(path for one in leaves if one is not None for path in one)
    patterns = [word_pattern(word) for word in words]
    placeholder = f"${{{column}}}"
    vectors = []
    for path in paths:
        raw = [None if one is None else one.get(path, ABSENT) for one in leaves]
        put, hits = _with_column(raw, (words, patterns, placeholder), leaves)
        known = sum(one is not None and path in one for one in leaves)
        wanted = put if are_few(known - hits, known) else raw
        vectors.append(_vector(handle, path, wanted, leaves))
    return vectors


def _with_column(
    raw: Sequence[Maybe],
    key: tuple[Sequence[str], Sequence[re.Pattern[str]], str],
    leaves: Sequence[object | None],
) -> tuple[list[Maybe], int]:
    """The leaves with the column in them, and in how many there is one."""
    words, patterns, placeholder = key
    put: list[Maybe] = []
    hits = 0
    for value, word, pattern, there in zip(raw, words, patterns, leaves, strict=True):
        if there is None or value is ABSENT or not any(word in text for text in texts_in(value)):
            put.append(value)
            continue
        changed = map_texts(value, partial(pattern.sub, placeholder))
        hits += changed != value
        put.append(changed)
    return put, hits


def _vector(
    handle: str, path: Path, values: Sequence[Maybe], leaves: Sequence[object | None]
) -> Vector:
    codes: list[int] = []
    known: dict[Hashable, int] = {}
    found: list[Maybe] = []
    for value, there in zip(values, leaves, strict=True):
        if there is None:
            codes.append(MISSING)
            continue
        mark = ABSENT if value is ABSENT else frozen(value)
        code = known.setdefault(mark, len(found))
        if code == len(found):
            found.append(value)
        codes.append(code)
    return Vector(handle, path, codes, found)


def cell_size(value: JsonValue) -> int:
    """Characters of a scalar in a list of rows."""
    if isinstance(value, str):
        return len(value)
    return len(f"{value:f}") if isinstance(value, Decimal) else len(str(value))
