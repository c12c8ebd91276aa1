"""YAML text becomes values: the fast way, for files in which nothing is wrong.

Whatever this reader does not take is left to `yaml_survey`, which says why and where. Both walk
the same events under the same bounds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

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


@dataclass(frozen=True, slots=True)
class Document:
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


_KEY: Final = object()
"""The next value of a mapping is a key."""
_ITEM: Final = object()
"""The next value is an item of a list."""


def read_documents(text: str, events: Events = open_events) -> list[Document] | None:
    """Return the documents of a text, or `None` when anything at all is wrong with it."""
    reader = _Reader()
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

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.nodes = 0
        self.anchors: dict[str, tuple[JsonValue, int]] = {}
        self.aliased = False

    def read(self, opening: Event, get: Callable[[], Event], number: int) -> None:
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

    def _values(  # noqa: C901 -- one flat loop: its speed is that of every command
        self, event: Event, get: Callable[[], Event]
    ) -> tuple[JsonValue, Event]:
        """Follow the events up to the document's end; return its root and that end.

        Scalars, two thirds of all events, are dealt with in line: a call for each would cost a
        quarter of the whole.
        """
        root: list[JsonValue] = []
        stack: list[tuple[Any, object, Event, int]] = []
        box: Any = root
        key: Any = _ITEM
        value: Any
        while (kind := type(event)) is not DocumentEndEvent:
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                value = box
                box, key, opening, before = stack.pop()
                if opening.anchor:
                    self.anchors[opening.anchor] = value, self.nodes - before
                event = get()
                continue
            self.nodes += 1
            if kind is ScalarEvent:
                value = event.value
                if (not value or value[0] in SPECIAL) and event.implicit[0]:
                    value = resolve_plain(value)
                if event.anchor or event.tag or self.nodes > MAX_NODES:
                    self._mark(event, value)
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
        return root[0], event

    def _mark(self, event: Event, value: JsonValue) -> None:
        """Deal with a scalar that has an anchor or tag, or is one too many."""
        if event.tag or self.nodes > MAX_NODES:
            raise _Doubt
        self.anchors[event.anchor] = value, 1

    def _other(self, event: Event, depth: int) -> JsonValue:
        """Open a list or mapping, or look an alias up."""
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
