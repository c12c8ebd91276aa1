"""The files of a project that stand nowhere, for laws that read thousands of them."""

import posixpath
from collections.abc import Mapping

from reconciler.core.problem import Problem


class MadeFiles:
    """A `FileTree` of texts by path."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.problems: list[Problem] = []

    def find(self, folder: str) -> list[str]:
        return sorted(
            path
            for path in self.texts
            if path.startswith(f"{folder}/") and path.endswith((".yaml", ".yml"))
        )

    def entries(self, folder: str) -> list[str]:
        return sorted(path for path in self.texts if posixpath.dirname(path) == folder)

    def leaves(self, path: str) -> bool:
        return path.startswith("..")

    def exists(self, path: str) -> bool:
        return path in self.texts or self.is_folder(path)

    def is_folder(self, path: str) -> bool:
        return path in FOLDERS or any(one.startswith(f"{path}/") for one in self.texts)

    def read(self, path: str) -> bytes | Problem:
        return self.texts[path].encode()


FOLDERS = ("sites", "bootstraps", "tokens", "users", "layers", "fleets")
"""There, even if nothing is in them."""
