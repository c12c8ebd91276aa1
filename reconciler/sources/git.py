"""Which commit the files are from, and whether they are as in it; asked of the `git` program."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import subprocess

_SECONDS: Final = 60
_COMMAND: Final = (
    "git",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.quotePath=false",
    "status",
    "--porcelain=v2",
    "--branch",
    "--untracked-files=all",
    "--ignored=matching",
    "--no-renames",
    "-z",
    "--",
    ".",
)


@dataclass(frozen=True, slots=True)
class Commit:
    """Tells of the files that were asked about only."""

    id: str
    changed: tuple[str, ...]
    """Files that are not as in the commit, sorted, relative to the project's folder."""

    @property
    def clean(self) -> bool:
        """Whether all files are as in the commit."""
        return not self.changed


class GitQuestion:
    """Asks Git while the files are read; both take about as long.

    Leaving its context takes back a question whose answer nobody needs any more.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._top = _top(root)
        self._process = _start(root) if self._top else None
        self.silent = self._top is not None
        """There is a work tree, and Git did not say which commit it is at (see `answer`)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            self._process.communicate()

    @property
    def prefix(self) -> tuple[str, ...]:
        """The folders from the work tree's top to the project."""
        return self.root.resolve().relative_to(self._top).parts if self._top else ()

    def answer(self, read: Collection[str], deleted: Collection[str]) -> Commit | None:
        """Return the commit, or `None` outside Git, without `git`, or when it has no answer.

        `read` are the files that matter, `deleted` the folders in which a missing one matters.
        """
        if self._process is None or self._top is None:
            return None
        import subprocess  # noqa: PLC0415 -- only needed inside Git

        try:
            output, _ = self._process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return None
        if self._process.returncode != 0:
            return None
        self.silent = False
        start = "".join(f"{part}/" for part in self.prefix)
        id_, changes = _parse(os.fsdecode(output))
        inside = [(sign, path[len(start) :]) for sign, path in changes if path.startswith(start)]
        changed = {path for sign, path in inside if _matters(sign, path, read, deleted)}
        return Commit(id_, tuple(sorted(changed))) if id_ else None


def _matters(sign: str, path: str, read: Collection[str], deleted: Collection[str]) -> bool:
    if path.endswith("/"):
        return any(file.startswith(path) for file in read)
    if path in read:
        return True
    gone = sign == "1" and path.lower().endswith((".yaml", ".yml", ".csv"))
    return gone and any(folder == "." or path.startswith(f"{folder}/") for folder in deleted)


def folder_in_checkout(root: Path) -> str:
    """The way from the top of the work tree to `root`, with forward slashes; empty outside Git."""
    top = _top(root)
    return "/".join(root.resolve().relative_to(top).parts) if top else ""


def _top(root: Path) -> Path | None:
    """The work tree that a folder is in."""
    real = root.resolve()
    return next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), None)


def _start(root: Path) -> "subprocess.Popen[bytes] | None":
    import subprocess  # noqa: PLC0415 -- only needed inside Git

    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.Popen(  # noqa: S603 -- a fixed command; `git` is found as users expect
            _COMMAND,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None


def _parse(output: str) -> tuple[str, list[tuple[str, str]]]:
    """The commit, and each path that differs with the sign of its line."""
    id_ = ""
    changes: list[tuple[str, str]] = []
    for line in output.split("\0"):
        sign, _, rest = line.partition(" ")
        if line.startswith("# branch.oid "):
            id_ = line.removeprefix("# branch.oid ").strip()
        elif sign in _FIELDS:
            changes.append((sign, rest.split(" ", _FIELDS[sign])[-1]))
    return ("" if id_ == "(initial)" else id_), changes


_FIELDS: Final = {"1": 7, "u": 9, "?": 0, "!": 0}
"""Fields before the path, by the sign that a line begins with."""
