"""What the server in memory answers when it is asked for more than objects."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from reconciler.core.values import JsonValue

Rows: TypeAlias = Sequence[JsonValue]
Form: TypeAlias = Callable[[Rows, Mapping[str, str]], JsonValue]


def footprints_body(rows: Rows, params: Mapping[str, str]) -> JsonValue:
    """All of them."""
    return {"usedAfter": params["usedAfter"], "footprints": list(rows)}


def events_body(rows: Rows, params: Mapping[str, str]) -> JsonValue:
    """A page by cursor, which here is a number."""
    start, size = int(params.get("after", "0")), int(params["size"])
    end = start + size
    following = str(end) if end < len(rows) else None
    return {"content": list(rows[start:end]), "size": size, "next": following}
