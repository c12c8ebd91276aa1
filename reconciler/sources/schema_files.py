"""Files with JSON Schemas that a project brings along: read, never fetched, and made safe.

Every pattern in them becomes one of `core.pattern`, which no text can keep busy. References lead
to files of the project and nowhere else.
"""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from reconciler.core.json_text import JsonError, parse_json
from reconciler.core.pattern import PatternError, pattern_of
from reconciler.core.pointer import join, resolve
from reconciler.core.problem import Problem
from reconciler.core.values import ABSENT, JsonValue
from reconciler.sources.files import FileTree
from reconciler.sources.source_text import decode

_DIALECTS: Final = {
    "https://json-schema.org/draft/2020-12/schema": "Draft202012Validator",
    "https://json-schema.org/draft/2019-09/schema": "Draft201909Validator",
    "http://json-schema.org/draft-07/schema": "Draft7Validator",
}
"""By `$schema` without a last `#`; the first is meant where a file does not say."""
_MOST_FILES: Final = 100
_OF_SCHEMAS: Final = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"}
)
_OF_VALUES: Final = frozenset({"const", "enum", "default", "examples", "required"})
_UNSUPPORTED: Final = frozenset(
    {"$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$anchor"}
)


class SchemaFileError(Exception):
    """A file that can't be used; `message` says why and where in it, `fix` what to do."""

    def __init__(self, file: str, reason: str, pointer: str = "", fix: str = "") -> None:
        where = f" at {pointer}" if pointer else ""
        self.message = f"{file}{where}: {reason}"
        self.fix = fix
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """A schema and the files that it refers to."""

    schemas: Mapping[str, JsonValue]
    """As they were written, by path; the first is the one that was asked for."""
    dialect: str
    """The library's class."""

    def bundle(self) -> Mapping[str, JsonValue]:
        """All of them as one schema, whose references lead into itself."""
        whole = {file: _rewritten(schema, file) for file, schema in self.schemas.items()}
        return {"$ref": _inside(next(iter(whole)), ""), "$defs": whole}


def read_schemas(files: FileTree, path: str, texts: dict[str, bytes]) -> SchemaFiles:
    """The schema in a file, and those in all files it refers to.

    What was read is put into `texts`. Raises `SchemaFileError`.
    """
    found: dict[str, JsonValue] = {}
    waiting = [posixpath.normpath(path)]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        if len(found) >= _MOST_FILES:
            raise SchemaFileError(file, f"one of more than {_MOST_FILES} files")
        found[file] = _read(files, file, texts)
        waiting += [other for _, other, _ in _references(file, found[file])]
    for file, schema in found.items():
        _check_references(file, schema, found)
    _check_combination(path, found)
    dialects = {_dialect(file, schema): file for file, schema in found.items()}
    if len(dialects) > 1:
        reason = "is of another JSON Schema than what refers to it"
        raise SchemaFileError(list(dialects.values())[-1], reason, "/$schema")
    return SchemaFiles(found, next(iter(dialects)))


def _read(files: FileTree, file: str, texts: dict[str, bytes]) -> JsonValue:
    if not file.endswith(".json"):
        raise SchemaFileError(file, "a schema is a .json file")
    if file.startswith(("/", "../")) or "\\" in file or "\0" in file or files.leaves(file):
        raise SchemaFileError(file, "is outside the project", fix="copy it into the project")
    data = files.read(file)
    if isinstance(data, Problem):
        raise SchemaFileError(file, data.message, fix="check the path; it begins beside pvm.yaml")
    texts[file] = data
    text = decode(file, data)
    if isinstance(text, Problem):
        raise SchemaFileError(file, text.message)
    try:
        schema = parse_json(text)
    except JsonError as error:
        at = f"line {error.line}, column {error.column}"
        raise SchemaFileError(file, f"not valid JSON in {at}: {error.message}") from None
    _check_nodes(file, schema)
    return schema


def _dialect(file: str, schema: JsonValue) -> str:
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    dialect = str(named).removesuffix("#") if named is not None else next(iter(_DIALECTS))
    if dialect not in _DIALECTS:
        known = "2020-12, 2019-09 and draft 7"
        raise SchemaFileError(file, f"of JSON Schema only {known} are known", "/$schema")
    return _DIALECTS[dialect]


def _rewritten(schema: JsonValue, file: str) -> JsonValue:
    """A copy whose references lead to where a bundle has their target."""
    if not isinstance(schema, Mapping):
        return schema
    copy: dict[str, JsonValue] = {}
    for keyword, inner in schema.items():
        if keyword in ("$id", "$schema"):
            continue
        if keyword in _OF_VALUES:
            copy[keyword] = inner
        elif keyword == "$ref":
            copy[keyword] = _inside(*_target(file, str(inner)))
        elif keyword in _OF_SCHEMAS and isinstance(inner, Mapping):
            copy[keyword] = {name: _rewritten(one, file) for name, one in inner.items()}
        elif isinstance(inner, list):
            copy[keyword] = [_rewritten(one, file) for one in inner]
        else:
            copy[keyword] = _rewritten(inner, file)
    return copy


def _inside(file: str, pointer: str) -> str:
    return f"#/$defs{quote(join((file,)) + pointer, safe='/~')}"


def _nodes_of(schema: JsonValue, at: str = "") -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    """Every schema inside a schema, with its pointer; names of properties are no keywords."""
    if not isinstance(schema, Mapping):
        return
    yield at, schema
    for keyword, inner in schema.items():
        here = at + join((keyword,))
        if keyword in _OF_VALUES:
            continue
        if keyword in _OF_SCHEMAS and isinstance(inner, Mapping):
            for name, one in inner.items():
                yield from _nodes_of(one, here + join((name,)))
        elif isinstance(inner, list):
            for number, one in enumerate(inner):
                yield from _nodes_of(one, f"{here}/{number}")
        else:
            yield from _nodes_of(inner, here)


def _check_nodes(file: str, schema: JsonValue) -> None:
    for at, node in _nodes_of(schema):
        unsupported = sorted(_UNSUPPORTED & node.keys())
        if unsupported:
            fix = "use $ref with a JSON Pointer"
            raise SchemaFileError(file, f"{unsupported[0]} is not supported", at, fix)
        if at and "$id" in node:
            fix = "leave it out: files are named by their paths"
            raise SchemaFileError(file, "$id below the top is not supported", at, fix)
        named = node.get("patternProperties")
        patterns = [node["pattern"]] if "pattern" in node else []
        for pattern in [*patterns, *(named if isinstance(named, Mapping) else ())]:
            _check_pattern(file, at, pattern)


def _check_pattern(file: str, at: str, pattern: JsonValue) -> None:
    if not isinstance(pattern, str):
        raise SchemaFileError(file, "a pattern is text", at)
    try:
        pattern_of(pattern)
    except PatternError as error:
        raise SchemaFileError(file, f"pattern can't be used: {error.message}", at) from None


def _references(file: str, schema: JsonValue) -> Iterator[tuple[str, str, str]]:
    """Each reference: where it stands, the file it leads to, and the pointer into it."""
    for at, node in _nodes_of(schema):
        if "$ref" not in node:
            continue
        target = node["$ref"]
        if not isinstance(target, str):
            raise SchemaFileError(file, "$ref is text", at)
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or parts.query or parts.path.startswith("/"):
            reason = "$ref leads out of the project; nothing is fetched"
            raise SchemaFileError(file, reason, at, "copy what it refers to into the project")
        yield at, *_target(file, target)


def _target(file: str, reference: str) -> tuple[str, str]:
    """The file that a reference leads to, and the pointer into it."""
    parts = urlsplit(reference)
    path = posixpath.join(posixpath.dirname(file), unquote(parts.path))
    return posixpath.normpath(path) if parts.path else file, unquote(parts.fragment)


def _check_references(file: str, schema: JsonValue, found: Mapping[str, JsonValue]) -> None:
    for at, other, pointer in _references(file, schema):
        well_formed = not pointer or pointer.startswith("/")
        if not well_formed or resolve(found[other], pointer) is ABSENT:
            raise SchemaFileError(file, f"$ref leads to nothing in {other}", at)


def _check_combination(path: str, found: Mapping[str, JsonValue]) -> None:
    """The library matches patterns on its own where both of these are used."""
    keywords = {key for schema in found.values() for _, node in _nodes_of(schema) for key in node}
    if keywords >= {"patternProperties", "unevaluatedProperties"}:
        reason = "patternProperties and unevaluatedProperties can't be used together"
        raise SchemaFileError(path, reason, fix="use additionalProperties")
