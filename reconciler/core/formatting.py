"""What came of writing files in their canonical form."""

from dataclasses import dataclass

from reconciler.core.problem import Problem


@dataclass(frozen=True, slots=True)
class Reformed:
    """A file that is, or would be, written anew."""

    file: str
    line: int
    """The first that differs, from 1."""


@dataclass(frozen=True, slots=True)
class Formatting:
    """All files that were looked at."""

    files: int
    changed: tuple[Reformed, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Of files that can't be read without doubt; they stay as they are."""
    left: tuple[str, ...] = ()
    """Files that can't be formatted without changing what they say, or losing a comment."""
