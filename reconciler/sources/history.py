"""The commits that lead to the files at hand, asked of the `git` program."""

from pathlib import Path

from reconciler.core.history import Ancestry, Wishes


class GitHistory:
    """`core.history.History` for a project folder inside a work tree."""

    def __init__(self, root: Path, head: str, source_hash: str) -> None:
        self._root = root
        self._head = head
        self._source_hash = source_hash

    def ancestry(self, commit: str | None, source_hash: str) -> Ancestry:
        """Whether what an apply recorded is part of the history of HEAD."""
        raise NotImplementedError

    def wishes(self, since: str | None, target: str) -> Wishes:
        """What the messages after `since` up to HEAD ask for."""
        raise NotImplementedError
