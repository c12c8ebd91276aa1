"""From the server's rows to `Live` objects."""

from collections.abc import Callable, Mapping
from typing import Final

from reconciler.core.identity import ResourceId
from reconciler.core.kind import Kind, Ownership
from reconciler.core.resource import Live
from reconciler.core.values import JsonValue
from reconciler.remote.answer import Garbled
from reconciler.remote.endpoints import Endpoints

_Value = Mapping[str, JsonValue]
RowReader = Callable[[JsonValue], Live]

_ALWAYS_FACTS: Final = ("updatedBy", "updatedAt")


def row_reader(kind: Kind, endpoints: Endpoints) -> RowReader:
    """A function from one row to its object; it raises `Garbled` for what can't be a row."""
    value_of = _whole(kind, endpoints) if kind.value_field else _chosen(kind)
    own = (field.name for field in kind.fields if field.ownership is Ownership.SERVER)
    facts = tuple(dict.fromkeys((*own, *_ALWAYS_FACTS)))
    name_field, kind_name = endpoints.name, kind.name

    def read(row: JsonValue) -> Live:
        if not isinstance(row, dict):
            message = f"a row of the {kind.collection} is not an object"
            raise Garbled(message)
        name = row.get(name_field)
        if not isinstance(name, str) or not name:
            message = f"a row of the {kind.collection} has no {name_field}"
            raise Garbled(message)
        version = row.get("version")
        return Live(
            ResourceId(kind_name, name),
            value_of(row),
            None if version is None else str(version),
            {fact: row[fact] for fact in facts if fact in row},
        )

    return read


def _whole(kind: Kind, endpoints: Endpoints) -> Callable[[Mapping[str, JsonValue]], _Value]:
    """The value is one field of the row."""
    field = endpoints.parameters

    def value(row: Mapping[str, JsonValue]) -> _Value:
        found = row.get(field)
        if not isinstance(found, dict):
            message = f"a row of the {kind.collection} has no {field}"
            raise Garbled(message)
        return found

    return value


def _chosen(kind: Kind) -> Callable[[Mapping[str, JsonValue]], _Value]:
    """The value is what documents may declare; null is a default that was never set."""
    mutable = (Ownership.MUTABLE, Ownership.IMMUTABLE)
    names = tuple(
        (field.name, field.default) for field in kind.fields if field.ownership in mutable
    )

    def value(row: Mapping[str, JsonValue]) -> _Value:
        found = {}
        for name, default in names:
            item = row.get(name, default)
            if item is None:
                item = default
            if item is not None or name in row:
                found[name] = item
        return found

    return value
