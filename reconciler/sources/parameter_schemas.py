"""Parameters of bootstraps checked against the JSON Schemas of a project's policy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from reconciler.core.fingerprint import canonical
from reconciler.core.json_text import dump_json
from reconciler.core.pattern import pattern_of
from reconciler.core.pointer import join
from reconciler.core.resource import Desired
from reconciler.sources.files import FileTree
from reconciler.sources.schema_files import SchemaFileError, SchemaFiles, read_schemas

if TYPE_CHECKING:
    from jsonschema import SchemaError, ValidationError

_OF_TEXT: Final = frozenset(
    {"pattern", "minLength", "maxLength", "enum", "const", "not", "anyOf", "oneOf", "if"}
)
"""What can't be told of a text that a reference to a secret stands for."""
_MOST_SHOWN: Final = 80
"""Characters of what a schema asks for."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where parameters do not fit, in words that hold none of their values."""

    pointer: str
    message: str
    at_key: bool = False


class ParameterSchema:
    """One schema with all files that it refers to."""

    def __init__(self, path: str, files: FileTree, texts: dict[str, bytes]) -> None:
        """Put what was read into `texts`; raises `SchemaFileError`."""
        self.path = path
        self._validator = _validator(read_schemas(files, path, texts))
        self._known: dict[str, list[ValidationError]] = {}
        """What is wrong with a value, by its canonical text: devices often share theirs."""

    def misfits(self, item: Desired) -> list[Misfit]:
        """All that is wrong with a bootstrap's parameters. Raises `SchemaFileError`."""
        text = canonical(item.value)
        try:
            if text not in self._known:
                self._known[text] = list(self._validator.iter_errors(item.value))
        except RecursionError:
            reason = "refers to itself without end"
            raise SchemaFileError(self.path, reason) from None
        return [found for error in self._known[text] for found in _misfits(error, item)]


def _validator(read: SchemaFiles) -> Any:  # noqa: ANN401 -- made at run time, no type has its name
    import jsonschema  # noqa: PLC0415 -- dear to import, and few projects have schemas

    dialect: Any = getattr(jsonschema, read.dialect)
    for path, schema in read.schemas.items():
        try:
            # Without formats: the one of patterns is that of another library than ours.
            dialect.check_schema(schema, format_checker=None)
        except jsonschema.SchemaError as error:
            at = join(error.absolute_path)
            raise SchemaFileError(path, f"is no JSON Schema: {_words(error)}", at) from None
    return _extended(dialect)(read.bundle())


def _extended(dialect: Any) -> Any:  # noqa: ANN401 -- classes of the library, made at run time
    """The library's validator with our patterns and exact numbers."""
    from jsonschema import validators  # noqa: PLC0415 -- as above

    checker = dialect.TYPE_CHECKER.redefine("integer", lambda _, value: _is_integer(value))
    own = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
    }
    extend: Any = validators.extend
    return extend(dialect, own, type_checker=checker)


def _is_integer(value: object) -> bool:
    """Whether it is a number without a fraction: `1.0` is one."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


def _error(message: str) -> "ValidationError":
    from jsonschema import ValidationError  # noqa: PLC0415 -- as above

    return ValidationError(message)


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator["ValidationError"]:  # noqa: ANN401 -- the library's own signature
    if isinstance(value, str) and not pattern_of(pattern).found_in(value):
        yield _error("does not match")


def _pattern_properties(
    validator: Any,  # noqa: ANN401 -- as above
    named: Mapping[str, Any],
    value: Any,  # noqa: ANN401 -- as above
    _: Any,  # noqa: ANN401 -- as above
) -> Iterator["ValidationError"]:
    if not isinstance(value, Mapping):
        return
    for pattern, schema in named.items():
        for key, inner in value.items():
            if pattern_of(pattern).found_in(key):
                yield from validator.descend(inner, schema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any,  # noqa: ANN401 -- as above
    more: Any,  # noqa: ANN401 -- as above
    value: Any,  # noqa: ANN401 -- as above
    schema: Mapping[str, Any],
) -> Iterator["ValidationError"]:
    if not isinstance(value, Mapping):
        return
    for key in _additional(value, schema):
        if more is False:
            yield _error("is not expected")
            return
        yield from validator.descend(value[key], more, path=key)


def _additional(value: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    known = schema.get("properties", {})
    patterns = [pattern_of(pattern) for pattern in schema.get("patternProperties", {})]
    return [key for key in value if key not in known and not any(p.found_in(key) for p in patterns)]


def _multiple_of(_: Any, step: Any, value: Any, __: Any) -> Iterator["ValidationError"]:  # noqa: ANN401 -- as above
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return
    try:
        fits = value % step == 0
    except ArithmeticError:  # a quotient of more digits than can be told
        fits = False
    if not fits:
        yield _error("is no multiple")


def _misfits(error: "ValidationError", item: Desired) -> Iterator[Misfit]:
    at = join(error.absolute_path)
    if at in item.references and error.validator in _OF_TEXT:
        return
    value: Any = error.instance
    argument: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "required":
        for key in argument:
            if key not in value:
                yield Misfit(at + join((key,)), f'{_named(at)} has no "{key}"', at_key=True)
    elif error.validator == "additionalProperties" and argument is False:
        for key in _additional(value, schema):
            there = at + join((key,))
            yield Misfit(there, f"{_named(there)} is not expected", at_key=True)
    else:
        yield Misfit(at, f"{_named(at)} {_words(error)}")


def _named(pointer: str) -> str:
    """`/apps/0/version`; the parameters as a whole are the bootstrap."""
    return pointer or "bootstrap"


_WORDS: Final = {
    "const": "must be {}",
    "enum": "must be one of {}",
    "pattern": "does not match {}",
    "minLength": "has fewer than {} characters",
    "maxLength": "has more than {} characters",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minItems": "has fewer than {} items",
    "maxItems": "has more than {} items",
    "minProperties": "has fewer than {} fields",
    "maxProperties": "has more than {} fields",
    "uniqueItems": "has an item twice",
    "anyOf": "fits none of what is possible",
    "oneOf": "does not fit exactly one of what is possible",
    "not": "is what must not be",
}
_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}


def _words(error: "ValidationError | SchemaError") -> str:
    """What a value is not, from the schema alone: the value itself may be a secret."""
    keyword, argument = str(error.validator), error.validator_value
    if keyword == "type":
        names = argument if isinstance(argument, list) else [argument]
        return f"must be {' or '.join(_TYPES.get(str(name), str(name)) for name in names)}"
    if keyword not in _WORDS:
        return f'does not fit "{keyword}"'
    return _WORDS[keyword].format(argument if keyword == "pattern" else _shown(argument))


def _shown(argument: Any) -> str:  # noqa: ANN401 -- whatever a schema may hold
    parts = argument if isinstance(argument, list) else [argument]
    text = ", ".join(map(dump_json, parts))
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"
