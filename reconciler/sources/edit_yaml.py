"""Values in YAML and JSON files replaced where they stand; every other byte stays.

A document is compared with what it shall say, and only what differs is written anew: in the
style that it had, as deep inside as can be.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.core.json_text import dump_json
from reconciler.core.values import ABSENT, JsonValue, Maybe, json_equal
from reconciler.sources.edit_nodes import CannotEdit, Node, Part, read_nodes
from reconciler.sources.yaml_output import Verbatim, entry_lines, flow_text, item_lines, quoted_text

_COLON: Final = re.compile(r"\s*:")


@dataclass(frozen=True, slots=True)
class TextEdit:
    """A stretch of a text, in characters, and what replaces it."""

    start: int
    end: int
    text: str


def rewrite(text: str, documents: Mapping[int, Maybe]) -> str:
    """The text with the documents of these numbers saying something else; `ABSENT` removes one.

    Texts are taken as they are, placeholders and `$${` included. Raises `CannotEdit`.
    """
    return rewritten(text, documents, is_json=False)


def rewritten(text: str, documents: Mapping[int, Maybe], *, is_json: bool) -> str:
    """As `rewrite`; with `is_json` everything new is written as JSON."""
    parts = read_nodes(text)
    editor = _Editor(text, is_json=is_json)
    for number, value in documents.items():
        if value is ABSENT:
            editor.edits.append(_removal(text, parts, number))
        else:
            editor.change(parts[number].root, value)
    return put(text, editor.edits)


def put(text: str, edits: Sequence[TextEdit]) -> str:
    """Make all edits; they must not overlap."""
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            message = "two changes meet in one place"
            raise CannotEdit(message)
        pieces += (text[position : edit.start], edit.text)
        position = edit.end
    return "".join((*pieces, text[position:]))


def _removal(text: str, parts: Sequence[Part], number: int) -> TextEdit:
    """A document up to the next one's beginning; comments above the first stay."""
    if number > 0:
        end = parts[number + 1].start if number + 1 < len(parts) else len(text)
        return TextEdit(parts[number].start, end, "")
    start = parts[0].root.start
    if len(parts) == 1:
        return TextEdit(start, len(text), "")
    return TextEdit(start, _line_end(text, parts[1].start), "")


class _Editor:
    """Gathers the edits of one file."""

    def __init__(self, text: str, *, is_json: bool) -> None:
        self.edits: list[TextEdit] = []
        self._text = text
        self._is_json = is_json
        self._end = "\r\n" if "\r\n" in text else "\n"

    def change(self, node: Node, value: JsonValue) -> None:
        """Make a node say `value`."""
        if _says(node.value, value):
            return
        if isinstance(value, Mapping) and value and node.keys:
            self._map(node, value)
        elif isinstance(value, list | tuple) and value and node.items and node.keys is None:
            self._list(node, value)
        else:
            text = self._inline(value, node)
            empty = node.start == node.end and not self._text[node.start - 1 : node.start].isspace()
            self._replace(node.start, node.end, f" {text}" if empty else text)

    def _map(self, node: Node, value: Mapping[str, JsonValue]) -> None:
        keys, items = node.keys or [], node.items or []
        known = [str(key.value) for key in keys]
        gone = [number for number, key in enumerate(known) if key not in value]
        if len(gone) == len(known):
            self._replace(node.start, node.end, self._inline(value, node))
            return
        for key, at, item in zip(known, keys, items, strict=True):
            if key in value:
                self._entry(node, (at, item), value[key])
        starts = [key.start for key in keys]
        self._remove(node, starts, [item.end for item in items], gone)
        fresh = {key: item for key, item in value.items() if key not in known}
        if fresh:
            self._add(node, [*fresh.items()], starts[0])

    def _entry(self, node: Node, entry: tuple[Node, Node], value: JsonValue) -> None:
        """A block value that becomes or was a block of its own moves behind its key."""
        key, item = entry
        grows = isinstance(value, Mapping | list | tuple) and bool(value)
        is_block = bool(item.items) and not item.flow
        same = (item.keys is not None) == isinstance(value, Mapping)
        is_leaf = item.shared and not item.items
        if _says(item.value, value) or node.flow or is_leaf or (item.items and grows and same):
            self.change(item, value)
        elif grows or is_block:
            colon = _COLON.match(self._text, key.end)
            if colon is None or item.shared:
                message = "a key of it is written in an unusual way"
                raise CannotEdit(message)
            margin = " " * self._column(key.start)
            head, *rest = entry_lines("k", _verbatim(value), margin)
            self._replace(colon.end(), item.end, head.removeprefix(f"{margin}k:"))
            below = self._content_end(item.end)
            ending = self._end if rest and below == len(self._text) else ""
            self._replace(below, below, "".join(self._end + line for line in rest) + ending)
        else:
            self.change(item, value)

    def _list(self, node: Node, value: Sequence[JsonValue]) -> None:
        items = node.items or []
        old = [item.value for item in items]
        first = 0
        while first < min(len(old), len(value)) and _says(old[first], value[first]):
            first += 1
        last = 0
        while last < min(len(old), len(value)) - first and _says(old[-1 - last], value[-1 - last]):
            last += 1
        pairs = min(len(old), len(value)) - last
        for number in range(first, pairs):
            self.change(items[number], value[number])
        if len(value) < len(old):
            starts = [self._item_start(node, item) for item in items]
            gone = list(range(pairs, len(old) - last))
            self._remove(node, starts, [item.end for item in items], gone)
        elif len(value) > len(old):
            self._extend(node, value, pairs)

    def _extend(self, node: Node, value: Sequence[JsonValue], pairs: int) -> None:
        """New items in the middle are written by saying the rest of the list again."""
        items = node.items or []
        for number in range(pairs, len(items)):
            self.change(items[number], value[number])
        fresh = [("", item) for item in value[len(items) :]]
        self._add(node, fresh, self._item_start(node, items[0]))

    def _item_start(self, node: Node, item: Node) -> int:
        return item.start if node.flow else self._text.rindex("-", 0, item.start)

    def _remove(
        self, node: Node, starts: Sequence[int], ends: Sequence[int], gone: Sequence[int]
    ) -> None:
        """Take entries out; at least one stays."""
        lead = next(number for number in range(len(starts)) if number not in gone)
        if not node.flow and self._begins_line(starts[0]):
            lead = 0
        if lead:
            self._replace(starts[0], starts[lead])
        for number in gone[lead:]:
            if node.flow:
                self._replace(ends[number - 1], ends[number])
            else:
                self._replace(self._line_start(starts[number]), _line_end(self._text, ends[number]))

    def _add(self, node: Node, fresh: Sequence[tuple[str, JsonValue]], first: int) -> None:
        """New entries behind the last one; a list's have no key."""
        last = (node.items or [])[-1]
        is_map = node.keys is not None
        if node.flow:
            texts = [self._pair(key, item) if is_map else self._flow(item) for key, item in fresh]
            begins = (node.keys or node.items or [])[-1].start
            gap = self._margin_before(begins)
            self._replace(last.end, last.end, "".join(f",{gap}{text}" for text in texts))
            return
        margin = " " * self._column(first)
        lines: list[str] = []
        for key, item in fresh:
            value = _verbatim(item)
            lines += (
                entry_lines(Verbatim(key), value, margin) if is_map else item_lines(value, margin)
            )
        at = _line_end(self._text, last.end)
        text = "".join(line + self._end for line in lines)
        ended = at == 0 or self._text[at - 1] == "\n"
        self._replace(at, at, text if ended else self._end + text)

    def _margin_before(self, start: int) -> str:
        """A blank, or the line's end and indentation if the entry begins its line."""
        begin = self._line_start(start)
        above = self._text[begin:start]
        return f"{self._end}{above}" if begin and not above.strip() else " "

    def _inline(self, value: JsonValue, node: Node) -> str:
        """A value on one line, quoted as the old one was where that is possible."""
        if not isinstance(value, str) or self._is_json:
            return self._flow(value)
        if node.style == '"':
            return quoted_text(value)
        if node.style == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        return self._flow(value)

    def _flow(self, value: JsonValue) -> str:
        if self._is_json:
            return dump_json(value)
        return flow_text(_verbatim(value))

    def _pair(self, key: str, item: JsonValue) -> str:
        head = json.dumps(key, ensure_ascii=False) if self._is_json else self._flow(key)
        return f"{head}: {self._flow(item)}"

    def _replace(self, start: int, end: int, text: str = "") -> None:
        self.edits.append(TextEdit(start, end, text))

    def _line_start(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _content_end(self, index: int) -> int:
        """The end of the line, a comment on it included."""
        end = _line_end(self._text, index)
        return end - len(self._text[index:end]) + len(self._text[index:end].rstrip("\r\n"))

    def _column(self, index: int) -> int:
        return index - self._line_start(index)

    def _begins_line(self, index: int) -> bool:
        return not self._text[self._line_start(index) : index].strip()


def _says(old: JsonValue, new: JsonValue) -> bool:
    return json_equal(old, new)


def _line_end(text: str, index: int) -> int:
    """Behind the end of the line."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1


def _verbatim(value: JsonValue) -> JsonValue:
    """The value, its texts to be written as they are."""
    if isinstance(value, str):
        return Verbatim(value)
    if isinstance(value, Mapping):
        return {Verbatim(key): _verbatim(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_verbatim(item) for item in value]
    return value
