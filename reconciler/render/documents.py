"""Live objects as documents: data for other programs."""

from collections.abc import Mapping, Sequence

from reconciler.core.kind import Kind
from reconciler.core.resource import Desired, Live
from reconciler.core.values import JsonValue
from reconciler.render.json import FORMAT_VERSION


def export_json(
    objects: Sequence[Live | Desired], kinds: Mapping[str, Kind]
) -> dict[str, JsonValue]:
    """Documents in the shape in which files declare them."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "export",
        "documents": [_document(live, kinds[live.id.kind]) for live in objects],
    }


def _document(live: Live | Desired, kind: Kind) -> dict[str, JsonValue]:
    value = {kind.value_field: live.value} if kind.value_field else live.value
    return {"kind": kind.name, "name": live.id.name, **value}
