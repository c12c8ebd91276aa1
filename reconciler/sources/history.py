"""The commits that lead to the files at hand, asked of the `git` program."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.core.history import Ancestry, Wishes
from reconciler.sources.commit_lines import wishes_in
from reconciler.sources.git_answer import ask_git
from reconciler.sources.git_objects import GitObjects, NoObjectError
from reconciler.sources.past_sources import PastSources

MOST_COMMITS: Final = 1000
"""Of those that touch the sources; older ones are not looked at."""
_MOST_MESSAGES: Final = 10_000
COMMIT: Final = re.compile(r"[0-9a-f]{7,64}")
"""A commit's id and nothing else: no option of a command, no expression."""
READ: Final = tuple(f":(icase)*{ending}" for ending in (".yaml", ".yml", ".json", ".xml", ".csv"))
"""Pathspecs of whatever a project could read."""
_SHALLOW: Final = "the history is cut off here; check out with fetch-depth: 0"
_INCOMPLETE: Final = "Git can't read all of its history; `git fsck` says why"
_TOO_FAR: Final = f"it is not among the last {MOST_COMMITS:,} commits that touch the files"


@dataclass(frozen=True, slots=True)
class Checkout:
    """What is known of the files at hand without asking Git for its history."""

    root: Path
    """The project's folder."""
    prefix: tuple[str, ...]
    """From the work tree's top to it."""
    head: str
    source_hash: str
    targets: Collection[str]
    """Names in `pvm.yaml`."""
    known: Mapping[str, str]
    """Of `source_hash.known_blobs`."""


class GitHistory:
    """`core.history.History` inside a work tree."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    def ancestry(self, commit: str | None, source_hash: str) -> Ancestry:
        """As the protocol says; what is unchanged, or an ancestor, costs next to nothing."""
        if source_hash == self._checkout.source_hash or self._is_ancestor(commit):
            return Ancestry(contained=True)
        try:
            contained, reason = self._find(source_hash)
        except NoObjectError:
            contained, reason = False, _INCOMPLETE
        if contained:
            return Ancestry(contained=True)
        if ask_git(self._checkout.root, "rev-parse", "--is-shallow-repository") == "true\n":
            reason = _SHALLOW
        return Ancestry(contained=False, known=not reason, reason=reason)

    def wishes(self, since: str | None, target: str) -> Wishes:
        """As the protocol says; without a commit to begin at, nobody asked for anything."""
        if since is None:
            return Wishes()
        if not self._is_ancestor(since):
            warning = (
                f"the last applied commit {since[:7]} is not in the history of these files: "
                "Pvm- lines in commit messages do not count, options do"
            )
            return Wishes(warnings=(warning,))
        log = ask_git(
            self._checkout.root,
            "log",
            "-z",
            f"--max-count={_MOST_MESSAGES}",
            "--encoding=UTF-8",
            "--no-show-signature",
            "--format=%H%n%B",
            f"{since}..{self._checkout.head}",
        )
        return wishes_in(_messages(log or ""), target, self._checkout.targets)

    def _is_ancestor(self, commit: str | None) -> bool:
        if commit is None or not COMMIT.fullmatch(commit):
            return False
        root, head = self._checkout.root, self._checkout.head
        if commit == head:
            return True
        return ask_git(root, "merge-base", "--is-ancestor", commit, head) is not None

    def _find(self, source_hash: str) -> tuple[bool, str]:
        """Whether a commit's files had this hash, and why that is not sure if it is not."""
        head, prefix = self._checkout.head, self._checkout.prefix
        log = ask_git(
            self._checkout.root,
            "log",
            f"--max-count={MOST_COMMITS + 1}",
            "--full-history",
            "--no-show-signature",
            "--format=%H",
            head,
            "--",
            *READ,
        )
        if log is None:
            return False, _INCOMPLETE
        commits = log.split()
        with GitObjects(self._checkout.root) as objects:
            past = PastSources(objects, self._checkout.known)
            for commit in commits[:MOST_COMMITS]:
                tree = objects.folder(commit, prefix)
                if tree is not None and past.hash_of(tree) == source_hash:
                    return True, ""
        return False, "" if len(commits) <= MOST_COMMITS else _TOO_FAR


class SilentGit:
    """A work tree in which Git gives no answer: whatever it would know is unknown."""

    def ancestry(self, commit: str | None, source_hash: str) -> Ancestry:  # noqa: ARG002 -- the protocol's
        """Only what was never in Git can't be rolled back."""
        reason = "git gives no answer in this work tree; `git status` says why"
        return Ancestry(contained=commit is None, known=False, reason=reason)

    def wishes(self, since: str | None, target: str) -> Wishes:  # noqa: ARG002 -- the protocol's
        """None, and a warning where there may be some."""
        warning = "git gives no answer in this work tree: Pvm- lines in messages do not count"
        return Wishes(warnings=() if since is None else (warning,))


def _messages(log: str) -> Iterator[tuple[str, str]]:
    for record in log.split("\0"):
        commit, _, message = record.strip("\n").partition("\n")
        if commit:
            yield commit, message
