"""The columns of a fleet that is being found: what differs from row to row, each thing once."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from reconciler.authoring.leaves import MISSING, NAME, ROW_COST, Vector, are_few, cell_size
from reconciler.authoring.text_parts import WORTH_CUTTING, parts_of, with_columns
from reconciler.core.pointer import join
from reconciler.core.secrets import Masking, mask
from reconciler.core.values import ABSENT, JsonValue, Maybe

_LONGEST_CELL: Final = 1000
"""Characters, as the reader of lists has it."""
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_UNUSABLE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_MOST_CHOICES: Final = 12
"""Values that a column lists; more are no help to who reads them."""
_ROWS_PER_CHOICE: Final = 3
_LONGEST_CHOICE: Final = 24

Cells = Sequence[Maybe]


@dataclass(frozen=True, slots=True)
class Filling:
    """How a leaf comes from columns."""

    before: str
    behind: str
    cells: Cells
    """By row; `ABSENT` is an empty cell."""
    size: int
    """Characters in the list of rows."""
    unread: frozenset[int] = frozenset()
    """Rows that do not have the document: any cell will do."""

    @property
    def whole(self) -> bool:
        """Whether the cell is the leaf."""
        return not self.before and not self.behind


def _as_texts(leaves: Iterable[Maybe]) -> list[str | None]:
    return [leaf if isinstance(leaf, str) else None for leaf in leaves]


def _mark(cells: Cells) -> tuple[object, ...]:
    """Equal only for cells of equal types and values."""
    return tuple((type(cell).__name__, cell) for cell in cells)


@dataclass(slots=True)
class Columns:
    """Columns by name, in the order in which they were found."""

    key: str
    cells: dict[str, Cells] = field(default_factory=dict)
    _names: dict[tuple[object, ...], str] = field(default_factory=dict)

    def put(self, filling: Filling, wanted: str) -> str:
        """The leaf with its column in it; columns that are equal are one."""
        name = self._same(filling)
        if name is None:
            name = self._names[_mark(filling.cells)] = self._free(wanted)
            self.cells[name] = filling.cells
        return f"{filling.before}${{{name}}}{filling.behind}"

    def has(self, filling: Filling) -> bool:
        """Whether there is a column of these cells."""
        return self._same(filling) is not None

    def _same(self, filling: Filling) -> str | None:
        name = self._names.get(_mark(filling.cells))
        if name is None and filling.unread:
            read = [row for row in range(len(filling.cells)) if row not in filling.unread]
            mark = _mark([filling.cells[row] for row in read])
            for name, cells in self.cells.items():
                if _mark([cells[row] for row in read]) == mark:
                    return name
            return None
        return name

    def _free(self, wanted: str) -> str:
        name = _UNUSABLE.sub("-", wanted).strip("-_") or "column"
        if not name[0].isalpha():
            name = f"c{name}"
        number, free = 1, name
        while free in self.cells:
            number += 1
            free = f"{name}{number}"
        return free

    def put_known(self, vector: Vector) -> str | None:
        """The one text that nearly all rows have once known columns stand in it, if there is."""
        rows = [row for row, code in enumerate(vector.codes) if code != MISSING]
        texts = _as_texts(vector.leaves[vector.codes[row]] for row in rows)
        known = {name: _as_texts(cells[row] for row in rows) for name, cells in self.cells.items()}
        counts = Counter(with_columns(texts, known) or ())
        usual = max(counts, key=lambda text: counts[text], default=None)
        odd = len(texts) - counts[usual]
        return usual if counts and are_few(odd, len(texts)) else None

    def rules(self) -> dict[str, dict[str, JsonValue]]:
        """What is declared of each column."""
        return {name: _rules(cells) for name, cells in self.cells.items()}


def filling_of(vector: Vector, masking: Masking, hollow: Collection[int] = ()) -> Filling | None:
    """Cells for a leaf that is text or number in nearly every row, or `None`.

    `hollow` are rows where an empty cell would leave an empty map behind.
    """
    counts: Counter[str] = Counter()
    for code, rows in vector.counts.items():
        counts[_type_of(vector.leaves[code])] += rows
    counts.pop(_ABSENT, None)
    usual = max(counts, key=lambda name: (counts[name], name), default="")
    if usual == "text":
        before, behind, shown = _texts(vector)
    elif usual in ("number", "truth"):
        before = behind = ""
        shown = {code: leaf for code, leaf in enumerate(vector.leaves) if _type_of(leaf) == usual}
    else:
        return None
    secret = before.startswith("${env:")
    cells = {
        code: cell
        for code, cell in shown.items()
        if not _is_unfit(cell, vector, masking, secret=secret)
    }
    wrong = {code for code in vector.counts if code not in cells}
    if not (before or behind):
        wrong -= {code for code in wrong if vector.leaves[code] is ABSENT}
    odd = sum(vector.counts[code] for code in wrong) + len(hollow)
    if not cells or not are_few(odd, vector.present):
        return None
    by_row: list[Maybe] = [cells.get(code, ABSENT) for code in vector.codes]
    size = sum(1 if cell is ABSENT else cell_size(cell) + 1 for cell in by_row)
    unread = frozenset(row for row, code in enumerate(vector.codes) if code == MISSING)
    return Filling(before, behind, by_row, size + odd * ROW_COST, unread)


_ABSENT: Final = "absent"


def _type_of(leaf: Maybe) -> str:
    if isinstance(leaf, str):
        return "text"
    if isinstance(leaf, bool):
        return "truth"
    if isinstance(leaf, int | Decimal):
        return "number"
    return _ABSENT if leaf is ABSENT else "other"


def _texts(vector: Vector) -> tuple[str, str, dict[int, Maybe]]:
    """What stands around the difference, and cells by code."""
    counts = {
        leaf: vector.counts[code]
        for code, leaf in enumerate(vector.leaves)
        if isinstance(leaf, str) and vector.counts[code]
    }
    parts = parts_of(counts, 1 if vector.path == NAME else WORTH_CUTTING)
    if parts is None:
        return "", "", {}
    cells: dict[int, Maybe] = {
        code: parts.cells[leaf]
        for code, leaf in enumerate(vector.leaves)
        if isinstance(leaf, str) and leaf in parts.cells
    }
    return parts.before, parts.behind, cells


def _is_unfit(leaf: Maybe, vector: Vector, masking: Masking, *, secret: bool = False) -> bool:
    """Whether a cell would not read back, or would hold a secret where no reference can stand."""
    if isinstance(leaf, str):
        if not leaf or len(leaf) > _LONGEST_CELL or not leaf.isprintable():
            return True
    elif not isinstance(leaf, bool) and not _NUMBER.fullmatch(number_text(leaf)):
        return True
    if secret:
        return False
    pointer = join(vector.path[1:] if vector.path[0] == "parameters" else vector.path)
    return leaf is ABSENT or mask(leaf, masking, pointer)[1]


def number_text(leaf: object) -> str:
    """A number as a cell has it; empty for one that is too long."""
    if isinstance(leaf, Decimal):
        power = int(leaf.as_tuple().exponent)
        return f"{leaf:f}" if abs(power) <= _LONGEST_CHOICE else ""
    return str(leaf) if isinstance(leaf, int) and leaf.bit_length() < _LONGEST_CELL else ""


def cell_text(cell: Maybe) -> str:
    """A cell as a list of rows has it, before any quoting."""
    if cell is ABSENT:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if isinstance(cell, str) else number_text(cell)


def _rules(cells: Cells) -> dict[str, JsonValue]:
    rules: dict[str, JsonValue] = {}
    present = [cell for cell in cells if cell is not ABSENT]
    types = {type(cell) for cell in present}
    if types == {bool}:
        rules["type"] = "boolean"
    elif types == {int}:
        rules["type"] = "integer"
    elif types and types <= {int, Decimal}:
        rules["type"] = "number"
    else:
        rules |= _text_rules([cell for cell in present if isinstance(cell, str)])
    if len(present) < len(cells):
        rules["optional"] = True
    return rules


def _text_rules(texts: Sequence[str]) -> dict[str, JsonValue]:
    """A choice where there are few values, a pattern where all are digits of one length."""
    values = sorted(set(texts))
    lengths = {len(text) for text in values}
    few = len(values) <= _MOST_CHOICES and len(values) * _ROWS_PER_CHOICE <= len(texts)
    if few and max(lengths, default=0) <= _LONGEST_CHOICE:
        return {"enum": values}
    if len(lengths) == 1 and all(text.isascii() and text.isdigit() for text in values):
        return {"pattern": f"^[0-9]{{{lengths.pop()}}}$"}
    return {}
