"""A journal that remembers, and lets things happen at its points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from reconciler.core.values import JsonValue
from reconciler.workflow.journal import NOTHING_MORE, Point


@dataclass(slots=True)
class Script:
    """`at` happens each time that a point is marked, before the apply goes on."""

    at: Mapping[Point, Callable[[], None]] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    details: list[Mapping[str, JsonValue]] = field(default_factory=list)
    undo: Mapping[str, JsonValue] = field(default_factory=dict)

    def mark(self, point: Point, details: Mapping[str, JsonValue] = NOTHING_MORE) -> None:
        self.points.append(point)
        self.details.append(details)
        self.at.get(point, _nothing)()

    def keep_undo(self, document: Mapping[str, JsonValue]) -> str:
        self.undo = document
        return "undo.json"


def _nothing() -> None:
    pass


def once(action: Callable[[], None]) -> Callable[[], None]:
    """The action at the first call only."""
    left = [action]
    return lambda: left.pop()() if left else None
