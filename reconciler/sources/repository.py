"""The whole repository: every file read, every problem found, nothing thrown away."""

from dataclasses import dataclass
from pathlib import Path

from reconciler.core.problem import Problem
from reconciler.core.project import Project
from reconciler.core.resource import Desired


@dataclass(frozen=True, slots=True)
class Repository:
    """What the files say. Use `declared` only while no problem is an error."""

    project: Project
    declared: tuple[Desired, ...]
    problems: tuple[Problem, ...]
    """Errors and warnings, by file and line; one cause in many places is one problem."""
    source_hash: str
    """`sha256:…` over the path and bytes of each file that was read."""
    commit: str | None
    """`None` outside Git or without the `git` program; `clean` likewise."""
    clean: bool | None
    """Whether the files that were read, and no others, are as in the commit."""
    files: tuple[str, ...] = ()
    """Relative to the project's folder, sorted."""


def read_repository(root: Path) -> Repository:
    """Read the project below `root` (see `find_project`).

    Raises:
        InvalidInput: `pvm.yaml` can't be used, so nothing can be told about the rest.
    """
    raise NotImplementedError(root)
