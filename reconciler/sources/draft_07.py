"""Our schemas in draft-07, which every editor understands; those on disk are of 2020-12.

A schema becomes one file that refers to no other: what it refers to stands in its `definitions`.
Pure: the schemas come in, a new one goes out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from reconciler.sources.schema import Schema

DRAFT_07: Final = "http://json-schema.org/draft-07/schema#"
_FILE: Final = ".schema.json"

_ONE: Final = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
)
"""Keywords whose argument is a schema, or true or false."""
_SOME: Final = frozenset({"allOf", "anyOf", "oneOf"})
"""A list of schemas."""
_NAMED: Final = frozenset({"patternProperties", "properties"})
"""Schemas by name."""
_PLAIN: Final = frozenset(
    {
        *("$comment", "const", "default", "description", "enum", "examples", "exclusiveMaximum"),
        *("exclusiveMinimum", "format", "maxItems", "maxLength", "maxProperties", "maximum"),
        *("minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern"),
        *("patternErrorMessage", "required", "title", "type", "uniqueItems"),
    }
)
"""Keywords that mean the same in both."""
_HEAD: Final = frozenset({"$defs", "$id", "$schema"})
"""Keywords that stand at the root of a schema only."""


class NotInDraft07Error(Exception):
    """A keyword that the converter does not know: it must not guess."""


def draft_07(name: str, load: Callable[[str], Schema]) -> dict[str, Any]:
    """Convert the schema of that name; `load` returns it and those it refers to.

    Raises:
        NotInDraft07Error: As its name says.
    """
    definitions: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        others = _define(waiting.pop(), name, load, definitions)
        waiting += [other for other in others if other not in definitions]
    root = definitions.pop(name)
    head = {"$schema": DRAFT_07, **root}
    return {**head, "definitions": definitions} if definitions else head


def _define(
    name: str, root: str, load: Callable[[str], Schema], definitions: dict[str, Any]
) -> Sequence[str]:
    """Convert one schema and what stands in it; return the names of those it refers to."""
    schema = load(name)
    others: list[str] = []

    def place(reference: str) -> str:
        inside = reference.removeprefix("#/$defs/")
        if inside != reference:
            return f"#/definitions/{name}.{inside}"
        other = reference.removesuffix(_FILE)
        others.append(other)
        return "#" if other == root else f"#/definitions/{other}"

    body = {key: value for key, value in schema.items() if key not in _HEAD}
    definitions[name] = _convert(body, place)
    for inner, value in schema.get("$defs", {}).items():
        definitions[f"{name}.{inner}"] = _convert(value, place)
    return others


def _convert(schema: Any, place: Callable[[str], str]) -> Any:  # noqa: ANN401 -- or true or false
    if isinstance(schema, bool):
        return schema
    converted: dict[str, Any] = {}
    for keyword, argument in schema.items():
        if keyword == "$ref":
            continue
        if keyword == "dependentRequired":
            converted["dependencies"] = argument
        else:
            converted[keyword] = _argument(keyword, argument, place)
    if "$ref" in schema:
        _refer(converted, place(schema["$ref"]))
    return converted


def _argument(keyword: str, argument: Any, place: Callable[[str], str]) -> Any:  # noqa: ANN401 -- as the keyword has it
    if keyword in _PLAIN:
        return argument
    if keyword in _ONE:
        return _convert(argument, place)
    if keyword in _SOME:
        return [_convert(inner, place) for inner in argument]
    if keyword in _NAMED:
        named: Mapping[str, Any] = argument
        return {name: _convert(inner, place) for name, inner in named.items()}
    raise NotInDraft07Error(keyword)


def _refer(schema: dict[str, Any], target: str) -> None:
    """Draft-07 reads nothing beside a reference: one that is not alone gets a place of its own."""
    if schema:
        schema["allOf"] = [*schema.get("allOf", ()), {"$ref": target}]
    else:
        schema["$ref"] = target
