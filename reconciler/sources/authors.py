"""Who wrote a line last, asked of Git for the lines that are shown and no others."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from reconciler.core.explanation import Author
from reconciler.sources.git_answer import ask_git

Line: TypeAlias = tuple[str, int]
"""A file, relative to the project's folder, and a line, from 1."""
_HEAD: Final = re.compile(r"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")
_UNCOMMITTED: Final = re.compile("0+")
_SHORT: Final = 7


def authors_of(root: Path, lines: Collection[Line]) -> Mapping[Line, Author] | None:
    """The authors of lines, as far as Git knows the files; `None` where it knows nothing at all.

    In a clone that is cut off, lines that are as old as the cut have none: Git would blame whoever
    made the last commit that was fetched.
    """
    said = ask_git(root, "rev-parse", "--is-inside-work-tree", "--is-shallow-repository")
    inside, _, shallow = (said or "").partition("\n")
    if inside != "true":
        return None
    by_file: dict[str, set[int]] = {}
    for file, line in lines:
        by_file.setdefault(file, set()).add(line)
    found: dict[Line, Author] = {}
    for file, numbers in sorted(by_file.items()):
        for number, author in _blamed(root, file, numbers, shallow=shallow == "true\n"):
            found[file, number] = author
    return found


def _blamed(
    root: Path, file: str, numbers: Collection[int], *, shallow: bool
) -> Iterator[tuple[int, Author]]:
    ranges = [part for number in sorted(numbers) for part in ("-L", f"{number},{number}")]
    options = ("-c", "core.fsmonitor=false", "blame", "--line-porcelain", *ranges)
    said = ask_git(root, *options, "--", f"./{file}")
    commit, line, facts = "", 0, dict[str, str]()
    for text in (said or "").split("\n"):
        head = _HEAD.fullmatch(text)
        if head is not None and not text.startswith("\t"):
            commit, line, facts = head[1], int(head[2]), {}
        elif text.startswith("\t"):
            if not (shallow and "boundary" in facts):
                yield line, _author(commit, facts)
        else:
            name, _, value = text.partition(" ")
            facts[name] = value


def _author(commit: str, facts: Mapping[str, str]) -> Author:
    if _UNCOMMITTED.fullmatch(commit):
        return Author()
    seconds = facts.get("author-time", "")
    day = datetime.fromtimestamp(int(seconds), UTC).date().isoformat() if seconds.isdigit() else ""
    return Author(facts.get("author", ""), day, commit[:_SHORT])
