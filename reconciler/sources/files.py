"""Which files of a repository are read, and their bytes; nothing outside it ever is."""

import os
import posixpath
import stat
from pathlib import Path
from typing import Protocol

from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.sources.source_text import MAX_BYTES

_ENDINGS = (".yaml", ".yml")


class FileTree(Protocol):
    """The files of a project, wherever they are kept; paths as in `Files`."""

    @property
    def problems(self) -> list[Problem]:
        """What could not be looked into: never the same as nothing there."""
        ...

    def find(self, folder: str) -> list[str]:
        """Paths of all YAML files below a folder, sorted; hidden ones are left out."""
        ...

    def entries(self, folder: str) -> list[str]:
        """Paths of what stands directly in a folder, sorted; nothing where there is no folder."""
        ...

    def leaves(self, path: str) -> bool:
        """Whether a path leads out of the project's folder, by `..` or by links."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is anything, a link that leads nowhere included."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, or a link to one."""
        ...

    def read(self, path: str) -> bytes | Problem:
        """A file's bytes, at most a few more than `MAX_BYTES`."""
        ...


class Files:
    """The files below a project's folder; paths are relative to it, with forward slashes."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self._real = os.path.realpath(root)
        self.problems: list[Problem] = []
        """What could not be looked into: never the same as nothing there."""

    def find(self, folder: str) -> list[str]:
        """Return all YAML files below a folder, sorted; hidden ones are left out."""
        found: list[str] = []
        start = posixpath.normpath(folder)
        self._walk("" if start == "." else start, found, frozenset())
        return sorted(found)

    def _walk(self, folder: str, found: list[str], above: frozenset[str]) -> None:
        real = os.path.realpath(f"{self.root}/{folder}")
        if real in above:
            self._report(folder, "file-loop", "folder links to a folder around it", "unlink it")
            return
        try:
            with os.scandir(f"{self.root}/{folder}") as entries:
                inside = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            self._report(folder, "file-unreadable", f"folder can't be read: {error.strerror}", "")
            return
        for entry in inside:
            path = posixpath.join(folder, entry.name)
            if not _is_text(path):
                shown = path.encode("utf-8", "replace").decode()
                self._report(shown, "file-name", "name is not UTF-8", "rename it")
                continue
            if entry.is_symlink() and self.leaves(path):
                if entry.is_dir() or is_source(entry.name):
                    self._report(path, "file-outside", "link leads out of the project", "copy it")
            elif entry.is_dir():
                self._walk(path, found, above | {real})
            elif is_source(entry.name):
                found.append(path)

    def entries(self, folder: str) -> list[str]:
        """Paths of what stands directly in a folder, sorted; nothing where there is no folder."""
        start = "" if folder == "." else folder
        try:
            with os.scandir(f"{self.root}/{start}") as entries:
                names = [entry.name for entry in entries if not entry.name.startswith(".")]
        except OSError:
            return []
        paths = (posixpath.join(start, name) for name in names)
        return sorted(path for path in paths if _is_text(path) and not self.leaves(path))

    def leaves(self, path: str) -> bool:
        """Whether a path leads out of the project's folder, by `..` or by links."""
        real = os.path.realpath(f"{self.root}/{path}")
        return real != self._real and not real.startswith(self._real.rstrip(os.sep) + os.sep)

    def exists(self, path: str) -> bool:
        """Whether there is anything, a link that leads nowhere included."""
        return os.path.lexists(f"{self.root}/{path}")

    def is_folder(self, path: str) -> bool:
        """Whether there is a folder, or a link to one."""
        # Path.is_dir raises for a name that is too long.
        return os.path.isdir(f"{self.root}/{path}")  # noqa: PTH112 -- as fast as the rest of this class

    def read(self, path: str) -> bytes | Problem:
        """Return a file's bytes, at most a few more than `MAX_BYTES`."""
        try:
            handle = os.open(f"{self.root}/{path}", os.O_RDONLY | _NO_WAIT)
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    return problem_of(path, "file-unreadable", "not a file", "remove it")
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            message = f"file can't be read: {error.strerror}"
            return problem_of(path, "file-unreadable", message, "")

    def _report(self, path: str, code: str, message: str, fix: str) -> None:
        self.problems.append(problem_of(path or ".", code, message, fix))


def is_source(path: str) -> bool:
    """Whether documents are read from a file of this name."""
    return path.lower().endswith(_ENDINGS)


def is_xml(path: str) -> bool:
    """Whether parameters in a file of this name are Voice's XML."""
    return path.endswith(".xml")


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def problem_of(path: str, code: str, message: str, fix: str) -> Problem:
    """Return a problem of a file as a whole."""
    return Problem(code, message, Place(path, 1, 1, 1, 1), help=fix)


_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Opening a pipe must not wait for a writer."""
