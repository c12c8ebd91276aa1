"""Files of parameters that documents name: strict JSON, or Voice's XML as `pvm convert` does."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.origin import Origin, Place
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.sources.faults import Fault
from reconciler.sources.files import FileTree, is_xml
from reconciler.sources.source_text import SourceText, Span, decode

MAX_PARAMETERS_DEPTH: Final = 64
_JSON: Final = ".json"


@dataclass(frozen=True, slots=True)
class Attached:
    """The value in such a file."""

    path: str
    value: JsonValue
    origins: Mapping[str, Origin]
    """Of its top fields, by pointer."""
    placeholders: bool
    """Whether `${` stands anywhere in it."""


@dataclass(slots=True)
class AttachedFiles:
    """Reads them once each, and gathers what is wrong."""

    files: FileTree
    masking: Masking
    faults: list[Fault] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    """As far as they could be read."""
    _known: dict[str, Attached | None] = field(default_factory=dict)

    def find(self, name: str, at: Origin) -> Attached | None:
        """The file that a document names at `at`; `None` when something is wrong."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(at.file), name))
        fault = self._misplaced(path, at)
        if fault is not None:
            self.faults.append(fault)
            return None
        if path not in self._known:
            data = self.files.read(path)
            if isinstance(data, Problem):
                fix = "check the path"
                self.faults.append(Fault("parameters-file", data.message, at, help=fix))
                return None
            self.texts[path] = data
            self._known[path] = self._read(path, data)
        return self._known[path]

    def _misplaced(self, path: str, at: Origin) -> Fault | None:
        if not path.endswith(_JSON) and not is_xml(path):
            fix = "parameters are read from .json, and from Voice's .xml"
            return Fault("parameters-file", "neither a .json nor an .xml file", at, help=fix)
        if path.startswith(("/", "../")) or "\0" in path or self.files.leaves(path):
            fix = "copy the file into the project"
            return Fault("parameters-file", "file is outside the project", at, help=fix)
        return None

    def _read(self, path: str, data: bytes) -> Attached | None:
        found = self._xml(path, data) if is_xml(path) else self._json(path, data)
        if isinstance(found, Problem):
            self.problems.append(found)
            return None
        return found

    def _json(self, path: str, data: bytes) -> Attached | Problem:
        text = decode(path, data)
        if isinstance(text, Problem):
            return text
        span, message = Span(0, 0, 1), ""
        value: JsonValue = None
        try:
            value = parse_json(text)
        except JsonError as error:
            span = Span(error.line - 1, error.column - 1, error.column)
            message = f"not valid JSON: {error.message}"
        else:
            if not isinstance(value, dict):
                message = "parameters must be an object"
            elif depth_of(value) > MAX_PARAMETERS_DEPTH:
                message = f"nested deeper than {MAX_PARAMETERS_DEPTH} levels"
        if message:
            source = SourceText(path, text, self.masking)
            return Problem("parameters-json", message, source.place(span))
        return Attached(path, value, _origins_in(path, text), "${" in text)

    def _xml(self, path: str, data: bytes) -> Attached | Problem:
        from reconciler.sources.voice_xml import XmlError, read_voice_xml  # noqa: PLC0415 -- few projects need it

        try:
            found = read_voice_xml(data)
        except XmlError as error:
            place = Place(path, error.line, error.column, error.line, error.column + 1)
            fix = "`pvm convert FILE` shows what becomes of what"
            return Problem("parameters-xml", error.message, place, help=fix)
        origins = {
            pointer: Origin(path, 0, line, pointer)
            for pointer, (line, _) in found.places.items()
            if pointer.count("/") == 1
        }
        return Attached(path, found.parameters, origins, placeholders=True)


def _origins_in(path: str, text: str) -> dict[str, Origin]:
    """Where the top fields of a JSON file were written."""
    from reconciler.sources.json_spots import json_spots  # noqa: PLC0415 -- few projects need it

    return {
        pointer: Origin(path, 0, spot.value.line + 1, pointer)
        for pointer, spot in json_spots(text).items()
        if pointer.count("/") == 1
    }


def depth_of(value: JsonValue) -> int:
    """Levels of nesting, the value itself counted."""
    depth = 0
    level: list[JsonValue] = [value]
    while level:
        depth += any(isinstance(item, list | dict) for item in level)
        level = [inner for item in level for inner in _inner(item)]
    return depth


def _inner(value: JsonValue) -> Iterator[JsonValue]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
