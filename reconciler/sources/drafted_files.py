"""A project's files as they would be: drafts in memory over what is there."""

import posixpath
from collections.abc import Mapping

from reconciler.core.problem import Problem
from reconciler.sources.files import FileTree, is_source


class DraftedFiles:
    """Reads as `Files` does; a draft stands for the file of its path."""

    def __init__(self, files: FileTree, drafts: Mapping[str, bytes]) -> None:
        self._files = files
        self._drafts = drafts

    @property
    def problems(self) -> list[Problem]:
        """What could not be looked into."""
        return self._files.problems

    def find(self, folder: str) -> list[str]:
        """Paths of all YAML files below a folder, sorted."""
        start = posixpath.normpath(folder)
        known = self._files.find(folder) if self._files.is_folder(folder) else []
        drafted = (path for path in self._drafts if is_source(path) and _is_below(path, start))
        return sorted({*known, *drafted})

    def entries(self, folder: str) -> list[str]:
        """Paths of what stands directly in a folder, sorted."""
        drafted = (path for path in self._drafts if posixpath.dirname(path) == folder)
        return sorted({*self._files.entries(folder), *drafted})

    def leaves(self, path: str) -> bool:
        """Whether a path leads out of the project's folder."""
        return self._files.leaves(path)

    def exists(self, path: str) -> bool:
        """Whether there is anything, or would be."""
        return path in self._drafts or self.is_folder(path) or self._files.exists(path)

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, or would be."""
        start = posixpath.normpath(path)
        return self._files.is_folder(path) or any(_is_below(one, start) for one in self._drafts)

    def read(self, path: str) -> bytes | Problem:
        """A file's bytes."""
        return self._drafts[path] if path in self._drafts else self._files.read(path)


def _is_below(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")
