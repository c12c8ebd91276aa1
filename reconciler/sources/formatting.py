"""The files of a project in their canonical form: what is not exactly right is not written."""

import os
import posixpath
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from reconciler.core.formatting import Formatting, Reformed
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking
from reconciler.core.values import JsonValue, json_equal
from reconciler.sources.csv_text import read_csv
from reconciler.sources.documents import FLEET
from reconciler.sources.files import Files
from reconciler.sources.fleet_rows import beside, matching
from reconciler.sources.format_csv import MARK, cells_of, format_csv
from reconciler.sources.format_yaml import format_yaml
from reconciler.sources.project import PROJECT_FILE, read_project, salvaged_sources
from reconciler.sources.row_order import rows_sorted
from reconciler.sources.source_text import SourceText, decode
from reconciler.sources.writer import replace_files
from reconciler.sources.yaml_file import read_yaml
from reconciler.sources.yaml_remarks import read_remarks
from reconciler.sources.yaml_text import Document, read_documents

_NO_SECRETS: Final = Masking()


def format_project(root: Path, only: Sequence[Path] = (), *, write: bool) -> Formatting:
    """Format the files that pvm reads, or those of them at or below `only`.

    Raises:
        Misuse: They can't be written; then none was.
    """
    found = _Drafts(root, only)
    found.draft()
    if write:
        replace_files(root, {**found.texts})
    return Formatting(
        files=found.files,
        changed=tuple(Reformed(path, found.lines[path]) for path in sorted(found.texts)),
        problems=tuple(found.problems),
        left=tuple(sorted(found.left)),
    )


def formatted_yaml(text: str, documents: Sequence[Document]) -> str | None:
    """The canonical form of a text with these documents, or `None` when it says anything else."""
    new = format_yaml(text, {one.number: one.value for one in documents})
    return new if new == text or _says_the_same(text, documents, new) else None


@dataclass(slots=True)
class _Drafts:
    """Formats one file after the other, in memory."""

    root: Path
    only: Sequence[Path]
    texts: dict[str, str] = field(default_factory=dict)
    """Those that differ from what is there."""
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    files: int = 0
    _masking: Masking = _NO_SECRETS
    _seen: set[str] = field(default_factory=set)
    """Real paths: a link and what it leads to are one file."""

    def draft(self) -> None:
        """Go through the project file, the documents, and the lists that fleets name."""
        tree = Files(self.root)
        data = tree.read(PROJECT_FILE)
        if isinstance(data, Problem):
            self.problems.append(data)
            return
        project, _ = read_project(tree, data)
        if project is not None:
            self._masking = Masking(project.secrets)
        sources = project.sources if project else salvaged_sources(data, tree)
        folders = [folder for folder in sources if not tree.leaves(folder)]
        paths = {path for folder in folders for path in tree.find(folder)}
        lists: dict[str, str] = {}
        for path in (PROJECT_FILE, *sorted(paths - {PROJECT_FILE})):
            for name, key in _lists(tree, path, self._yaml(tree, path)):
                lists.setdefault(name, key)
        for path, key in lists.items():
            self._csv(tree, path, key)
        self.problems += (one for one in tree.problems if self._is_chosen(one))

    def _yaml(self, tree: Files, path: str) -> Collection[Document]:
        """Format a file, and return what stands in it."""
        data = tree.read(path)
        chosen = self._choose(path)
        if isinstance(data, Problem):
            self.problems += [data] if chosen else []
            return ()
        reading = read_yaml(path, data, self._masking)
        if chosen:
            self.problems += reading.problems
        if chosen and not reading.problems:
            self._take(path, reading.text, formatted_yaml(reading.text, reading.documents))
        return reading.documents

    def _csv(self, tree: Files, path: str, key: str) -> None:
        if not self._choose(path):
            return
        data = tree.read(path)
        text = data if isinstance(data, Problem) else _decoded(path, data)
        if isinstance(text, Problem):
            self.problems.append(text)
            return
        new = format_csv(path, text, key, self._masking)
        if isinstance(new, Problem):
            self.problems.append(new)
        else:
            self._take(path, text, new if _lists_the_same(text, new) else None)

    def _take(self, path: str, old: str, new: str | None) -> None:
        if new is None:
            self.left.append(path)
        elif new != old:
            self.texts[path] = new
            self.lines[path] = _first_difference(old, new)

    def _choose(self, path: str) -> bool:
        """Whether a file is asked for, and was not yet formatted under another name."""
        real = os.path.realpath(self.root / path)
        wanted = not self.only or any(Path(real).is_relative_to(one) for one in self.only)
        if not wanted or real in self._seen:
            return False
        self._seen.add(real)
        self.files += 1
        return True

    def _is_chosen(self, problem: Problem) -> bool:
        if not self.only or problem.place is None:
            return True
        path = self.root / problem.place.file
        places = path.resolve(), path.parent.resolve() / path.name  # a link may lead anywhere
        return any(place.is_relative_to(one) for place in places for one in self.only)


def _decoded(path: str, data: bytes) -> str | Problem:
    """A list's text, its byte order mark included."""
    mark = MARK.encode()
    text = decode(path, data.removeprefix(mark))
    return MARK + text if isinstance(text, str) and data.startswith(mark) else text


def _lists(tree: Files, file: str, documents: Collection[Document]) -> Iterator[tuple[str, str]]:
    """The files of rows that fleets name, with the column of their key."""
    for document in documents:
        fleet = document.value
        if not isinstance(fleet, Mapping) or fleet.get("kind") != FLEET:
            continue
        rows, key = fleet.get("rows"), fleet.get("key")
        if not isinstance(rows, list) or not isinstance(key, str):
            continue
        for glob in rows:
            folder = posixpath.dirname(beside(file, glob)) if isinstance(glob, str) else "/"
            if folder.startswith(("/", "..")) or "\0" in str(glob) or tree.leaves(folder):
                continue
            yield from ((path, key) for path in matching(file, str(glob), tree.entries(folder)))


def _says_the_same(old: str, documents: Sequence[Document], new: str) -> bool:
    """Whether both texts hold the same documents, fleets' rows in order, and all comments."""
    found = read_documents(new)
    if found is None or len(found) != len(documents):
        return False
    return _comments(old) == _comments(new) and all(
        before.number == after.number and json_equal(_ordered(before), _ordered(after))
        for before, after in zip(documents, found, strict=True)
    )


def _ordered(document: Document) -> JsonValue:
    value = document.value
    if document.aliased or not isinstance(value, Mapping) or value.get("kind") != FLEET:
        return value
    return rows_sorted(value)


def _comments(text: str) -> Counter[str]:
    return Counter(remark.text for remark in read_remarks(text).found if remark.text)


def _lists_the_same(old: str, new: str) -> bool:
    return _lines(old) == _lines(new)


def _lines(text: str) -> list[list[str]] | None:
    lines = read_csv(SourceText("", text.removeprefix(MARK), _NO_SECRETS))
    return None if isinstance(lines, Problem) else sorted(map(cells_of, lines))


def _first_difference(old: str, new: str) -> int:
    """The number of the first line of the old text that the new one has not."""
    before, after = old.split("\n"), new.split("\n")
    for number, (mine, other) in enumerate(zip(before, after, strict=False)):
        if mine != other:
            return number + 1
    return min(len(before), len(after))
