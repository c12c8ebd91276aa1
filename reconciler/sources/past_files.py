"""The files of a project in a commit, read from Git's objects: nothing is checked out."""

import posixpath
from collections.abc import Mapping
from typing import Final

from reconciler.core.problem import Problem
from reconciler.sources.files import is_source, problem_of
from reconciler.sources.git_objects import LINK, Entry, GitObjects, NoObjectError
from reconciler.sources.source_text import MAX_BYTES

_MOST_LINKS: Final = 8


def followed(objects: GitObjects, files: Mapping[str, Entry], path: str) -> str:
    """The path that a link leads to in the end; any other path as it is.

    Raises:
        NoObjectError: The repository lacks a link.
    """
    for _ in range(_MOST_LINKS):
        entry = files.get(path)
        if entry is None or entry.mode != LINK:
            break
        target = objects.read(entry.blob).decode("utf-8", "replace")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return path


class PastFiles:
    """As `Files`, of one tree. Links to folders are reported, not followed."""

    def __init__(self, objects: GitObjects, tree: str) -> None:
        """`tree` is the id of the project folder's tree; raises `NoObjectError`."""
        self.problems: list[Problem] = []
        self._objects = objects
        self._files = objects.files(tree)
        self._folders = {""}
        for path in self._files:
            folder = posixpath.dirname(path)
            while folder not in self._folders:
                self._folders.add(folder)
                folder = posixpath.dirname(folder)

    def find(self, folder: str) -> list[str]:
        """As the protocol says."""
        start = _normal(folder)
        if start not in self._folders:
            self._report(start or ".", "file-unreadable", "folder can't be read here", "unlink it")
            return []
        inside = f"{start}/" if start else ""
        found = []
        for path in self._files:
            rest = path[len(inside) :]
            if path.startswith(inside) and not rest.startswith(".") and "/." not in rest:
                found += [path] if self._is_source(path) else []
        return sorted(found)

    def entries(self, folder: str) -> list[str]:
        """As the protocol says; folders are left out."""
        start = _normal(folder)
        return sorted(
            path
            for path in self._files
            if posixpath.dirname(path) == start
            and not posixpath.basename(path).startswith(".")
            and not self.leaves(path)
        )

    def leaves(self, path: str) -> bool:
        """As the protocol says."""
        target = self._target(posixpath.normpath(path))
        return target.startswith(("/", "../")) or target == ".."

    def exists(self, path: str) -> bool:
        """As the protocol says."""
        return _normal(path) in self._files or self.is_folder(path)

    def is_folder(self, path: str) -> bool:
        """As the protocol says; a link to a folder counts, and is reported once it is read."""
        return _normal(self._target(_normal(path))) in self._folders

    def read(self, path: str) -> bytes | Problem:
        """As the protocol says."""
        entry = self._files.get(self._target(posixpath.normpath(path)))
        if entry is None or entry.mode == LINK:
            message = "file can't be read: it is not in this commit"
            return problem_of(path, "file-unreadable", message, "")
        try:
            return self._objects.read(entry.blob)[: MAX_BYTES + 1]
        except NoObjectError:
            message = "file can't be read: Git does not have its content here"
            fix = "fetch it: a partial clone or a shallow one leaves things out"
            return problem_of(path, "file-unreadable", message, fix)

    def _is_source(self, path: str) -> bool:
        """Whether documents are read from it; links that can't be followed are reported."""
        if self._files[path].mode != LINK:
            return is_source(path)
        target = self._target(path)
        if self.leaves(path):
            if is_source(path):
                self._report(path, "file-outside", "link leads out of the project", "copy it")
            return False
        if target in self._folders:
            message = "a link to a folder can't be followed in a commit"
            self._report(path, "file-link", message, "name the folder itself in `sources`")
            return False
        return is_source(path)

    def _target(self, path: str) -> str:
        try:
            return followed(self._objects, self._files, path)
        except NoObjectError:
            return path

    def _report(self, path: str, code: str, message: str, fix: str) -> None:
        self.problems.append(problem_of(path, code, message, fix))


def _normal(path: str) -> str:
    """The project's own folder is the empty text."""
    normal = posixpath.normpath(path)
    return "" if normal == "." else normal
