"""YAML text looked at closely: what is wrong with it, all of it, and where everything stands.

Dearer than `yaml_text`, so only files with a problem, and `explain`, pay for it. It builds no
values.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from reconciler.core.origin import Place
from reconciler.core.pointer import join
from reconciler.core.problem import Problem
from reconciler.sources.source_text import SourceText, Span
from reconciler.sources.yaml_events import (
    EVENT_ERRORS,
    MAX_DEPTH,
    MAX_NODES,
    Event,
    Events,
    open_events,
)
from reconciler.sources.yaml_scalars import ScalarRefusal, resolve_plain
from reconciler.sources.yaml_syntax import syntax_problem
from reconciler.sources.yaml_text import SURROGATE

MAX_PROBLEMS: Final = 1000
"""Of one file; after that many the rest is noise."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, and its key if it has one."""

    value: Span
    key: Span | None


@dataclass(frozen=True, slots=True)
class Survey:
    """What a close look found."""

    problems: tuple[Problem, ...]
    spots: tuple[dict[str, Spot], ...]
    """For each document, empty ones too: pointer to spot."""


@dataclass(slots=True)
class _Level:
    """A collection that is open."""

    pointer: str
    keys: dict[str, Span] | None
    """Of a mapping, the keys so far; `None` for a list."""
    anchor: str | None
    before: int
    """Nodes counted when it began."""
    key: str | None = None
    """Of a mapping, the key whose value comes next."""
    items: int = 0

    @property
    def wants_key(self) -> bool:
        """Whether the next node is a key."""
        return self.keys is not None and self.key is None

    def take(self) -> tuple[str, Span | None]:
        """Pointer and key of the value that comes now."""
        if self.keys is None:
            self.items += 1
            return f"{self.pointer}/{self.items - 1}", None
        key = self.key or ""
        self.key = None
        return self.pointer + join((key,)), self.keys[key]


@dataclass(frozen=True, slots=True)
class _Complaint:
    """What is wrong with a node; `detail` may quote it, `message` does not."""

    code: str
    message: str
    detail: str = ""
    related: tuple[Place, ...] = ()


class _Hopeless(Exception):  # noqa: N818 -- not an error: the rest of the file is left out
    """Going on would cost too much, or make no sense."""


def survey(source: SourceText, events: Events = open_events) -> Survey:
    """Look at a file closely."""
    surveyor = _Surveyor(source)
    try:
        surveyor.read(events(source.text))
    except _Hopeless:
        pass
    except EVENT_ERRORS as error:
        surveyor.problems.append(syntax_problem(source, error))
    return Survey(tuple(surveyor.problems), tuple(surveyor.spots))


class _Surveyor:
    """Walks the events once; `levels` are the open collections."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.spots: list[dict[str, Spot]] = []
        self.levels: list[_Level] = []
        self.anchors: dict[str | None, tuple[int, str | None]] = {}
        """Size, and the text if it is one."""
        self.nodes = 0

    def read(self, get: Callable[[], Event]) -> None:
        """Take every event."""
        while (event := get()) is not None:
            kind = type(event)
            if kind is DocumentStartEvent:
                self._begin(event)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                level = self.levels.pop()
                if level.anchor:
                    self.anchors[level.anchor] = self.nodes - level.before, None
            elif kind in (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent):
                self._node(event)

    def _begin(self, event: Event) -> None:
        self.anchors = {}
        self.spots.append({})
        if event.version or event.tags:
            fix = "leave it out: files are read as YAML 1.2"
            self._report(event, _Complaint("yaml-directive", "directives are not supported"), fix)

    def _node(self, event: Event) -> None:
        self._count(event)
        if self.levels and self.levels[-1].wants_key:
            self._key(event, self.levels[-1])
            return
        pointer, key = self.levels[-1].take() if self.levels else ("", None)
        start = _span(event)
        is_scalar = type(event) in (ScalarEvent, AliasEvent)
        self.spots[-1][pointer] = Spot(start if is_scalar else key or start, key)
        self._check_tag(event, pointer)
        if type(event) is ScalarEvent:
            self._anchor(event, self._scalar(event, pointer))
        elif type(event) is not AliasEvent:
            self._open(event, pointer)

    def _count(self, event: Event) -> None:
        self.nodes += 1
        if type(event) is AliasEvent:
            if event.anchor not in self.anchors:
                message = f"alias *{event.anchor} has no anchor before it"
                self._report(event, _Complaint("yaml-alias", message), "write the value itself")
            self.nodes += self.anchors.get(event.anchor, _NOTHING)[0] - 1
        if self.nodes > MAX_NODES:
            message = f"more than {MAX_NODES:,} values in one file, repeated ones counted"
            self._report(event, _Complaint("yaml-size", message), "split the file")
            raise _Hopeless

    def _open(self, event: Event, pointer: str) -> None:
        if len(self.levels) >= MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH - 1} levels"
            self._report(event, _Complaint("yaml-depth", message), "make it flatter", pointer)
            raise _Hopeless
        self.anchors.pop(event.anchor, None)
        keys: dict[str, Span] | None = {} if type(event) is MappingStartEvent else None
        self.levels.append(_Level(pointer, keys, event.anchor, self.nodes - 1))

    def _anchor(self, event: Event, text: str | None) -> None:
        if event.anchor:
            self.anchors[event.anchor] = 1, text

    def _key(self, event: Event, level: _Level) -> None:
        """Take a mapping's next key; one that is no text still names its value's place."""
        self._check_tag(event, level.pointer)
        if type(event) is AliasEvent:
            text = self.anchors.get(event.anchor, _NOTHING)[1]
        elif type(event) is ScalarEvent:
            reported = len(self.problems)
            text = self._scalar(event, level.pointer)
            if len(self.problems) > reported:
                text = event.value
            self._anchor(event, text)
        else:
            self._report(event, _NOT_TEXT, "pvm has no use for collections as keys")
            raise _Hopeless
        if text is None:
            self._report(event, _NOT_TEXT, "quote it", level.pointer)
            text = event.value if type(event) is ScalarEvent else ""
        keys = level.keys if level.keys is not None else {}
        if text in keys:
            first = self.source.place(keys[text], level.pointer)
            complaint = _Complaint("yaml-duplicate-key", "key stands twice", related=(first,))
            fix = f"keep one of them; the first is on line {first.line}"
            self._report(event, complaint, fix, level.pointer)
        keys.setdefault(text, _span(event))
        level.key = text

    def _scalar(self, event: Event, pointer: str) -> str | None:
        """The scalar's text, or `None` when it is something else; complains where it must."""
        if SURROGATE.search(event.value):
            message = "text holds half of a surrogate pair, which is no character"
            complaint = _Complaint("yaml-character", message)
            self._report(event, complaint, 'write the whole character, or "\\U0001F600"', pointer)
        if not event.implicit[0]:
            text: str = event.value
            return text
        try:
            value = resolve_plain(event.value)
        except ScalarRefusal as refusal:
            hidden = self.source.hides(pointer)
            detail = "" if hidden else refusal.detail
            complaint = _Complaint(refusal.code, refusal.message, detail)
            self._report(event, complaint, "quote it" if hidden else refusal.fix, pointer)
            return None
        return value if isinstance(value, str) else None

    def _check_tag(self, event: Event, pointer: str) -> None:
        if getattr(event, "tag", None):
            fix = "leave it out: how a value is written decides what it is"
            self._report(event, _Complaint("yaml-tag", "tags are not supported"), fix, pointer)

    def _report(
        self, event: Event, complaint: _Complaint, fix: str, pointer: str | None = None
    ) -> None:
        self.problems.append(
            Problem(
                complaint.code,
                complaint.message,
                self.source.place(_span(event), pointer),
                label=complaint.detail,
                help=fix,
                pointer=pointer or "",
                related=complaint.related,
            )
        )
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Hopeless


_NOTHING: Final[tuple[int, str | None]] = (1, "")
"""Size and text of an alias that has been complained about already."""
_NOT_TEXT: Final = _Complaint("yaml-key", "key is not text")


def _span(event: Event) -> Span:
    """Where an event stands, as far as its first line goes."""
    start, end = event.start_mark, event.end_mark
    if type(event) in (ScalarEvent, AliasEvent) and end.line == start.line:
        return Span(start.line, start.column, end.column)
    return Span(start.line, start.column, start.column + 1)
