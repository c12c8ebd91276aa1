"""The lines behind the changes of a plan, read again only for what is shown."""

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.problem import Problem
from reconciler.core.provenance import Source
from reconciler.core.secrets import Masking
from reconciler.sources.files import FileTree
from reconciler.sources.source_text import SourceText, decode

if TYPE_CHECKING:
    from reconciler.sources.locate import Locator
    from reconciler.sources.yaml_survey import Spot

_DOCUMENT_ENDS: Final = ("---", "...")
"""At the start of a line they end a document, whatever it is in the middle of."""
Removals: TypeAlias = Callable[[Collection[ResourceId], str], Mapping[ResourceId, str]]
"""As `core.provenance.Provenance.removals`, of a commit that is known."""


def no_removals(ids: Collection[ResourceId], since: str) -> Mapping[ResourceId, str]:  # noqa: ARG001 -- the alias's
    """Nobody can tell."""
    return {}


def removals_from_git(
    root: Path, ids: Collection[ResourceId], since: str
) -> Mapping[ResourceId, str]:
    """As `Removals`, for the project at `root`."""
    from reconciler.sources.removals import removals_since  # noqa: PLC0415 -- start-up time

    return removals_since(root, ids, since)


class FileProvenance:
    """`core.provenance.Provenance` of a project's files."""

    def __init__(
        self,
        files: FileTree,
        before: FileTree | None = None,
        removals: Removals = no_removals,
    ) -> None:
        """`before` are the files that sources of the past stand in."""
        self._now = _Lines(files)
        self._past = _Lines(before or files)
        self._removals = removals
        self._removed: dict[tuple[frozenset[ResourceId], str], Mapping[ResourceId, str]] = {}
        """What was answered: apply plans twice, the second time under its lease."""

    def line_of(self, source: Source) -> int:
        """As the protocol says; where the file can't be read again, the document's first line."""
        return (self._past if source.past else self._now).of(source.origin)

    def removals(self, ids: Collection[ResourceId], since: str | None) -> Mapping[ResourceId, str]:
        """As the protocol says; nothing before the first apply."""
        if since is None:
            return {}
        asked = frozenset(ids), since
        if asked not in self._removed:
            self._removed[asked] = self._removals(ids, since)
        return self._removed[asked]


class _Lines:
    """Looks at one document at a time: files of 10,000 documents take long as a whole."""

    def __init__(self, files: FileTree) -> None:
        self._files = files
        self._texts: dict[str, list[str]] = {}
        self._locator: Locator | None = None
        self._spots: dict[tuple[str, int], Mapping[str, Spot]] = {}

    def of(self, origin: Origin) -> int:
        """The 1-based line that `origin` points to."""
        if not origin.pointer or origin.file.endswith(".csv"):
            return origin.line
        from reconciler.sources.locate import Locator, spot_at  # noqa: PLC0415 -- start-up time

        if origin.file.endswith((".json", ".xml")):
            self._locator = self._locator or Locator(self._files, Masking())
            return self._locator.place(origin).line
        at = origin.file, origin.line
        if at not in self._spots:
            self._spots[at] = self._survey(*at)
        spots = self._spots[at]
        return origin.line + spot_at(spots, origin.pointer)[0].line if spots else origin.line

    def _survey(self, file: str, line: int) -> "Mapping[str, Spot]":
        from reconciler.sources.yaml_survey import survey  # noqa: PLC0415 -- start-up time

        if file not in self._texts:
            self._texts[file] = self._read(file)
        text = "\n".join(_document(self._texts[file][line - 1 :]))
        return next(iter(survey(SourceText(file, text, Masking())).spots), {})

    def _read(self, file: str) -> list[str]:
        data = self._files.read(file)
        text = data if isinstance(data, Problem) else decode(file, data)
        return [] if isinstance(text, Problem) else text.split("\n")


def _document(lines: list[str]) -> Iterator[str]:
    """The lines up to the end of the document that the first one is in."""
    for number, line in enumerate(lines):
        if number and line.startswith(_DOCUMENT_ENDS):
            return
        yield line
