"""YAML in its canonical form: fields in order, one way to quote and indent, comments kept."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconciler.core.values import JsonValue
from reconciler.sources.field_order import ANYTHING, Shape, shape_of
from reconciler.sources.row_order import RowKey, entry_key
from reconciler.sources.yaml_layout import Entry, Node, Part, read_layout
from reconciler.sources.yaml_output import (
    LONGEST_KEY,
    STEP,
    Verbatim,
    flow_text,
    scalar_text,
)
from reconciler.sources.yaml_remarks import Remark

_GAP: Final = 2
"""Blanks before a comment at the end of a line, at least."""
_WITH_ESCAPES: Final = re.compile(r'["\\]')
_INDENT: Final = re.compile(r"[|>][-+]?([1-9])")


def format_yaml(text: str, documents: Mapping[int, JsonValue]) -> str:
    """The canonical form of a text that the strict reader takes.

    `documents` are its values by number, which tell the order of fields. Line ends are those of
    the first line.
    """
    parts, alone = read_layout(text)
    writer = _Writer()
    for number, part in enumerate(parts):
        shape = ANYTHING if part.aliased else shape_of(documents.get(number))
        _arrange(part.root, shape)
        writer.document(part, marked=part.explicit or number > 0)
    writer.remarks(alone, "")
    while writer.lines and not writer.lines[-1] and not writer.ends_kept:
        writer.lines.pop()
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    return "".join(line + end for line in writer.lines)


def _arrange(node: Node, shape: Shape) -> None:
    """Put entries in order; what stands above the first field of an item belongs to the item."""
    entries = node.entries or []
    for entry in entries:
        _arrange(entry.value, shape.below(entry.name) if node.is_map else shape.item())
        _lift(entry)
    if node.is_map:
        ranks = {name: rank for rank, name in enumerate(shape.fields)}
        entries.sort(key=lambda entry: ranks.get(entry.name, len(ranks)))
    elif shape.sorted_by:
        entries.sort(key=_row_order(shape.sorted_by))


def _row_order(column: str) -> Callable[[Entry], RowKey]:
    def key(entry: Entry) -> RowKey:
        row = entry.value
        if not row.is_map:
            return entry_key("", column)
        cells = {one.name: one.value.value for one in row.entries or ()}
        return entry_key(cells, column)

    return key


def _lift(entry: Entry) -> None:
    """Comments for which there is no place inside the value go above the entry."""
    inner = entry.value.entries
    if inner is None:
        return
    if not inner:
        entry.leading += [one for one in entry.value.foot if one.text]
        entry.value.foot = []
    elif entry.key is None:
        lifted = inner[0].leading
        first = next((n for n, one in enumerate(lifted) if one.text), len(lifted))
        entry.leading += lifted[first:]
        inner[0].leading = []


class _Writer:
    """Gathers lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ends_kept = False
        """The last line is part of a text."""

    def document(self, part: Part, *, marked: bool) -> None:
        """Write a document; `marked` with its `---`."""
        self.remarks(part.before, "")
        if marked:
            self._line("---")
            self._close(part.beside, 0)
        root = part.root
        self.remarks([*part.header, *(part.foot if _is_nothing(root) else ())], "", first=marked)
        if root.entries and not root.inline:
            if root.anchor:
                self._line(f"&{root.anchor}")
            self._block(root, "")
        elif not _is_nothing(root):
            self._line(_inline(root, in_flow=False))
        elif root.anchor:
            self._line(f"&{root.anchor}")
        self.remarks(root.foot, "")
        self.remarks(part.foot if not _is_nothing(root) else [], "")

    def remarks(self, remarks: Sequence[Remark], margin: str, *, first: bool = False) -> None:
        """Write comments; of empty lines one in a row, and none at the beginning of a block."""
        for remark in remarks:
            if remark.text:
                self._line(margin + remark.text)
            elif self.lines and self.lines[-1] and not first:
                self._line("")
            first = first and not remark.text

    def _block(self, node: Node, margin: str) -> None:
        for number, entry in enumerate(node.entries or ()):
            self.remarks(entry.leading, margin, first=number == 0)
            if entry.key is None:
                self._entry(entry, f"{margin}-", margin)
            else:
                self._field(entry, entry.key, margin)

    def _field(self, entry: Entry, key: Node, margin: str) -> None:
        head = margin + _key(key, in_flow=False)
        if len(head) > LONGEST_KEY:
            self._line(f"{margin}? {head.strip()}")
            head = margin
        self._entry(entry, f"{head} :" if key.alias else f"{head}:", margin)

    def _entry(self, entry: Entry, head: str, margin: str) -> None:
        """Write a value behind its key or dash."""
        value, shift = entry.value, len(margin) - entry.column
        if not value.entries or value.inline:
            self._scalar(entry, head, margin)
            return
        inner = margin + STEP
        start = len(self.lines)
        if entry.key is None and not value.anchor and entry.beside is None:
            self._block(value, inner)
            self.lines[start] = f"{margin}- {self.lines[start].removeprefix(inner)}"
        else:
            self._line(f"{head} &{value.anchor}" if value.anchor else head)
            self._close(entry.beside, shift)
            self._block(value, inner)
        self.remarks(value.foot, inner)

    def _scalar(self, entry: Entry, head: str, margin: str) -> None:
        value, shift = entry.value, len(margin) - entry.column
        lines = _block_lines(value, margin + STEP, max(entry.column, 0))
        if lines:
            self._line(f"{head} {_anchored(value, lines[0])}")
            self._close(entry.beside, shift)
            self.lines += lines[1:]
            self.ends_kept = not lines[-1]
            return
        first, *rest = _long_lines(value, margin + STEP) or [_inline(value, in_flow=False)]
        self._line(f"{head} {first}")
        self.lines += rest
        self._close(entry.beside, shift)

    def _close(self, remark: Remark | None, shift: int) -> None:
        """Put a comment at the end of the line, in its old column if there is room."""
        if remark is not None:
            line = self.lines[-1]
            width = max(len(line) + _GAP, remark.column + shift)
            self.lines[-1] = line.ljust(width) + remark.text

    def _line(self, line: str) -> None:
        self.lines.append(line)
        self.ends_kept = False


def _is_nothing(node: Node) -> bool:
    """An empty document."""
    return node.value is None and node.entries is None and not (node.raw or node.alias)


def _anchored(node: Node, text: str) -> str:
    return f"&{node.anchor} {text}" if node.anchor else text


def _key(node: Node, *, in_flow: bool) -> str:
    if node.alias:
        return f"*{node.alias}"
    key = Verbatim(node.value)
    return _anchored(node, flow_text(key) if in_flow else scalar_text(key))


def _inline(node: Node, *, in_flow: bool) -> str:
    """A value on one line."""
    if node.alias:
        return f"*{node.alias}"
    if node.entries is None:
        return _anchored(node, _scalar_text(node, in_flow=in_flow))
    if not node.is_map:
        items = [_inline(entry.value, in_flow=True) for entry in node.entries]
        return _anchored(node, f"[{', '.join(items)}]")
    return _anchored(node, f"{{{', '.join(map(_pair, node.entries))}}}")


def _pair(entry: Entry) -> str:
    key = entry.key or Node("")
    head = _key(key, in_flow=True)
    sign = "? " if len(head) > LONGEST_KEY else ""
    colon = " :" if key.alias else ":"
    return f"{sign}{head}{colon} {_inline(entry.value, in_flow=True)}"


def _scalar_text(node: Node, *, in_flow: bool) -> str:
    """Numbers as they are written; single quotes only where double ones need a backslash."""
    value = node.value
    if not isinstance(value, str):
        return scalar_text(value) if value is None or isinstance(value, bool) else node.raw
    text = flow_text(Verbatim(value)) if in_flow else scalar_text(Verbatim(value))
    if node.style == "'" and _WITH_ESCAPES.search(value) and value.isprintable():
        return text if not text.startswith('"') else "'" + value.replace("'", "''") + "'"
    return text


def _long_lines(node: Node, margin: str) -> list[str]:
    """A text over several lines, plain or in quotes: blanks before each line don't count."""
    if not node.is_long or node.style in ("|", ">"):
        return []
    first, *rest = (line.strip() for line in node.raw.split("\n"))
    return [_anchored(node, first), *(margin + line if line else "" for line in rest)]


def _block_lines(node: Node, margin: str, above: int) -> list[str]:
    """A text in a block: its sign, then its lines; `above` is the column it is indented from."""
    if node.style not in ("|", ">") or not isinstance(node.value, str):
        return []
    text = node.value.rstrip("\n")
    if not text.strip() or text != text.rstrip():  # nobody sees such blanks: in quotes they show
        return []
    lines = text.split("\n") if node.style == "|" else _folded_lines(node, above)
    ends = len(node.value) - len(text)
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    odd = any(lines[:first]) or lines[first].startswith((" ", "\t"))
    keep = {0: "-", 1: ""}.get(ends, "+")
    sign = f"{node.style}{len(STEP) if odd else ''}{keep}"
    blank = [""] * (ends - 1)
    return [sign, *(margin + line if line else "" for line in lines), *blank]


def _folded_lines(node: Node, above: int) -> list[str]:
    """The lines of a folded text as they are written, without what indents all of them."""
    header, *lines = node.raw.split("\n")
    given = _INDENT.match(header.replace("+", "").replace("-", ""))
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    indent = above + int(given[1]) if given else indents[0]
    found = [line[indent:] for line in lines]
    while found and not found[-1].strip():
        found.pop()
    return found
