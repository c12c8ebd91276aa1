"""Annotations of GitHub's workflow commands: findings beside the lines that they are about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.core.origin import Place
from reconciler.render.screen import counted, fit, printable

_LIMIT: Final = 10
"""Of one level that GitHub shows for one step."""
_LONGEST: Final = 1_000
"""Columns of a line; GitHub cuts a message at 4,096 bytes."""


class Level(StrEnum):
    """In the order of their weight."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One finding; without a place it stands beside the whole run."""

    level: Level
    title: str
    lines: tuple[str, ...]
    place: Place | None = None


def annotations_text(found: Sequence[Annotation], summary: str, folder: str = "") -> str:
    """The heaviest first, ten of each level at most; `summary` tells how many there are in all.

    `folder` leads from the top of the checkout to the project, which places are relative to.
    """
    levels = Counter(one.level for one in found)
    shown = {level: min(levels[level], _LIMIT) for level in Level}
    shown[Level.NOTICE] = min(levels[Level.NOTICE], _LIMIT - 1)
    left = [
        counted(levels[level] - shown[level], f"more {level.value}")
        for level in Level
        if levels[level] > shown[level]
    ]
    rest = (f"not shown here: {', '.join(left)}",) if left else ()
    lines = [_command(Annotation(Level.NOTICE, "pvm", (summary, *rest)), folder)]
    for level in Level:
        of_level = [one for one in found if one.level is level]
        lines += [_command(one, folder) for one in of_level[: shown[level]]]
    return "\n".join(lines)


def _command(one: Annotation, folder: str) -> str:
    properties = {**(_place(one.place, folder) if one.place else {}), "title": one.title}
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    message = "%0A".join(_message(line) for line in one.lines if line)
    return f"::{one.level.value} {told}::{message}"


def _place(place: Place, folder: str) -> dict[str, str]:
    """Columns mean something only within one line."""
    found = {"file": f"{folder}/{place.file}" if folder else place.file}
    if place.line:
        found |= {"line": str(place.line), "endLine": str(place.end_line)}
    if place.column and place.line == place.end_line:
        found |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return found


def _message(text: str) -> str:
    return fit(printable(text), _LONGEST).replace("%", "%25")


def _property(text: str) -> str:
    """Printable text has no line ends that would need an escape."""
    return _message(text).replace(":", "%3A").replace(",", "%2C")
