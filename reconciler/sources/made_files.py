"""The files of a project that is not written yet, or nowhere: texts by path."""

import posixpath
from collections.abc import Collection, Mapping

from reconciler.core.problem import Problem
from reconciler.sources.files import is_source, problem_of


class MadeFiles:
    """A `FileTree` of texts; `folders` are there although nothing may be in them."""

    def __init__(self, texts: Mapping[str, str], folders: Collection[str] = ()) -> None:
        self._texts = texts
        self._folders = folders
        self.problems: list[Problem] = []

    def find(self, folder: str) -> list[str]:
        """As `FileTree`."""
        return sorted(one for one in self._texts if _is_below(folder, one) and is_source(one))

    def entries(self, folder: str) -> list[str]:
        """As `FileTree`."""
        return sorted(path for path in self._texts if posixpath.dirname(path) == folder)

    def leaves(self, path: str) -> bool:
        """As `FileTree`."""
        return posixpath.normpath(path).startswith(("..", "/"))

    def exists(self, path: str) -> bool:
        """As `FileTree`."""
        return path in self._texts or self.is_folder(path)

    def is_folder(self, path: str) -> bool:
        """As `FileTree`."""
        return path in self._folders or any(_is_below(path, one) for one in self._texts)

    def read(self, path: str) -> bytes | Problem:
        """As `FileTree`."""
        if path not in self._texts:
            return problem_of(path, "file-unreadable", "file can't be read: it is not there", "")
        return self._texts[path].encode()


def _is_below(folder: str, path: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")
