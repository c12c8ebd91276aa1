"""Texts of many rows that differ in one part: what stands before and behind it.

Parts end where words end, for `"dev0${server}"` is shorter than a column of whole names and harder
to read. Placeholders and escapes are never cut.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.authoring.leaves import ROW_COST, are_few, has_column, word_pattern
from reconciler.core.template import unescaped

WORTH_CUTTING: Final = 8
"""Characters around a difference; fewer are read more easily in every row."""
_REFERENCE: Final = re.compile(r"\$\{env:(.*)\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parts:
    """A template with one hole, and what fills it."""

    before: str
    behind: str
    cells: Mapping[str, str]
    """By text as files have it; as it is meant."""

    @property
    def whole(self) -> bool:
        """Whether the hole is all there is."""
        return not self.before and not self.behind


def parts_of(counts: Mapping[str, int], least: int = WORTH_CUTTING) -> Parts | None:
    """Return what different texts share around their difference; `counts` is by text.

    `least` is how many characters they have to share where they hold no column.
    Texts that hold no column are wholes. A few texts unlike all others have no cell; `None` where
    no cell can hold the difference.
    """
    inner = {text: found[1] for text in counts if (found := _REFERENCE.fullmatch(text))}
    if inner and _most(inner, counts):
        before, behind = _cut(inner.values())
        return _fitting(Parts(f"${{env:{before}", f"{behind}}}", _holes(inner, before, behind)))
    rest = [text for text in counts if text not in inner]
    texts = [text for text in rest if has_column(text)]
    for chosen in (texts or rest, _alike(texts or rest, counts)):
        before, behind = _cut(chosen)
        holes = {text: text for text in chosen}
        parts = _fitting(Parts(before, behind, _holes(holes, before, behind)))
        if parts is not None and _pays(parts, counts, 0 if texts else least):
            return parts
    return None if texts or not rest else Parts("", "", {text: unescaped(text) for text in rest})


def _pays(parts: Parts, counts: Mapping[str, int], least: int) -> bool:
    """Whether parts are better than wholes; 0 where there are no wholes."""
    if not _most(parts.cells, counts):
        return False
    total = sum(counts.values())
    odd = total - sum(counts[text] for text in parts.cells)
    around = len(parts.before) + len(parts.behind)
    return not least or (around >= least and odd * ROW_COST < around * total)


def _most(texts: Collection[str], counts: Mapping[str, int]) -> bool:
    """Whether nearly all rows have one of these texts."""
    total = sum(counts.values())
    return are_few(total - sum(counts[text] for text in texts), total)


def _alike(texts: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """Those that begin as most do, up to their first column or word, or else end as most do."""
    if not texts:
        return []
    pieces = {text: (_PLACEHOLDER if has_column(text) else _GAP).split(text) for text in texts}
    heads = {text: "".join(found[:2]) for text, found in pieces.items()}
    tails = {text: "".join(found[-2:]) for text, found in pieces.items()}
    best: list[str] = []
    for ends in (heads, tails):
        rows: Counter[str] = Counter()
        for text, end in ends.items():
            rows[end] += counts[text]
        usual = max(rows, key=lambda end: (rows[end], end))
        found = [text for text in texts if ends[text] == usual]
        if sum(counts[text] for text in found) > sum(counts[text] for text in best):
            best = found
    return best


def _fitting(parts: Parts) -> Parts | None:
    """Without the texts whose difference is more than text: a column, a reference."""
    cells = {text: cell for text, cell in parts.cells.items() if "${" not in cell}
    return Parts(parts.before, parts.behind, cells) if cells else None


def _holes(texts: Mapping[str, str], before: str, behind: str) -> dict[str, str]:
    return {
        text: unescaped(inner[len(before) : len(inner) - len(behind)])
        for text, inner in texts.items()
    }


def _cut(texts: Collection[str]) -> tuple[str, str]:
    """The longest common beginning and end that leave something of each text."""
    if not texts:
        return "", ""
    first, last = min(texts), max(texts)
    before = _ends_well(_shared(first, last))
    left = [text[len(before) :][::-1] for text in texts]
    behind = _begins_well(_shared(min(left), max(left))[::-1])
    if any(len(text) <= len(before) + len(behind) for text in texts):
        behind = ""
    if any(len(text) <= len(before) for text in texts):
        before = ""
    return before, behind


def _shared(one: str, other: str) -> str:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return one[:length]


def _ends_well(text: str) -> str:
    """Cut back to the end of a word, out of any placeholder and not behind a dollar."""
    while text and (text[-1].isalnum() or text[-1] == "$" or _is_open(text)):
        text = text[:-1]
    return text


def _begins_well(text: str) -> str:
    while text and (
        text[0].isalnum() or (text[0] == "{") or text.find("}") < _opening(text) or text[0] == "}"
    ):
        text = text[1:]
    return text


def _opening(text: str) -> int:
    """Where the first placeholder opens; before everything when none does and none closes."""
    found = text.find("${")
    if found >= 0:
        return found
    return len(text) if "}" in text else -1


def _is_open(text: str) -> bool:
    return "}" not in text[text.rfind("${") :] if "${" in text else False


def with_columns(
    texts: Sequence[str | None], columns: Mapping[str, Sequence[str | None]]
) -> list[str | None] | None:
    """The texts of rows with columns put where their cells stand by themselves, the longest first.

    A few rows may lack a column's cell; `None` where none stands in nearly all texts.
    """
    found = list(texts)
    changed = False
    for name in sorted(columns, key=lambda one: -_length(columns[one])):
        put = _with_column(found, columns[name], f"${{{name}}}")
        if put is not None:
            found, changed = put, True
    return found if changed else None


def _length(cells: Sequence[str | None]) -> int:
    return sum(len(cell) for cell in cells if cell is not None)


def _with_column(
    texts: Sequence[str | None], cells: Sequence[str | None], placeholder: str
) -> list[str | None] | None:
    put: list[str | None] = []
    missed = 0
    for text, cell in zip(texts, cells, strict=True):
        changed = text
        if text is not None and cell is not None and len(cell) >= _SHORTEST and cell in text:
            pieces = _PLACEHOLDER.split(text)
            pattern = word_pattern(cell)
            pieces[::2] = [pattern.sub(placeholder, piece) for piece in pieces[::2]]
            changed = "".join(pieces)
        missed += changed == text
        if not are_few(missed, len(texts)):
            return None
        put.append(changed)
    return put


_GAP: Final = re.compile(r"([^\w]+)")
_SHORTEST: Final = 2
"""Characters of a cell that is looked for: one alone is anywhere."""
_PLACEHOLDER: Final = re.compile(r"(\$\$\{|\$\{[^{}]*\})")
"""With the group that makes `split` keep it."""
