"""Live objects as documents: data for other programs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.core.kind import Kind
from reconciler.core.resource import Live
from reconciler.core.secrets import Masking, mask
from reconciler.core.values import JsonValue
from reconciler.render.json import FORMAT_VERSION


def export_json(objects: Sequence[Live], kinds: Mapping[str, Kind]) -> dict[str, JsonValue]:
    """Documents in the shape in which files declare them."""
    return {
        "formatVersion": FORMAT_VERSION,
        "type": "export",
        "documents": [_document(live, kinds[live.id.kind]) for live in objects],
    }


def _document(live: Live, kind: Kind) -> dict[str, JsonValue]:
    value = {kind.value_field: live.value} if kind.value_field else live.value
    return {"kind": kind.name, "name": live.id.name, **value}


def masked_objects(
    objects: Sequence[Live], masking: Masking
) -> tuple[tuple[Live, ...], tuple[Live, ...]]:
    """All objects with their secrets masked, and those that had any."""
    shown, hidden = [], []
    for live in objects:
        value, masked = mask(live.value, masking)
        if masked and isinstance(value, Mapping):
            hidden.append(live)
            shown.append(replace(live, value=value))
        else:
            shown.append(live)
    return tuple(shown), tuple(hidden)
