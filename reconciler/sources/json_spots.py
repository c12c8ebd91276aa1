"""Where everything stands in a JSON text that has been read already."""

import json
import re

from reconciler.core.pointer import join
from reconciler.sources.source_text import Span
from reconciler.sources.yaml_survey import Spot

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')


def json_spots(text: str) -> dict[str, Spot]:
    """Map each pointer to its spot; an object or list is marked at its key."""
    walker = _Walker()
    for number, line in enumerate(text.split("\n")):
        for match in _TOKEN.finditer(line):
            walker.take(match[0], Span(number, match.start(), match.end()))
    return walker.spots


class _Walker:
    """Follows the nesting: each level is its pointer and its next index, or `None` in an object."""

    def __init__(self) -> None:
        self.spots: dict[str, Spot] = {}
        self.levels: list[tuple[str, int | None]] = []
        self.key: tuple[str, Span] | None = None

    def take(self, sign: str, span: Span) -> None:
        if sign in "]}":
            self.levels.pop()
        elif sign in ":,":
            return
        elif self.levels and self.levels[-1][1] is None and self.key is None:
            self.key = json.loads(sign), span
        else:
            self._value(sign, span)

    def _value(self, sign: str, span: Span) -> None:
        pointer, key = self._place()
        opens = sign in "[{"
        self.spots[pointer] = Spot(key if opens and key else span, key)
        if opens:
            self.levels.append((pointer, 0 if sign == "[" else None))

    def _place(self) -> tuple[str, Span | None]:
        """Pointer and key of the value that comes now."""
        if not self.levels:
            return "", None
        above, index = self.levels[-1]
        if index is not None:
            self.levels[-1] = above, index + 1
            return f"{above}/{index}", None
        name, span = self.key or ("", None)
        self.key = None
        return above + join((name,)), span
