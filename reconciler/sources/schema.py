"""The JSON Schemas of documents and of `pvm.yaml`, and values checked against them.

Two tiers: a test compiled from the schema says only whether a value fits, which nearly all do;
whatever it does not accept goes through jsonschema (`schema_faults`), so that there is one truth.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeGuard

from reconciler.core.values import JsonValue

Schema: TypeAlias = Mapping[str, Any]
Accepts: TypeAlias = Callable[[JsonValue], bool]

_SUFFIX: Final = ".schema.json"
_ANNOTATIONS: Final = frozenset(
    {"$schema", "$comment", "$defs", "title", "description", "default", "patternErrorMessage"}
)


class UnknownKeywordError(Exception):
    """The schema says something that the compiler does not know: it must not guess."""


def schema_names() -> tuple[str, ...]:
    """Names that `schema_text` knows, sorted: `document`, `site`, `plan` and more."""
    return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in _folder().glob(f"*{_SUFFIX}")))


def schema_text(name: str) -> str:
    """Return a schema file as it was written.

    Raises:
        KeyError: There is no schema of that name.
    """
    if name not in schema_names():
        raise KeyError(name)
    return (_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8")


@cache
def load_schema(name: str) -> Schema:
    """Return a schema as data."""
    schema: Schema = json.loads(schema_text(name))
    return schema


@cache
def accepts(name: str) -> Accepts:
    """Return the compiled test of a schema."""
    schema = load_schema(name)
    return compile_schema(schema, schema)


def _folder() -> Path:
    """Inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "schemas"
    return inside if inside.is_dir() else package.parent / "schemas"


def compile_schema(schema: Schema, root: Schema) -> Accepts:
    """Turn a schema into a test; `root` is where its references lead.

    Raises:
        UnknownKeywordError: As its name says.
    """
    if "$ref" in schema:
        target: Schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        schema = {**target, **{key: schema[key] for key in schema if key != "$ref"}}
    if schema.keys() - _ANNOTATIONS == {"type", "pattern"} and schema["type"] == "string":
        return _name(schema["pattern"])
    tests: list[Accepts] = []
    for keyword, argument in schema.items():
        if keyword in _ANNOTATIONS or keyword in _WITHIN_PROPERTIES:
            continue
        if keyword not in _COMPILERS:
            raise UnknownKeywordError(keyword)
        tests.append(_COMPILERS[keyword](argument, root))
    if _WITHIN_PROPERTIES & schema.keys():
        tests.append(_properties(schema, root))
    return _all(tests)


def _all(tests: Sequence[Accepts]) -> Accepts:
    """One test for several; those of up to three, most by far, without a loop."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # noqa: PLR2004 -- the number that the next line unpacks
        first, second = tests
        return lambda value: first(value) and second(value)
    if len(tests) == 3:  # noqa: PLR2004 -- as above
        first, second, third = tests
        return lambda value: first(value) and second(value) and third(value)
    return lambda value: all(test(value) for test in tests)


_WITHIN_PROPERTIES: Final = frozenset(
    {"properties", "required", "additionalProperties", "propertyNames", "minProperties"}
)
"""Keywords about an object's fields: one pass over it serves all."""


def _properties(schema: Schema, root: Schema) -> Accepts:
    fields = {
        key: compile_schema(inner, root) for key, inner in schema.get("properties", {}).items()
    }
    required = frozenset(schema.get("required", ()))
    more = schema.get("additionalProperties", True)
    rest = _constant(value=more) if isinstance(more, bool) else compile_schema(more, root)
    least = schema.get("minProperties", 0)

    def test(value: JsonValue) -> bool:
        if not isinstance(value, dict):
            return True
        for key, inner in value.items():
            if not fields.get(key, rest)(inner):
                return False
        return required <= value.keys() and len(value) >= least

    if "propertyNames" not in schema:
        return test
    named = compile_schema(schema["propertyNames"], root)
    return lambda value: test(value) and (not isinstance(value, dict) or all(map(named, value)))


def _constant(*, value: bool) -> Accepts:
    return lambda _: value


_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
}


def _type(name: str | Sequence[str], root: Schema) -> Accepts:
    if not isinstance(name, str):
        tests = [_type(one, root) for one in name]
        return lambda value: any(test(value) for test in tests)
    if name not in _TYPES:
        raise UnknownKeywordError(name)
    wanted = _TYPES[name]
    if name == "integer":
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    return lambda value: isinstance(value, wanted)


def _const(wanted: str, _: Schema) -> Accepts:
    return lambda value: isinstance(value, str) and value == wanted


def _enum(wanted: Sequence[str], _: Schema) -> Accepts:
    choices = frozenset(wanted)
    return lambda value: isinstance(value, str) and value in choices


def full_pattern(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Match as ECMA does: `$` is the very end, never before a last line break."""
    if pattern.startswith("^") and pattern.endswith("$"):
        return re.compile(f"(?:{pattern[1:-1]})", re.ASCII).fullmatch
    raise UnknownKeywordError(pattern)


def _name(pattern: str) -> Accepts:
    """Text of a pattern: three of five fields of all documents, so in one call."""
    match = full_pattern(pattern)
    return lambda value: isinstance(value, str) and match(value) is not None


def _pattern(pattern: str, _: Schema) -> Accepts:
    match = full_pattern(pattern)
    return lambda value: not isinstance(value, str) or match(value) is not None


def _min_length(least: int, _: Schema) -> Accepts:
    return lambda value: not isinstance(value, str) or len(value) >= least


def _max_length(most: int, _: Schema) -> Accepts:
    return lambda value: not isinstance(value, str) or len(value) <= most


def _minimum(least: int, _: Schema) -> Accepts:
    return lambda value: not _is_number(value) or value >= least


def _maximum(most: int, _: Schema) -> Accepts:
    return lambda value: not _is_number(value) or value <= most


def _is_number(value: JsonValue) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _items(schema: Schema, root: Schema) -> Accepts:
    test = compile_schema(schema, root)
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _min_items(least: int, _: Schema) -> Accepts:
    return lambda value: not isinstance(value, list) or len(value) >= least


def _any_of(schemas: Sequence[Schema], root: Schema) -> Accepts:
    tests = [compile_schema(schema, root) for schema in schemas]
    return lambda value: any(test(value) for test in tests)


def _not(schema: Schema, root: Schema) -> Accepts:
    test = compile_schema(schema, root)
    return lambda value: not test(value)


def _dependent(wanted: Mapping[str, Sequence[str]], _: Schema) -> Accepts:
    return lambda value: (
        not isinstance(value, dict)
        or all(value.keys() >= set(needed) for key, needed in wanted.items() if key in value)
    )


_COMPILERS: Final[Mapping[str, Callable[[Any, Schema], Accepts]]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _min_length,
    "maxLength": _max_length,
    "minimum": _minimum,
    "maximum": _maximum,
    "items": _items,
    "minItems": _min_items,
    "anyOf": _any_of,
    "not": _not,
    "dependentRequired": _dependent,
}
