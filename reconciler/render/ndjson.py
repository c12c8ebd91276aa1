"""Results as JSON lines: the JSON form of the result, cut so that each line can be read by itself.

The first line has everything that is no list; each item of a list is a line of its own with the
list's name as its type. Put together again they are the JSON form, member by member.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from reconciler.core.values import JsonValue
from reconciler.render.json import line_text


def lines_text(type_: str, value: Mapping[str, JsonValue]) -> str:
    """The lines of a result (`schemas/line.schema.json`)."""
    return "\n".join(map(line_text, _lines(type_, value)))


def event_text(at: datetime, event: str, details: Mapping[str, JsonValue]) -> str:
    """The line of something that happens while an apply runs."""
    return line_text({"type": "event", "at": at.isoformat(), "event": event, **details})


def _lines(type_: str, value: Mapping[str, JsonValue]) -> Iterator[dict[str, JsonValue]]:
    """An empty list stays in the first line: else nobody could tell that there is one."""
    lists = {key: items for key, items in value.items() if isinstance(items, list) and items}
    yield {"type": type_, **{key: item for key, item in value.items() if key not in lists}}
    for key, items in lists.items():
        for item in items:
            yield {"type": key, "item": item}
