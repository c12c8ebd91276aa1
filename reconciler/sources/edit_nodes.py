"""YAML text as a tree of nodes with their exact stretches, for edits that leave the rest alone."""

from dataclasses import dataclass, field

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.core.values import JsonValue
from reconciler.sources.yaml_events import EVENT_ERRORS, Event, open_events
from reconciler.sources.yaml_scalars import ScalarRefusal, resolve_plain


class CannotEdit(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """A file is written in a way that can't be edited in place; the message says how."""


@dataclass(slots=True)
class Node:
    """A value in a text; `start` and `end` count characters, the end is exclusive."""

    start: int
    end: int
    value: JsonValue
    """Of a scalar, or of what an alias stands for."""
    style: str = ""
    """Of a scalar: its quote, `|` or `>`; empty when plain."""
    flow: bool = False
    """Of a collection: written in brackets."""
    keys: list["Node"] | None = None
    """Of a mapping, in order."""
    items: list["Node"] | None = None
    """The values of a mapping, or the items of a list."""
    shared: bool = False
    """An alias, or something with an anchor: other places show the same text."""


@dataclass(slots=True)
class Part:
    """A document of a file."""

    start: int
    """Of its `---`, or of what comes first."""
    root: Node
    explicit: bool


@dataclass(slots=True)
class _Open:
    node: Node
    anchor: str | None
    values: list[Node] = field(default_factory=list)


def read_nodes(text: str) -> list[Part]:
    """The documents of a text that the strict reader takes, empty ones too; raises `CannotEdit`."""
    try:
        return _Builder(text).read()
    except (ScalarRefusal, *EVENT_ERRORS) as error:
        message = "the file can't be read without doubt"
        raise CannotEdit(message) from error


class _Builder:
    """Walks the events once; `open` are the collections that are not complete."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts: list[Part] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, JsonValue] = {}

    def read(self) -> list[Part]:
        get = open_events(self.text)
        start, explicit = 0, False
        while (event := get()) is not None:
            kind = type(event)
            if kind is DocumentStartEvent:
                start, explicit = event.start_mark.index, event.explicit
                self.anchors = {}
            elif kind in (MappingStartEvent, SequenceStartEvent):
                self._begin(event)
            elif kind in (MappingEndEvent, SequenceEndEvent):
                self._take(self._end(event), start, explicit=explicit)
            elif kind in (ScalarEvent, AliasEvent):
                self._take(self._leaf(event), start, explicit=explicit)
        return self.parts

    def _begin(self, event: Event) -> None:
        is_map = type(event) is MappingStartEvent
        node = Node(
            event.start_mark.index,
            event.end_mark.index,
            None,
            flow=bool(event.flow_style),
            keys=[] if is_map else None,
            items=[],
            shared=bool(event.anchor),
        )
        self.open.append(_Open(node, event.anchor))

    def _end(self, event: Event) -> Node:
        """A collection ends with its last value, in brackets with the bracket."""
        done = self.open.pop()
        node, values = done.node, done.values
        if node.keys is not None:
            node.keys, node.items = values[::2], values[1::2]
            node.value = {
                str(key.value): item.value for key, item in zip(node.keys, node.items, strict=True)
            }
        else:
            node.items = values
            node.value = [item.value for item in values]
        node.end = event.end_mark.index if node.flow or not values else values[-1].end
        if done.anchor:
            self.anchors[done.anchor] = node.value
        return node

    def _leaf(self, event: Event) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if type(event) is AliasEvent:
            return Node(start, end, self.anchors.get(event.anchor or ""), shared=True)
        text = event.value
        value: JsonValue = resolve_plain(text) if event.implicit[0] else text
        if event.style in ("|", ">"):
            end = start + len(self.text[start:end].rstrip())
        if event.anchor:
            self.anchors[event.anchor] = value
        return Node(start, end, value, event.style or "", shared=bool(event.anchor))

    def _take(self, node: Node, start: int, *, explicit: bool) -> None:
        if self.open:
            self.open[-1].values.append(node)
        else:
            self.parts.append(Part(start, node, explicit))
