"""Fleets become documents: declaration checked, lines read, templates filled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from reconciler.authoring.fleets import (
    Deviation,
    Fleet,
    Generated,
    Row,
    Template,
    columns_in,
    generate,
)
from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.core.values import text_of
from reconciler.sources.columns import CellError, Column, read_column
from reconciler.sources.faults import Fault, in_words, nearest
from reconciler.sources.files import FileTree
from reconciler.sources.fleet_rows import RowReader


@dataclass(slots=True)
class Fleets:
    """Every fleet of a project, and what is wrong with them."""

    files: FileTree
    masking: Masking
    faults: list[Fault] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    attached: dict[str, bytes] = field(default_factory=dict)
    cells: dict[str, set[str]] = field(default_factory=dict)
    """Every column of every fleet, and what stands in it, as text."""
    _names: dict[str, Origin] = field(default_factory=dict)

    def documents(self, value: Mapping[str, Any], origin: Origin) -> Iterator[Generated]:
        """The documents of a fleet that fits its schema; none while something is wrong with it."""
        if not self._is_new(value["name"], origin):
            return
        before = len(self.faults)
        columns = self._columns(value["columns"], origin.at("/columns"))
        for name in columns:
            self.cells.setdefault(name, set())
        fleet = self._fleet(value, origin)
        self.faults += _declaration_faults(fleet, columns, origin)
        if len(self.faults) > before:
            return
        rows = self._rows(fleet, columns, value["rows"], origin)
        for row in rows:
            for name, cell in row.values.items():
                self.cells[name].add(text_of(cell))
        self.faults += _deviation_faults(fleet, rows)
        if len(self.faults) == before:
            yield from generate(fleet, rows)

    def _is_new(self, name: str, origin: Origin) -> bool:
        first = self._names.setdefault(name, origin)
        if first is origin:
            return True
        self.faults.append(
            Fault(
                "fleet-declared-twice",
                f'fleet "{name}" is declared twice',
                origin.at("/name"),
                label=f"declared first in {first}",
                help="remove one of the two documents, or rename it",
                related=(first.at("/name"),),
            )
        )
        return False

    def _columns(
        self, declared: Mapping[str, Mapping[str, Any]], origin: Origin
    ) -> Mapping[str, Column]:
        found: dict[str, Column] = {}
        for name, rules in declared.items():
            try:
                found[name] = read_column(name, rules)
            except CellError as error:
                found[name] = Column(name)
                at = origin.at(join((name,)) + "/pattern")
                self.faults.append(Fault("column-pattern", str(error), at))
        return found

    def _fleet(self, value: Mapping[str, Any], origin: Origin) -> Fleet:
        templates = [
            Template(handle, document, origin.at("/documents" + join((handle,))))
            for handle, document in value["documents"].items()
        ]
        deviations = [
            Deviation(
                one["row"],
                one["document"],
                one["set"],
                _day(one["until"]),
                one["reason"],
                origin.at(f"/exceptions/{number}"),
            )
            for number, one in enumerate(value.get("exceptions", ()))
        ]
        return Fleet(value["name"], value["key"], templates, deviations)

    def _rows(
        self, fleet: Fleet, columns: Mapping[str, Column], entries: Sequence[Any], origin: Origin
    ) -> Sequence[Row]:
        reader = RowReader(columns, fleet.key, self.files, self.masking)
        reader.read(entries, origin.at("/rows"))
        self.faults += reader.faults
        self.problems += reader.problems
        self.attached |= reader.attached
        return reader.rows


def _day(text: str) -> date:
    """The day, or the month's last where there is no such day."""
    year, month, day = map(int, text.split("-"))
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def _declaration_faults(
    fleet: Fleet, columns: Mapping[str, Column], origin: Origin
) -> Iterator[Fault]:
    known = tuple(columns)
    if fleet.key not in columns:
        fix = nearest(fleet.key, known) or f"there is {in_words(known)}"
        yield Fault("column-unknown", "key names no column", origin.at("/key"), help=fix)
    elif columns[fleet.key].optional:
        message = "the key's column can't be optional"
        yield Fault("column-optional", message, origin.at("/key"))
    for template in fleet.templates:
        if "parametersFile" in template.document:
            message = "a line of a fleet can't name a file of parameters"
            fix = "let a layer name the file, and extend the layer"
            at = template.origin.at("/parametersFile")
            yield Fault("parameters-file", message, at, at_key=True, help=fix)
        for pointer, column in columns_in(template.document):
            if column not in columns:
                fix = nearest(column, known) or f"there is {in_words(known)}"
                at = template.origin.at(pointer)
                yield Fault("column-unknown", f'there is no column "{column}"', at, help=fix)


def _deviation_faults(fleet: Fleet, rows: Sequence[Row]) -> Iterator[Fault]:
    keys = {text_of(row.values[fleet.key]) for row in rows}
    handles = tuple(template.handle for template in fleet.templates)
    for one in fleet.deviations:
        if one.handle not in handles:
            fix = nearest(one.handle, handles) or f"there is {in_words(handles)}"
            at = one.origin.at("/document")
            yield Fault("exception-document", "no document has this handle", at, help=fix)
        if one.row not in keys:
            fix = nearest(one.row, tuple(keys)) or "correct the key, or remove the exception"
            yield Fault("exception-row", "no line has this key", one.origin.at("/row"), help=fix)
