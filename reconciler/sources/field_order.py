"""The order in which fields are written: that of the schemas."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.core.values import JsonValue
from reconciler.sources.documents import DOCUMENT_SCHEMAS, FLEET
from reconciler.sources.schema import Schema, load_schema

_ANYTHING: Final[Schema] = {}
_FIRST: Final[Schema] = {"properties": {"kind": _ANYTHING, "name": _ANYTHING}}
"""Of a document whose kind nobody knows."""
_SORTED_BY: Final = "sortedBy"
"""Beside the schemas' own keywords: the field by which a list's items are sorted."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema says about the order within a value."""

    schema: Schema = field(default_factory=lambda: _ANYTHING)
    root: Schema = field(default_factory=lambda: _ANYTHING)
    """Where its references lead."""

    @property
    def fields(self) -> Sequence[str]:
        """Names in their order; others follow as they are."""
        return tuple(self.schema.get("properties", ()))

    @property
    def sorted_by(self) -> str:
        """Of a list: the field of its items that sorts them; empty when their order counts."""
        found: str = self.schema.get(_SORTED_BY, "")
        return found

    def below(self, name: str) -> "Shape":
        """What stands under a field."""
        properties = self.schema.get("properties", {})
        return self._shape(properties.get(name, self.schema.get("additionalProperties")))

    def item(self) -> "Shape":
        """What stands in a list."""
        return self._shape(self.schema.get("items"))

    def _shape(self, schema: Any) -> "Shape":  # noqa: ANN401 -- a schema may be a boolean
        if not isinstance(schema, Mapping):
            return ANYTHING
        if "$ref" in schema:
            schema = self.root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return Shape(schema, self.root)


ANYTHING: Final = Shape()


def shape_of(document: JsonValue) -> Shape:
    """The order within a document; one that no schema describes keeps its own below the top."""
    if not isinstance(document, Mapping):
        return ANYTHING
    schema = _schema_of(document.get("kind"))
    if document.get("kind") == FLEET:
        schema = {**schema, "properties": {**schema["properties"], **dict(_own_fields(document))}}
    return Shape(schema, schema)


def _schema_of(kind: JsonValue) -> Schema:
    names = {**DOCUMENT_SCHEMAS, FLEET: "fleet", "Project": "project"}
    return load_schema(names[kind]) if isinstance(kind, str) and kind in names else _FIRST


def _own_fields(fleet: Mapping[str, JsonValue]) -> Iterator[tuple[str, Schema]]:
    """What only the fleet itself knows: kinds of its templates, columns and key of its rows."""
    columns, templates, key = (fleet.get(name) for name in ("columns", "documents", "key"))
    names = columns if isinstance(columns, Mapping) else ()
    items = {"properties": dict.fromkeys(names, _ANYTHING)}
    yield "rows", {"items": items, _SORTED_BY: key if isinstance(key, str) else ""}
    if isinstance(templates, Mapping):
        kinds = {
            handle: _schema_of(one.get("kind")) if isinstance(one, Mapping) else _ANYTHING
            for handle, one in templates.items()
        }
        yield "documents", {"properties": kinds}
