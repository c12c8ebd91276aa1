"""A project as a commit has it: read from Git's objects, with nothing but the `git` program."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Misuse, Problem, Severity
from reconciler.core.project import Project
from reconciler.core.resource import Desired
from reconciler.sources.files import FileTree
from reconciler.sources.git_answer import ask_git
from reconciler.sources.git_objects import GitObjects, NoObjectError
from reconciler.sources.past_files import PastFiles
from reconciler.sources.policy import leaves_known
from reconciler.sources.project import PROJECT_FILE
from reconciler.sources.repository import read_contents

SHORT: Final = 7
"""Digits of a commit that people are shown."""
_READ: Final = (".yaml", ".yml", ".json", ".xml", ".csv")
_FETCH: Final = "fetch it first; in CI check out with fetch-depth: 0"


@dataclass(frozen=True, slots=True)
class PastProject:
    """What one commit says."""

    commit: str
    files: FileTree | None
    """`None`, as `project`, where the commit has no project."""
    project: Project | None = None
    declared: tuple[Desired, ...] = ()
    problems: tuple[Problem, ...] = ()
    """By file and line of that commit."""
    varies: bool = False
    """Its documents use variables of the target."""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Those that leave unknown what it declares."""
        return tuple(
            one for one in self.problems if one.severity is Severity.ERROR and not leaves_known(one)
        )


class PastRepository:
    """Reads commits; get one by `open_past`."""

    def __init__(self, root: Path, prefix: tuple[str, ...], objects: GitObjects) -> None:
        self._root = root
        self._prefix = prefix
        self._objects = objects

    def commit(self, name: str) -> str:
        """The id behind a branch, a tag or an expression of Git; raises `Misuse`."""
        found = None
        if not name.startswith("-"):
            asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            found = ask_git(self._root, *asked)
        if not found:
            message = f'Git knows no commit "{name}" here'
            raise Misuse(message, _FETCH)
        return found.strip()

    def merge_base(self, commit: str, other: str) -> str:
        """The commit that both came from; raises `Misuse`."""
        found = ask_git(self._root, "merge-base", commit, other)
        if not found:
            message = f"Git knows no commit that {commit[:SHORT]} and {other[:SHORT]} come from"
            raise Misuse(message, _FETCH)
        return found.split()[0]

    def project(self, commit: str, target: str | None = None) -> PastProject:
        """What a commit says, for a target.

        Raises:
            InvalidInput: As `read_repository`.
            Misuse: Git does not have all of the commit here.
        """
        try:
            tree = self._objects.folder(commit, self._prefix)
            files = PastFiles(self._objects, tree) if tree is not None else None
            if files is None or not files.exists(PROJECT_FILE):
                return PastProject(commit, None)
            found = read_contents(files, target)
        except NoObjectError as error:
            message = f"Git does not have all of {commit[:SHORT]} here"
            raise Misuse(message, _FETCH) from error
        return PastProject(
            commit, files, found.project, found.declared, found.problems, bool(found.heritage.uses)
        )

    def uncommitted(self, project: Project | None) -> int:
        """Files that a commit would change, as far as the project reads them."""
        where = (PROJECT_FILE, *project.sources) if project else (".",)
        asked = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--")
        status = ask_git(self._root, "-c", "core.fsmonitor=false", *asked, *where) or ""
        return sum(entry.lower().endswith(_READ) for entry in status.split("\0"))


@contextmanager
def open_past(root: Path) -> Iterator[PastRepository]:
    """The commits of the work tree that a project's folder is in; raises `Misuse`."""
    prefix = ask_git(root, "rev-parse", "--show-prefix")
    if prefix is None:
        message = f"{root} is in no Git work tree, or git is not installed"
        raise Misuse(message, "run it in a clone of the repository")
    parts = tuple(part for part in prefix.rstrip("\n").split("/") if part)
    with GitObjects(root) as objects:
        yield PastRepository(root, parts, objects)


def placed_in(problems: tuple[Problem, ...], commit: str) -> tuple[Problem, ...]:
    """Problems whose files are named as Git does: `1c9e0d4:sites/nl.yaml`."""
    return tuple(
        replace(
            problem,
            place=_placed(problem.place, commit) if problem.place else None,
            related=tuple(_placed(place, commit) for place in problem.related),
        )
        for problem in problems
    )


def _placed(place: Place, commit: str) -> Place:
    return replace(place, file=f"{commit[:SHORT]}:{place.file}")


def read_past(past: PastRepository, commit: str, target: str | None = None) -> PastProject:
    """As `PastRepository.project`, with what is wrong with the file of the project as problems."""
    try:
        return past.project(commit, target)
    except InvalidInput as invalid:
        return PastProject(commit, None, problems=tuple(invalid.problems))
