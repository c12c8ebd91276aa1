"""Voice's XML configuration as the parameters of a bootstrap: the mapping of `pvm convert`.

The root element is a wrapper and its name is left out. An element is text, or an object with its
attributes under `@name`, its elements under their names and its text under `#text`; elements that
share a name are a list. Nothing is guessed: every value stays text. `docs/reference/voice-xml.md`
shows each case.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn
from xml.parsers import expat

from reconciler.core.pointer import join
from reconciler.core.values import JsonValue

MAX_DEPTH: Final = 64
"""Levels of objects and lists; servers take no deeper document."""
MAX_BYTES: Final = 1024 * 1024
TEXT: Final = "#text"
ATTRIBUTE: Final = "@"
_MIXED: Final = "text stands beside elements here, and JSON has no place for it"


class XmlError(Exception):
    """A text that can't be converted; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        self.message = message
        self.line = line
        self.column = column
        super().__init__(f"{line}:{column} {message}")


@dataclass(frozen=True, slots=True)
class VoiceXml:
    """What became of a file."""

    parameters: Mapping[str, JsonValue]
    root: str
    """The name of the root element, which no parameter carries."""
    comments: int
    """How many were left out, as JSON has none."""
    instructions: int
    """Processing instructions that were left out."""
    places: Mapping[str, tuple[int, int]]
    """Line and column, from 1, of each value by its pointer; attributes stand at their element."""


def read_voice_xml(data: bytes) -> VoiceXml:
    """Convert a file's bytes; the encoding is the one that the file names, else UTF-8.

    Raises:
        XmlError: Not well-formed, a document type or an entity of its own, text beside elements,
            nested deeper than `MAX_DEPTH`, or larger than `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024} KiB"
        raise XmlError(message, 1, 1)
    parser = expat.ParserCreate()
    building = _Building(parser)
    try:
        parser.Parse(data, True)  # noqa: FBT003 -- expat's signature
    except expat.ExpatError as error:
        message = f"can't be read as XML: {expat.ErrorString(error.code)}"
        raise XmlError(message, error.lineno, error.offset + 1) from error
    except (LookupError, ValueError) as error:  # an encoding that Python lacks, or that is broken
        message = "the encoding that the file names can't be read; save it as UTF-8"
        raise XmlError(message, 1, 1) from error
    parameters = building.parameters()
    return VoiceXml(
        parameters, building.root, building.comments, building.instructions, building.places()
    )


@dataclass(slots=True)
class _Element:
    """An element that is not closed yet; `place` is line and column, from 1."""

    name: str
    place: tuple[int, int]
    attributes: Mapping[str, JsonValue]
    children: dict[str, list["_Element"]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    text_place: tuple[int, int] | None = None
    """Where the first text begins that is more than blanks."""

    def value(self) -> JsonValue:
        """Text alone is a text; anything else makes an object of it."""
        if not self.attributes and not self.children:
            return self._said()
        return self.members()

    def members(self) -> dict[str, JsonValue]:
        """Attributes, then elements in the order of their first, then text."""
        found = dict(self.attributes)
        for name, elements in self.children.items():
            values = [element.value() for element in elements]
            found[name] = values[0] if len(values) == 1 else values
        said = self._said()
        return {**found, TEXT: said} if said else found

    def places(self, at: str) -> Iterator[tuple[str, tuple[int, int]]]:
        """Where the value and everything in it stands; `at` is its pointer."""
        yield at, self.place
        yield from ((at + join((name,)), self.place) for name in self.attributes)
        for name, elements in self.children.items():
            pointer = at + join((name,))
            if len(elements) > 1:
                yield pointer, elements[0].place
            for number, element in enumerate(elements):
                yield from element.places(pointer if len(elements) == 1 else f"{pointer}/{number}")
        if self.text_place:
            yield at + join((TEXT,)), self.text_place

    def _said(self) -> str:
        return "".join(self.text) if self.text_place else ""


class _Building:
    """Takes expat's calls, and keeps the elements that are open, outermost first."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.root = ""
        self.comments = 0
        self.instructions = 0
        self._parser = parser
        self._open: list[_Element] = []
        self._closed: _Element | None = None
        self._literal = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._say
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruct
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartCdataSectionHandler = self._start_literal
        parser.EndCdataSectionHandler = self._end_literal

    def parameters(self) -> Mapping[str, JsonValue]:
        """The root's members. Raises `XmlError`."""
        assert self._closed is not None  # noqa: S101 -- expat refuses a text without a root
        members = self._closed.members()
        if _depth(members) > MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels, lists of one name counted"
            raise XmlError(message, *self._closed.place)
        return members

    def places(self) -> Mapping[str, tuple[int, int]]:
        """As `VoiceXml.places`."""
        return dict(self._closed.places("")) if self._closed else {}

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels")
        if not self._open:
            self.root = name
        elif self._open[-1].text_place:
            raise XmlError(_MIXED, *self._open[-1].text_place)
        marked = {ATTRIBUTE + key: value for key, value in attributes.items()}
        self._open.append(_Element(name, self._here(), marked))

    def _end(self, _: str) -> None:
        closed = self._open.pop()
        if self._open:
            self._open[-1].children.setdefault(closed.name, []).append(closed)
        self._closed = closed

    def _say(self, text: str) -> None:
        element = self._open[-1]
        element.text.append(text)
        if element.text_place is None and (self._literal or text.strip()):
            line, column = self._here()
            before = len(text) - len(text.lstrip()) if text.strip() else 0
            element.text_place = line, column + before
            if element.children:
                raise XmlError(_MIXED, *element.text_place)

    def _comment(self, _: str) -> None:
        self.comments += 1

    def _instruct(self, _target: str, _data: str) -> None:
        self.instructions += 1

    def _refuse_doctype(self, *_: object) -> None:
        self._refuse("a document type is not read: it could name other files or repeat texts")

    def _start_literal(self) -> None:
        self._literal = True

    def _end_literal(self) -> None:
        self._literal = False

    def _refuse(self, message: str) -> NoReturn:
        raise XmlError(message, *self._here())

    def _here(self) -> tuple[int, int]:
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1


def _depth(value: JsonValue) -> int:
    """Levels of objects and lists; at most two for each level of elements."""
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return 1 + max(map(_depth, value), default=0)
    return 0
