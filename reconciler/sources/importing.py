"""A store list is made a fleet: drafted, checked as part of the project, then written whole."""

import os
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reconciler.authoring.store_list import Becomes, Rules, documents_of
from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Misuse, Problem, Severity
from reconciler.core.project import Project
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue
from reconciler.sources.csv_text import CsvLine, read_csv, without_mark
from reconciler.sources.drafted_files import DraftedFiles
from reconciler.sources.files import Files
from reconciler.sources.format_csv import cells_of
from reconciler.sources.project import PROJECT_FILE, read_project
from reconciler.sources.repository import read_contents
from reconciler.sources.source_text import SourceText
from reconciler.sources.store_list import StoreList, list_text
from reconciler.sources.writer import replace_files
from reconciler.sources.yaml_output import Verbatim, document_text, flow_text, scalar_text

_FOLDER: Final = "fleets"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The fleet that a list is to become."""

    name: str
    names: tuple[str, ...]
    """Of the list's columns; without one a column is left out."""
    key: int
    """Number of the column that tells lines apart."""
    rules: Mapping[str, Rules]
    becomes: Becomes


@dataclass(frozen=True, slots=True)
class Draft:
    """Both files of a fleet, by path from the project's folder."""

    fleet: str
    rows: str
    texts: Mapping[str, str]
    objects: Mapping[str, int]
    """How many of each kind the fleet makes."""


def project_at(root: Path) -> Project:
    """The project; its folder of fleets may be still to come. Raises `InvalidInput`."""
    files = Files(root)
    data = files.read(PROJECT_FILE)
    if isinstance(data, Problem):
        raise InvalidInput([data])
    project, problems = read_project(DraftedFiles(files, {f"{_FOLDER}/list": b""}), data)
    if project is None:
        raise InvalidInput(problems)
    return project


def folder_for(root: Path, sources: Sequence[str], out: Path | None) -> str:
    """Where a fleet goes, from the project's folder.

    Raises:
        Misuse: pvm would not read it there.
    """
    if out is None:
        named = [one for one in sources if posixpath.basename(one) == _FOLDER]
        return posixpath.normpath([*named, *sources][0])
    folder = posixpath.normpath(os.path.relpath(out.resolve(), root.resolve()).replace(os.sep, "/"))
    if not any(_is_in(folder, posixpath.normpath(source)) for source in sources):
        message = f"{out} is in no folder that pvm.yaml reads"
        raise Misuse(message, f"name one below {' or '.join(sources)}, or add it to `sources`")
    return folder


def draft_fleet(
    root: Path, sources: Sequence[str], folder: str, stores: StoreList, wanted: Wanted
) -> Draft:
    """Write nothing yet; a list that pvm.yaml's folders hold already keeps its place.

    Raises:
        InvalidInput: The project would have errors with it, or has some in pvm.yaml.
        Misuse: The fleet's name or a layer can't be; no line of the list is to blame.
    """
    fleet = posixpath.join(folder, f"{wanted.name}.yaml")
    rows = _place_of(root, sources, stores.source.file) or posixpath.join(
        folder, wanted.name, f"{wanted.name}.csv"
    )
    glob = posixpath.relpath(rows, folder)
    texts = {
        fleet: fleet_text(wanted, glob),
        rows: list_text(stores, wanted.names, wanted.key),
    }
    drafts = {path: text.encode() for path, text in texts.items()}
    contents = read_contents(DraftedFiles(Files(root), drafts))
    wrong = [
        _seen_in_list(problem, rows, texts[rows], stores, wanted)
        for problem in contents.problems
        if problem.severity is Severity.ERROR and _concerns(problem, texts)
    ]
    if wrong:
        _refuse_options(wrong, fleet, wanted)
        raise InvalidInput(wrong)
    made = [one.id.kind for one in contents.declared if one.origin.file in texts]
    return Draft(fleet, rows, texts, {kind: made.count(kind) for kind in dict.fromkeys(made)})


def _refuse_options(wrong: Sequence[Problem], fleet: str, wanted: Wanted) -> None:
    for one in wrong:
        if one.place is not None and one.place.file == fleet and one.pointer == "/name":
            message = f"--name: no fleet can have the name {wanted.name!r}"
            raise Misuse(message, one.help)
        if one.code == "bootstrap-unknown-layer":
            layer = wanted.becomes.extends[int(one.pointer.rpartition("/")[2])]
            if "${" not in layer:
                message = f"--extends: there is no layer {layer!r}"
                raise Misuse(message, one.help)


def write_fleet(root: Path, draft: Draft, *, force: bool) -> None:
    """Write both files, or none.

    Raises:
        Misuse: One exists and says something else, and `force` is not set.
    """
    taken = [path for path, text in draft.texts.items() if _differs(root / path, text)]
    if taken and not force:
        message = f"{' and '.join(taken)} would be changed; nothing was written"
        raise Misuse(message, "give another --name; or --force, which writes over what is there")
    replace_files(root, {**draft.texts})


def fleet_text(wanted: Wanted, glob: str) -> str:
    """The document, in its canonical form."""
    columns = "".join(
        f"  {name}: {flow_text(_verbatim(rules))}\n" for name, rules in wanted.rules.items()
    )
    return "".join(
        (
            document_text({"kind": "Fleet", "name": wanted.name}),
            f"rows: {flow_text([Verbatim(glob)])}\n",
            f"key: {scalar_text(wanted.names[wanted.key])}\n",
            f"columns:\n{columns}",
            document_text({"documents": _verbatim(documents_of(wanted.becomes))}),
        )
    )


def _verbatim(value: JsonValue) -> JsonValue:
    """The value, `${column}` in its texts meant as such."""
    if isinstance(value, str):
        return Verbatim(value)
    if isinstance(value, Mapping):
        return {key: _verbatim(item) for key, item in value.items()}
    return [_verbatim(item) for item in value] if isinstance(value, list) else value


def _is_in(path: str, folder: str) -> bool:
    return folder in (".", path) or path.startswith(f"{folder}/")


def _place_of(root: Path, sources: Sequence[str], file: str) -> str:
    """The path of a file in the project, if it stands where sources do; else nothing."""
    path = os.path.relpath(os.path.realpath(file), root.resolve()).replace(os.sep, "/")
    inside = any(_is_in(path, posixpath.normpath(source)) for source in sources)
    return path if inside and path.endswith(".csv") else ""


def _differs(path: Path, text: str) -> bool:
    if not path.exists():
        return os.path.lexists(path)
    return not path.is_file() or path.read_bytes() != text.encode()


def _concerns(problem: Problem, texts: Mapping[str, str]) -> bool:
    places = [problem.place, *problem.related]
    return any(place is not None and place.file in texts for place in places)


def _seen_in_list(
    problem: Problem, rows: str, text: str, stores: StoreList, wanted: Wanted
) -> Problem:
    """The same, its places in the list as it was given."""
    lines = read_csv(SourceText(rows, without_mark(text.encode()).decode(), Masking()))
    if isinstance(lines, Problem):
        return problem
    kept = [number for number, name in enumerate(wanted.names) if name]
    known = {row.cells[wanted.key].text: row for row in stores.rows}
    drafted = {line.number: line for line in lines}
    key = kept.index(wanted.key)

    def back(place: Place) -> Place:
        line = drafted.get(place.line) if place.file == rows else None
        row = known.get(cells_of(line)[key]) if line is not None else None
        if line is None or row is None:
            return place
        return stores.place(row, kept[_cell_at(line, place.column - 1)])

    return replace(
        problem,
        place=back(problem.place) if problem.place else None,
        related=tuple(map(back, problem.related)),
    )


def _cell_at(line: CsvLine, column: int) -> int:
    """The number of the cell that stands at a column; the first one for a whole line."""
    return next((n for n, cell in enumerate(line.cells) if column <= cell.span.end), 0)
