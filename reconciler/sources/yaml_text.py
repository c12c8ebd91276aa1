"""YAML text becomes values: the fast way, for files in which nothing is wrong.

Whatever this reader does not take is left to `yaml_survey`, which says why and where. Both walk
the same events under the same bounds.
"""

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

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
from reconciler.sources.yaml_events import (
    EVENT_ERRORS,
    MAX_DEPTH,
    MAX_NODES,
    Event,
    Events,
    open_events,
)
from reconciler.sources.yaml_scalars import SPECIAL, ScalarRefusal, resolve_plain

SURROGATE: Final = re.compile("[\ud800-\udfff]")
"""Half of a pair: no character, and nothing that UTF-8 can hold."""


class Document(NamedTuple):
    """One document of a file; empty ones are left out but counted."""

    value: JsonValue
    number: int
    """0-based."""
    line: int
    """1-based, of its first key."""
    size: int
    """Characters it takes in the file."""
    aliased: bool
    """Parts of it may stand in several places, written once."""


class _Doubt(Exception):  # noqa: N818 -- not an error: the survey decides
    """Something that only the survey can judge."""


Get: TypeAlias = Callable[[], Event]
"""Returns the next event."""

_MARKS: Final = frozenset("&*!")
"""Without these a file has neither anchors nor aliases nor tags."""
_CARELESS: Final = MAX_NODES // 4
"""Characters that can't hold too many values: none is written with less than a third of one."""
_KEY: Final[Any] = object()
"""The next value of a mapping is a key."""
_ITEM: Final[Any] = object()
"""The next value is an item of a list."""


def read_documents(text: str, events: Events = open_events) -> list[Document] | None:
    """Return the documents of a text, or `None` when anything at all is wrong with it."""
    reader = _Reader(careful=len(text) > _CARELESS or not _MARKS.isdisjoint(text))
    try:
        get = events(text)
        number = 0
        while (event := get()) is not None:
            if type(event) is DocumentStartEvent:
                reader.read(event, get, number)
                number += 1
    except (_Doubt, ScalarRefusal, *EVENT_ERRORS):
        return None
    if "\\" in text and any(map(_holds_surrogate, reader.documents)):
        return None
    return reader.documents


class _Reader:
    """Builds values from events; nodes are counted per file, anchors hold per document."""

    def __init__(self, *, careful: bool) -> None:
        self.careful = careful
        """There may be anchors, aliases or tags, or too many values."""
        self.documents: list[Document] = []
        self.nodes = 0
        self.anchors: dict[str, tuple[JsonValue, int]] = {}
        self.aliased = False

    def read(self, opening: Event, get: Get, number: int) -> None:
        """Read one document."""
        if opening.version or opening.tags:
            raise _Doubt
        self.anchors = {}
        self.aliased = False
        first = get()
        root, end = self._values(first, get)
        start = first.start_mark
        if root is not None or not _is_empty(first):
            size = end.start_mark.index - start.index
            self.documents.append(Document(root, number, start.line + 1, size, self.aliased))

    def _values(self, event: Event, get: Get) -> tuple[JsonValue, Event]:  # noqa: C901, PLR0912 -- one flat loop: its speed is that of every command
        """Follow the events up to the document's end; return its root and that end."""
        root: Any = []
        stack: list[tuple[Any, object, Event, int]] = []
        box, key = root, _ITEM
        while True:
            kind = type(event)
            if kind is ScalarEvent:
                value = event.value
                if (not value or value[0] in SPECIAL) and event.implicit[0]:
                    value = resolve_plain(value)
                if self.careful:
                    self._mark(event, value)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                closed = box
                box, key, opening, before = stack.pop()
                if opening.anchor:
                    self.anchors[opening.anchor] = closed, self.nodes - before
                event = get()
                continue
            elif kind is DocumentEndEvent:
                return root[0], event
            else:
                value = self._other(event, len(stack))
            if key is _KEY:
                if type(value) is not str or value in box:
                    raise _Doubt
                key = value
            elif key is _ITEM:
                box.append(value)
            else:
                box[key] = value
                key = _KEY
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((box, key, event, self.nodes - 1))
                box, key = value, _KEY if kind is MappingStartEvent else _ITEM
            event = get()

    def _mark(self, event: Event, value: JsonValue) -> None:
        """Count a scalar; refuse its tag, remember its anchor."""
        self.nodes += 1
        if event.tag or self.nodes > MAX_NODES:
            raise _Doubt
        if event.anchor:
            self.anchors[event.anchor] = value, 1

    def _other(self, event: Event, depth: int) -> JsonValue:
        """Open a list or mapping, or look an alias up."""
        self.nodes += 1
        if type(event) is AliasEvent:
            if event.anchor not in self.anchors:
                raise _Doubt
            value, size = self.anchors[event.anchor]
            self.nodes += size - 1
            self.aliased = True
            if self.nodes > MAX_NODES:
                raise _Doubt
            return value
        if event.tag or depth >= MAX_DEPTH or self.nodes > MAX_NODES:
            raise _Doubt
        self.anchors.pop(event.anchor, None)
        return {} if type(event) is MappingStartEvent else []


def _is_empty(event: Event) -> bool:
    return type(event) is ScalarEvent and not event.value and event.implicit[0]


def _holds_surrogate(document: Document) -> bool:
    stack: list[JsonValue] = [document.value]
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            if SURROGATE.search(value):
                return True
        elif isinstance(value, dict):
            stack += [*value, *value.values()]
        elif isinstance(value, list):
            stack += value
    return False
