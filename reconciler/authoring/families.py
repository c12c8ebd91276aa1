"""Layers that rows choose by a column: `region-${region}`.

Leaves that change together follow something: a region, a class of devices. Of the leaves that have
few values each one is tried as that something; it is taken when writing what follows it once for
each value is shorter than once for each row. A leaf follows it although a few rows disagree: those
become documents of their own.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.authoring.leaves import MISSING, ROW_COST, Vector, has_column
from reconciler.authoring.text_parts import parts_of
from reconciler.core.json_text import dump_json
from reconciler.core.values import ABSENT, Maybe

_MOST_CLASSES: Final = 256
_MOST_FAMILIES: Final = 6
_ROWS_PER_CLASS: Final = 4
_NOISE: Final = 20
"""One row in so many may have a value that hardly any other has."""
_RARE: Final = 400
"""A value of fewer than one row in so many is no class of its own."""
_LAYER: Final = 60
"""Characters of a layer beside its parameters, about."""
_UNNAMED: Final = 400
"""What a column costs that nobody named: it has to be explained."""
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,22}[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Family:
    """Layers of which each row takes one."""

    column: str
    """What the column may be called; empty where no leaf shows it."""
    labels: tuple[str, ...]
    """By row."""
    members: tuple[tuple[Vector, Mapping[str, Maybe]], ...]
    """What follows the label: a leaf for each label, `ABSENT` where its layer has none."""


@dataclass(frozen=True, slots=True, eq=False)
class _Classes:
    """Rows apart by the values of one leaf."""

    by_row: tuple[int, ...]
    """-1 for a value that hardly any other row has."""
    count: int


@dataclass(frozen=True, slots=True)
class _Label:
    column: str
    texts: Sequence[str]
    """By class."""
    size: int
    """Characters in all rows; 0 where it is a column anyway."""


def find_families(
    followers: Sequence[Vector], everything: Sequence[Vector], alone: Callable[[Vector], int]
) -> list[Family]:
    """Families of layers, the one that saves most first.

    `followers` are the leaves that layers may hold, `everything` those that may name a class;
    `alone` is what a leaf costs, in characters, when no layer holds it.
    """
    left = {number: one for number, one in enumerate(followers) if len(one.counts) > 1}
    costs = {number: alone(one) for number, one in left.items()}
    tried = [found for one in left.values() if (found := _classes(one.codes)) is not None]
    classes = {one.by_row: one for one in reversed(tried)}
    search = _Search(left, costs, list(_label_sources(everything)))
    families: list[Family] = []
    while classes and len(families) < _MOST_FAMILIES:
        gains = {one: search.gain(one) for one in classes.values()}
        best = max(gains, key=gains.__getitem__)
        if gains[best] <= 0:
            break
        families.append(search.take(best))
        del classes[best.by_row]
    return families


class _Search:
    """What is left to be placed, and what was counted already."""

    def __init__(
        self,
        left: dict[int, Vector],
        costs: Mapping[int, int],
        sources: Sequence[tuple[str, Sequence[str | None]]],
    ) -> None:
        self.left = left
        self._costs = costs
        self._sources = sources
        self._known: dict[tuple[_Classes, int], int] = {}
        self._labels: dict[_Classes, _Label] = {}

    def gain(self, classes: _Classes) -> int:
        """Characters saved by layers for these classes."""
        saved = sum(max(0, self._saved(classes, number)) for number in self.left)
        return saved - self._label(classes).size - classes.count * _LAYER

    def take(self, classes: _Classes) -> Family:
        """Make the family, and place what follows it."""
        label = self._label(classes)
        members = []
        for number in [one for one in self.left if self._saved(classes, one) > 0]:
            vector = self.left.pop(number)
            usual = _usual_by_class(classes, vector)
            leaves = {label.texts[one]: vector.leaves[code] for one, code in usual.items()}
            members.append((vector, leaves))
        labels = tuple(
            label.texts[one] if one >= 0 else _nearest(members, row, label.texts)
            for row, one in enumerate(classes.by_row)
        )
        return Family(label.column, labels, tuple(members))

    def _saved(self, classes: _Classes, number: int) -> int:
        key = classes, number
        if key not in self._known:
            vector = self.left[number]
            self._known[key] = self._costs[number] - _cost_in_layers(classes, vector)
        return self._known[key]

    def _label(self, classes: _Classes) -> _Label:
        if classes not in self._labels:
            self._labels[classes] = _label_of(classes, self._sources)
        return self._labels[classes]


def _classes(codes: Sequence[int]) -> _Classes | None:
    counts = Counter(codes)
    rows = len(codes)
    fewest = max(2, rows // _RARE)
    often = {code for code, count in counts.items() if count >= fewest and code != MISSING}
    noise = sum(count for code, count in counts.items() if code not in often)
    most = min(_MOST_CLASSES, rows // _ROWS_PER_CLASS)
    if not 1 < len(often) <= most or noise * _NOISE > rows:
        return None
    numbers: dict[int, int] = {}
    by_row = (numbers.setdefault(code, len(numbers)) if code in often else -1 for code in codes)
    return _Classes(tuple(by_row), len(often))


def _usual_by_class(classes: _Classes, vector: Vector) -> dict[int, int]:
    """The code that most rows of each class have."""
    usual: dict[int, tuple[int, int]] = {}
    for (one, code), count in Counter(zip(classes.by_row, vector.codes, strict=True)).items():
        if one >= 0 and code != MISSING:
            usual[one] = max(usual.get(one, (0, 0)), (count, -code))
    return {one: -code for one, (_, code) in usual.items()}


_IMPOSSIBLE: Final = 1 << 40


def _cost_in_layers(classes: _Classes, vector: Vector) -> int:
    usual = _usual_by_class(classes, vector)
    leaves = [vector.leaves[code] for code in usual.values()]
    if len(usual) < classes.count or any(map(has_column, leaves)):
        return _IMPOSSIBLE
    odd = sum(
        one >= 0 and code not in (MISSING, usual[one])
        for one, code in zip(classes.by_row, vector.codes, strict=True)
    )
    return odd * ROW_COST + sum(leaf_size(vector, code) for code in usual.values())


def leaf_size(vector: Vector, code: int) -> int:
    """Characters of a leaf with its key, about; none where it is absent."""
    leaf = vector.leaves[code]
    return 0 if leaf is ABSENT else len(dump_json(leaf)) + len(vector.path[-1]) + 8


def _nearest(
    members: Iterable[tuple[Vector, Mapping[str, Maybe]]], row: int, labels: Sequence[str]
) -> str:
    """The label whose leaves a row shares most."""
    score = dict.fromkeys(labels, 0)
    for vector, leaves in members:
        for label, leaf in leaves.items():
            score[label] += leaf is vector.at(row)
    return max(labels, key=lambda label: score[label])


def _label_sources(vectors: Iterable[Vector]) -> Iterator[tuple[str, Sequence[str | None]]]:
    """Texts by row that may name classes, with what their column may be called."""
    for vector in vectors:
        texts = {
            leaf: vector.counts[code]
            for code, leaf in enumerate(vector.leaves)
            if isinstance(leaf, str)
        }
        parts = parts_of(texts) if len(texts) > 1 else None
        if parts is None:
            continue
        shown = [parts.cells.get(leaf) if isinstance(leaf, str) else None for leaf in vector.leaves]
        yield (
            vector.path[-1] if parts.whole else "",
            [None if code == MISSING else shown[code] for code in vector.codes],
        )


def _label_of(classes: _Classes, sources: Sequence[tuple[str, Sequence[str | None]]]) -> _Label:
    """The shortest text that tells the classes apart, or a number."""
    found: list[tuple[bool, int, int, _Label]] = []
    for number, (column, cells) in enumerate(sources):
        texts = _texts_of(classes, cells)
        if texts is not None:
            size = sum(len(cell) + 1 for cell in cells if cell is not None)
            found.append((not column, size, number, _Label(column, texts, size)))
    if found:
        return min(found, key=lambda one: one[:3])[3]
    rows = len(classes.by_row)
    texts = [str(number + 1) for number in range(classes.count)]
    return _Label("", texts, 2 * rows + _UNNAMED)


def _texts_of(classes: _Classes, cells: Sequence[str | None]) -> list[str] | None:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for one, cell in zip(classes.by_row, cells, strict=True):
        if one >= 0 and cell is not None:
            counts[one][cell] += 1
    texts = [_most_often(counts[one]) for one in range(classes.count)]
    agreeing = sum(counts[one][text] for one, text in enumerate(texts))
    several = len({text.lower() for text in texts}) == len(texts)
    fits = several and all(map(_LABEL.fullmatch, texts))
    return texts if fits and (len(cells) - agreeing) * _NOISE <= len(cells) else None


def _most_often(counts: Counter[str]) -> str:
    return min(counts, key=lambda text: (-counts[text], text), default="")
