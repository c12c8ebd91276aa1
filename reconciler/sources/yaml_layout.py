"""YAML text as it is laid out: entries with the comments that belong to them.

A comment on a line of its own belongs to the entry below it, or closes the block that it is
indented like. One at the end of a line belongs to that line.
"""

from dataclasses import dataclass, field
from typing import Final

from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.core.values import JsonValue
from reconciler.sources.yaml_events import Event, open_events
from reconciler.sources.yaml_remarks import Behind, Remark, read_remarks
from reconciler.sources.yaml_scalars import resolve_plain

_STARTS: Final = (MappingStartEvent, SequenceStartEvent)
_ENDS: Final = (MappingEndEvent, SequenceEndEvent)


@dataclass(slots=True)
class Node:
    """A value, or a key."""

    value: JsonValue = None
    """Of a scalar."""
    style: str = ""
    """Of a scalar: its quote, `|` or `>`; empty when plain."""
    raw: str = ""
    """A plain scalar as it is written; of one over several lines everything."""
    is_long: bool = False
    """A scalar that is written over several lines."""
    anchor: str = ""
    alias: str = ""
    entries: "list[Entry] | None" = None
    """Of a collection."""
    is_map: bool = False
    inline: bool = False
    """A collection in brackets, all on one line."""
    foot: list[Remark] = field(default_factory=list)
    """Comments behind the last entry."""


@dataclass(slots=True)
class Entry:
    """A field of a map, or an item of a list: that one has no key."""

    key: Node | None
    column: int
    leading: list[Remark]
    value: Node = field(default_factory=Node)
    beside: Remark | None = None
    """The comment at the end of its line."""

    @property
    def name(self) -> str:
        """The key as text."""
        return str(self.key.value) if self.key else ""


@dataclass(slots=True)
class Part:
    """A document of a file."""

    explicit: bool
    before: list[Remark]
    """Comments above its `---`."""
    beside: Remark | None = None
    """The comment behind its `---`."""
    header: list[Remark] = field(default_factory=list)
    """Comments above its first field: they are about all of it."""
    root: Node = field(default_factory=Node)
    foot: list[Remark] = field(default_factory=list)
    aliased: bool = False
    """Something in it refers to what stands above it."""


def read_layout(text: str) -> tuple[list[Part], list[Remark]]:
    """The documents of a text that the strict reader takes; alone, comments without any."""
    return _Builder(text).read()


@dataclass(slots=True)
class _Open:
    """A collection that is not complete."""

    node: Node
    owner: Entry | None
    parent_column: int
    brackets: bool = False
    """Over several lines."""
    entries: list[Entry] = field(default_factory=list)
    waits: bool = False
    """The last entry's value comes next."""


class _Builder:
    """Walks the events once, and the comments between them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.remarks = read_remarks(text)
        self.next = 0
        """The first remark that has no place yet."""
        self.parts: list[Part] = []
        self.open: list[_Open] = []
        self.pending: list[Remark] = []
        """Lines of their own whose entry is still to come."""
        self.held: Remark | None = None
        """Stands behind a dash whose item is still to come."""
        self.last: Entry | None = None
        self.closed: _Open | None = None
        """The last collection in brackets over several lines."""
        self.items = 0
        """Items of lists so far, those in brackets left out."""
        self.inside = 0
        """Depth within brackets on one line."""

    def read(self) -> tuple[list[Part], list[Remark]]:
        get = open_events(self.text)
        while (event := get()) is not None:
            self._flush(event.start_mark.index)
            kind = type(event)
            if kind is DocumentStartEvent:
                self._begin_document(explicit=event.explicit)
            elif kind is DocumentEndEvent:
                self._end_document()
            elif kind in _STARTS:
                self._begin(event, is_map=kind is MappingStartEvent)
            elif kind in _ENDS:
                self._end()
            elif kind in (ScalarEvent, AliasEvent):
                self._place(self._leaf(event), event, is_leaf=True)
        self._flush(len(self.text) + 1)
        if self.parts:
            self.parts[-1].foot += self.pending
            return self.parts, []
        return [], self.pending

    def _flush(self, index: int) -> None:
        """Give the remarks before this place to whom they belong."""
        found = self.remarks.found
        while self.next < len(found) and found[self.next].start < index:
            remark = found[self.next]
            self.next += 1
            if remark.behind is Behind.NOTHING:
                self.pending.append(remark)
            else:
                self._beside(remark)

    def _beside(self, remark: Remark) -> None:
        if remark.behind is Behind.MARKER:
            self.parts[-1].beside = remark
        elif remark.behind is Behind.DASH and self._begins_item(remark):
            self.held = remark
        elif remark.behind is Behind.BRACKET and self.closed is not None:
            owner = self.closed.owner
            if owner is not None and owner.beside is None:
                owner.beside = remark
            else:
                self.closed.node.foot.append(remark)
        elif self.last is None:
            self.pending.append(remark)
        else:
            self._give(self.last, remark)

    def _begins_item(self, remark: Remark) -> bool:
        """Whether the item of the dash before a remark is still to come."""
        dashes = self.remarks.dashes
        return self.items < len(dashes) and dashes[self.items] < remark.start

    def _give(self, entry: Entry, remark: Remark) -> None:
        """A line that was two has room for one comment; the first one goes above it."""
        if entry.beside is not None:
            entry.leading.append(entry.beside)
        entry.beside = remark

    def _begin_document(self, *, explicit: bool) -> None:
        before = self.pending if explicit else []
        if explicit:
            self.pending = []
        if self.parts:
            self.parts[-1].foot += before
            before = []
        self.parts.append(Part(explicit, before))
        self.last = self.closed = None

    def _end_document(self) -> None:
        self.parts[-1].foot += self.pending
        self.pending = []

    def _leaf(self, event: Event) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if type(event) is AliasEvent:
            self.parts[-1].aliased = True
            return Node(alias=event.anchor or "")
        is_plain = event.implicit[0]
        value: JsonValue = resolve_plain(event.value) if is_plain else event.value
        node = Node(value, event.style or "", event.value, anchor=event.anchor or "")
        if is_plain:
            node.style = ""
        if end in self.remarks.long and end > start:
            node.is_long = True
            node.raw = self.text[self.remarks.long[end] : end].replace("\r\n", "\n")
        return node

    def _begin(self, event: Event, *, is_map: bool) -> None:
        flow, end = bool(event.flow_style), event.end_mark.index
        inline = flow and end - 1 not in self.remarks.open
        node = Node(anchor=event.anchor or "", entries=[], is_map=is_map, inline=inline)
        owner = self._place(node, event, is_leaf=inline)
        column = owner.column if owner is not None else -1
        self.open.append(_Open(node, owner, column, brackets=flow and not inline))
        self.inside += inline

    def _place(self, node: Node, event: Event, *, is_leaf: bool) -> Entry | None:
        """Put a node where it belongs; `is_leaf` if nothing inside it can carry a comment."""
        if not self.open:
            part = self.parts[-1]
            part.root = node
            part.header, self.pending = self.pending, []
            return None
        top = self.open[-1]
        if top.node.is_map and not top.waits:
            top.entries.append(self._entry(node, event.start_mark.column))
            top.waits = True
            return None
        if top.node.is_map:
            top.waits = False
            if is_leaf and not self.inside:
                top.entries[-1].leading += [one for one in self.pending if one.text]
                self.pending = []
        else:
            top.entries.append(self._item(event))
        top.entries[-1].value = node
        return top.entries[-1]

    def _entry(self, key: Node | None, column: int) -> Entry:
        if self.inside:
            return Entry(key, column, [])
        self.last = Entry(key, column, self.pending)
        self.pending = []
        return self.last

    def _item(self, event: Event) -> Entry:
        if self.inside:
            return Entry(None, event.start_mark.column, [])
        if self.open[-1].brackets:
            return self._entry(None, event.start_mark.column)
        dash = self.remarks.dashes[self.items]
        self.items += 1
        entry = self._entry(None, dash - self.text.rfind("\n", 0, dash) - 1)
        entry.beside, self.held = self.held, None
        return entry

    def _end(self) -> None:
        """Comments indented like the entries, or before the bracket, close the collection."""
        done = self.open.pop()
        done.node.entries = done.entries
        self.inside -= done.node.inline
        if done.brackets:
            done.node.foot, self.pending = self.pending, []
            self.closed = done
        elif not done.node.inline and done.entries:
            column = max(done.entries[0].column, done.parent_column + 1)
            count = 0
            for number, remark in enumerate(self.pending):
                if remark.text and remark.column < column:
                    break
                count = number + 1 if remark.text else count
            done.node.foot, self.pending = self.pending[:count], self.pending[count:]
