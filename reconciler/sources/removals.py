"""The commits that took declarations out of the files."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.problem import InvalidInput, Misuse
from reconciler.kinds import KINDS
from reconciler.sources.git_answer import ask_git
from reconciler.sources.git_objects import NoObjectError
from reconciler.sources.history import COMMIT, READ
from reconciler.sources.past_repository import SHORT, PastRepository, open_past

_MOST_READS: Final = 12
"""Of whole commits: with so many, 2,000 can be told apart for one removal."""


def removals_since(root: Path, ids: Collection[ResourceId], since: str) -> Mapping[ResourceId, str]:
    """For each object that `since` declares and HEAD does not, the commit that removed it.

    Objects of which Git can't tell for certain are left out.
    """
    if COMMIT.fullmatch(since) is None:
        return {}
    log = ask_git(
        root,
        "log",
        "--first-parent",
        "--no-show-signature",
        "--format=%H",
        f"{since}..HEAD",
        "--",
        *READ,
    )
    commits = [since, *reversed((log or "").split())]
    if len(commits) == 1:
        return {}
    try:
        with open_past(root) as past:
            return _Search(past, commits).run(frozenset(ids))
    except (Misuse, InvalidInput, NoObjectError):
        return {}


class _Search:
    """Halves the commits until each removal stands between two neighbours."""

    def __init__(self, past: PastRepository, commits: Sequence[str]) -> None:
        self._past = past
        self._commits = commits
        self._names: dict[int, frozenset[tuple[str, str]]] = {}
        self._found: dict[ResourceId, str] = {}

    def run(self, ids: frozenset[ResourceId]) -> Mapping[ResourceId, str]:
        last = len(self._commits) - 1
        there = {id_ for id_ in ids if _key(id_) in self._declared(0)}
        gone = {id_ for id_ in there if _key(id_) not in self._declared(last)}
        self._narrow(0, last, frozenset(gone))
        return self._found

    def _narrow(self, low: int, high: int, ids: frozenset[ResourceId]) -> None:
        """All of `ids` are declared in one commit and not in the other."""
        if not ids:
            return
        if high - low == 1:
            self._found |= dict.fromkeys(ids, self._commits[high][:SHORT])
            return
        middle = (low + high) // 2
        if middle not in self._names and len(self._names) >= _MOST_READS:
            return
        declared = self._declared(middle)
        kept = frozenset(id_ for id_ in ids if _key(id_) in declared)
        self._narrow(middle, high, kept)
        self._narrow(low, middle, ids - kept)

    def _declared(self, number: int) -> frozenset[tuple[str, str]]:
        """Raises `InvalidInput` where a commit declares nothing for certain."""
        if number not in self._names:
            project = self._past.project(self._commits[number])
            if project.errors:
                raise InvalidInput(project.errors)
            self._names[number] = frozenset(_key(one.id) for one in project.declared)
        return self._names[number]


def _key(id_: ResourceId) -> tuple[str, str]:
    return id_.kind, KINDS[id_.kind].key(id_.name)
