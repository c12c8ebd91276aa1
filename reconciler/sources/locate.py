"""The exact line and column of an origin, found by reading its file once more."""

from collections.abc import Mapping
from pathlib import Path

from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.origin import Origin, Place
from reconciler.core.pointer import split
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.sources.csv_text import CsvLine, read_csv, without_mark
from reconciler.sources.files import Files, FileTree, is_xml
from reconciler.sources.json_spots import json_spots
from reconciler.sources.source_text import SourceText, Span, decode
from reconciler.sources.yaml_survey import Spot, survey

_USUAL = Masking()
"""Only what looks secret is."""


def locate(root: Path, origin: Origin, masking: Masking = _USUAL, *, key: bool = False) -> Place:
    """Find the value (or with `key` its key) that `origin` points to.

    Where it is not written, its nearest written ancestor is meant; where the file can't be read
    again, the document's first line.
    """
    return Locator(Files(root), masking).place(origin, key=key)


class Locator:
    """Finds places; reads each file once."""

    def __init__(self, files: FileTree, masking: Masking) -> None:
        self._files = files
        self._masking = masking
        self._lists: dict[str, tuple[SourceText, dict[int, CsvLine]] | None] = {}
        self._elements: dict[str, Mapping[str, tuple[int, int]]] = {}
        self._known: dict[str, tuple[SourceText, tuple[dict[str, Spot], ...]] | None] = {}

    def place(self, origin: Origin, *, key: bool = False) -> Place:
        """As `locate`."""
        if origin.file.endswith(".csv"):
            return self._cell(origin)
        if is_xml(origin.file):
            return self._element(origin)
        if origin.file not in self._known:
            self._known[origin.file] = self._look(origin.file)
        known = self._known[origin.file]
        if known is None or origin.document >= len(known[1]):
            return Place(origin.file, origin.line, 1, origin.line, 1)
        source, documents = known
        return source.place(*spot_at(documents[origin.document], origin.pointer, key=key))

    def written(self, origin: Origin) -> Place | None:
        """As `place`; `None` for a field that a YAML document does not have."""
        place = self.place(origin)
        known = self._known.get(origin.file)
        if known is None or origin.document >= len(known[1]):
            return place
        return place if origin.pointer in ("", *known[1][origin.document]) else None

    def _cell(self, origin: Origin) -> Place:
        """The cell of a list, or its line."""
        if origin.file not in self._lists:
            self._lists[origin.file] = self._look_at_list(origin.file)
        found = self._lists[origin.file]
        if found is None:
            return Place(origin.file, origin.line, 1, origin.line, 1)
        source, lines = found
        line = lines.get(origin.line)
        if line is None or not line.cells:
            return source.place(Span(origin.line - 1, 0, 1), "")
        names = [cell.text for cell in next(iter(lines.values())).cells]
        column = split(origin.pointer)[0] if origin.pointer else ""
        if column in names and names.index(column) < len(line.cells):
            return source.place(line.cells[names.index(column)].span, f"/{column}")
        return source.place(Span(origin.line - 1, 0, line.cells[-1].span.end), "")

    def _element(self, origin: Origin) -> Place:
        """The element of an XML file; its text is not shown, for it may be secret."""
        if origin.file not in self._elements:
            self._elements[origin.file] = self._look_at_xml(origin.file)
        places, pointer = self._elements[origin.file], origin.pointer
        while pointer and pointer not in places:
            pointer = pointer.rpartition("/")[0]
        line, column = places.get(pointer, (origin.line, 1))
        return Place(origin.file, line, column, line, column + 1)

    def _look_at_xml(self, file: str) -> Mapping[str, tuple[int, int]]:
        from reconciler.sources.voice_xml import XmlError, read_voice_xml  # noqa: PLC0415 -- few projects need it

        data = self._files.read(file)
        try:
            return {} if isinstance(data, Problem) else read_voice_xml(data).places
        except XmlError:
            return {}

    def _look_at_list(self, file: str) -> tuple[SourceText, dict[int, CsvLine]] | None:
        data = self._files.read(file)
        text = data if isinstance(data, Problem) else decode(file, without_mark(data))
        if isinstance(text, Problem):
            return None
        source = SourceText(file, text, self._masking)
        lines = read_csv(source)
        return None if isinstance(lines, Problem) else (source, {one.number: one for one in lines})

    def _look(self, file: str) -> tuple[SourceText, tuple[dict[str, Spot], ...]] | None:
        data = self._files.read(file)
        text = data if isinstance(data, Problem) else decode(file, data)
        if isinstance(text, Problem):
            return None
        source = SourceText(file, text, self._masking)
        if file.endswith(".json"):
            return (source, (json_spots(text),)) if _is_json(text) else None
        return source, survey(source).spots


def spot_at(spots: Mapping[str, Spot], pointer: str, *, key: bool = False) -> tuple[Span, str]:
    """Where the value (or its key) at a pointer stands, or its nearest written ancestor's key."""
    while pointer and pointer not in spots:
        pointer = pointer.rpartition("/")[0]
        key = True
    spot = spots[pointer] if pointer else None
    if spot is None:
        return _first(spots), ""
    return (spot.key if key and spot.key else spot.value), pointer


def _is_json(text: str) -> bool:
    try:
        parse_json(text)
    except JsonError:
        return False
    return True


def _first(spots: Mapping[str, Spot]) -> Span:
    """The first key of a document, or the document itself if it has none."""
    keys = [spot.key for pointer, spot in spots.items() if spot.key and pointer.count("/") == 1]
    if keys:
        return min(keys, key=lambda span: (span.line, span.column))
    return spots[""].value if spots else Span(0, 0, 0)
