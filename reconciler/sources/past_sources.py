"""The source hash that a checkout of a past commit would have."""

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.core.secrets import Masking
from reconciler.sources.files import is_source
from reconciler.sources.fleet_rows import matching
from reconciler.sources.git_objects import LINK, Entry, GitObjects
from reconciler.sources.past_files import followed
from reconciler.sources.source_hash import content_id, names_others, source_hash
from reconciler.sources.yaml_file import read_yaml

PROJECT_FILE: Final = "pvm.yaml"


class PastSources:
    """Computes hashes of trees; reads no blob twice, and none that is `known`.

    Links to folders are not followed: the hash of a tree with one equals no other.
    """

    def __init__(self, objects: GitObjects, known: Mapping[str, str]) -> None:
        self._objects = objects
        self._contents = dict(known)
        self._named: dict[str, tuple[str, ...]] = {}
        self._sources: dict[str, tuple[str, ...]] = {}
        self._hashes: dict[str, str] = {}

    def hash_of(self, tree: str) -> str:
        """The hash of a project folder's tree.

        Raises:
            NoObjectError: The repository lacks a part of it.
        """
        if tree not in self._hashes:
            files = self._objects.files(tree)
            self._hashes[tree] = source_hash(dict(self._read_files(files)))
        return self._hashes[tree]

    def _read_files(self, files: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
        """Paths with their `content_id`, as the reader of a checkout would find them."""
        project = self._blob(files, PROJECT_FILE)
        if project is None:
            return
        yield PROJECT_FILE, self._content(project)
        folders = self._folders(project)
        for path in files:
            if path == PROJECT_FILE or not _is_found(path, folders):
                continue
            blob = self._blob(files, path)
            if blob is None:
                continue
            yield path, self._content(blob)
            for name in self._named.get(blob, ()):
                for attached in matching(path, name, files):
                    inner = self._blob(files, attached)
                    if inner is not None:
                        yield attached, self._content(inner)

    def _blob(self, files: Mapping[str, Entry], path: str) -> str | None:
        """The blob at a path, links followed."""
        entry = files.get(followed(self._objects, files, path))
        return entry.blob if entry is not None and entry.mode != LINK else None

    def _content(self, blob: str) -> str:
        if blob not in self._contents:
            data = self._objects.read(blob)
            self._contents[blob] = content_id(data)
            if names_others(data):
                self._named[blob] = tuple(_named_files(data))
        return self._contents[blob]

    def _folders(self, blob: str) -> tuple[str, ...]:
        if blob not in self._sources:
            self._sources[blob] = tuple(_source_folders(self._objects.read(blob)))
        return self._sources[blob]


def _is_found(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a search below one of the folders comes across this file."""
    if not is_source(path):
        return False
    inside = (path[len(start) :] for start in folders if path.startswith(start))
    return any(not part.startswith(".") and "/." not in part for part in inside)


def _source_folders(data: bytes) -> Iterator[str]:
    """Each folder with a slash behind it; the project's own is the empty text."""
    for value in _documents(data):
        sources = value.get("sources")
        for folder in sources if isinstance(sources, list) else ():
            if isinstance(folder, str):
                path = posixpath.normpath(folder)
                yield "" if path == "." else f"{path}/"


def _named_files(data: bytes) -> Iterator[str]:
    """Paths and globs, relative to the file."""
    for value in _documents(data):
        name, rows = value.get("parametersFile"), value.get("rows")
        if isinstance(name, str):
            yield name
        for row in rows if isinstance(rows, list) and value.get("kind") == "Fleet" else ():
            if isinstance(row, str):
                yield row


def _documents(data: bytes) -> Iterator[Mapping[str, Any]]:
    for document in read_yaml("", data, Masking()).documents:
        if isinstance(document.value, Mapping):
            yield document.value
