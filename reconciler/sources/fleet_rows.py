"""The lines of a fleet, from CSV files or from the fleet itself, with the place of each cell."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from reconciler.authoring.fleets import Row
from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.sources.columns import CellError, Column
from reconciler.sources.csv_text import CsvCell, CsvLine, read_csv, without_mark
from reconciler.sources.faults import Fault, in_words, nearest
from reconciler.sources.files import FileTree
from reconciler.sources.source_text import SourceText, decode

Cell: TypeAlias = "CsvCell | JsonValue"
"""As a file has it, or as a fleet has it."""
_WILD: Final = "*?["


def matching(file: str, glob: str, paths: Iterable[str]) -> list[str]:
    """Those of `paths` that a glob names which stands in `file`; wildcards only in its name."""
    wanted = beside(file, glob)
    folder, name = posixpath.split(wanted)
    return sorted(path for path in paths if path == wanted or _fits(path, folder, name))


def _fits(path: str, folder: str, name: str) -> bool:
    above, found = posixpath.split(path)
    return above == folder and not found.startswith(".") and fnmatchcase(found, name)


def beside(file: str, path: str) -> str:
    """A path relative to a file, from the project's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), path))


@dataclass(slots=True)
class RowReader:
    """Reads the lines of one fleet; whatever is wrong is gathered, and the rest goes on."""

    columns: Mapping[str, Column]
    key: str
    files: FileTree
    masking: Masking
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    attached: dict[str, bytes] = field(default_factory=dict)
    _seen: dict[JsonValue, Origin] = field(default_factory=dict)

    def read(self, entries: Sequence[JsonValue], at: Origin) -> None:
        """Take all entries below `rows`; `at` leads to them."""
        for number, entry in enumerate(entries):
            place = at.at(f"/{number}")
            if isinstance(entry, str):
                self._read_files(entry, place)
            elif isinstance(entry, Mapping):
                self._add_inline(entry, place)
            else:
                message = "a row is a glob of CSV files, or a map of columns"
                self.faults.append(Fault("wrong-type", message, place))

    def _read_files(self, glob: str, at: Origin) -> None:
        folder = posixpath.dirname(beside(at.file, glob))
        if any(sign in folder for sign in _WILD):
            message = "wildcards work in the name of a file only"
            self.faults.append(
                Fault("rows-glob", message, at, help="write one glob for each folder")
            )
            return
        if folder.startswith(("/", "..")) or "\0" in glob or self.files.leaves(folder):
            message = "file is outside the project"
            self.faults.append(Fault("rows-outside", message, at, help="copy it into the project"))
            return
        found = matching(at.file, glob, self.files.entries(folder))
        if not found:
            message = "no file has this name"
            self.faults.append(
                Fault("rows-missing", message, at, help="correct the path or the glob")
            )
        for path in found:
            self._read_file(path)

    def _read_file(self, path: str) -> None:
        if path in self.attached:
            return
        data = self.files.read(path)
        if isinstance(data, Problem):
            self.problems.append(data)
            return
        self.attached[path] = data
        text = decode(path, without_mark(data))
        if isinstance(text, Problem):
            self.problems.append(text)
            return
        lines = read_csv(SourceText(path, text, self.masking))
        if isinstance(lines, Problem):
            self.problems.append(lines)
            return
        self._add_lines(path, lines)

    def _add_lines(self, path: str, lines: Sequence[CsvLine]) -> None:
        if not lines:
            message = "file has no header line"
            self.faults.append(Fault("rows-header", message, Origin(path, 0, 1)))
            return
        names = [cell.text for cell in lines[0].cells]
        faults = list(self._header_faults(names, Origin(path, 0, lines[0].number)))
        self.faults += faults
        if faults:
            return
        for line in lines[1:]:
            origin = Origin(path, 0, line.number)
            if len(line.cells) == len(names):
                self._add({n: c for n, c in zip(names, line.cells, strict=True) if c.text}, origin)
            else:
                message = f"line has {len(line.cells)} cells, the header {len(names)}"
                self.faults.append(Fault("rows-cells", message, origin))

    def _header_faults(self, names: Sequence[str], at: Origin) -> Iterator[Fault]:
        known = tuple(self.columns)
        for name in dict.fromkeys(names):
            cell = at.at(join((name,)))
            if name not in self.columns:
                fix = (
                    nearest(name, known) or f"there is {in_words(known)}; declare it, or remove it"
                )
                yield Fault("column-unknown", "column is not declared", cell, help=fix)
            elif names.count(name) > 1:
                yield Fault("column-twice", "column stands there twice", cell)
        for name, column in self.columns.items():
            if name not in names and not column.optional:
                yield Fault("column-missing", f'column "{name}" is missing', at)

    def _add_inline(self, entry: Mapping[str, Any], at: Origin) -> None:
        faults = list(self._header_faults(tuple(entry), at))
        self.faults += faults
        if not faults:
            self._add({name: item for name, item in entry.items() if item is not None}, at)

    def _add(self, cells: Mapping[str, Cell], origin: Origin) -> None:
        values: dict[str, JsonValue] = {}
        sound = True
        for name, column in self.columns.items():
            at = origin.at(join((name,)))
            if name not in cells:
                if not column.optional:
                    sound = False
                    self.faults.append(Fault("cell-empty", f'"{name}" is empty', at))
                continue
            cell = cells[name]
            try:
                values[name] = (
                    column.read(cell.text) if isinstance(cell, CsvCell) else column.take(cell)
                )
            except CellError as error:
                sound = False
                self.faults.append(Fault("cell-value", str(error), at))
        if sound and self._is_new(values[self.key], origin):
            self.rows.append(Row(values, origin))

    def _is_new(self, key: JsonValue, origin: Origin) -> bool:
        first = self._seen.setdefault(key, origin)
        if first is origin:
            return True
        at = join((self.key,))
        self.faults.append(
            Fault(
                "row-twice",
                "two lines have the same key",
                origin.at(at),
                label=f"first in {first}",
                help="remove one of the two",
                related=(first.at(at),),
            )
        )
        return False
