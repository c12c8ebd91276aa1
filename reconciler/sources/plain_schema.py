"""JSON Schemas of the plain sort, compiled: thousands of values are checked in no time.

A test accepts exactly what `jsonschema` accepts (`tests/sources/test_plain_schema.py` compares
them). A schema that says anything beyond is left to the library.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from reconciler.core.pattern import pattern_of
from reconciler.core.pointer import resolve
from reconciler.core.values import ABSENT, JsonValue, json_equal

Accepts: TypeAlias = Callable[[JsonValue], bool]


class NotPlainError(Exception):
    """The schema says something that only the library follows, or nonsense."""


ANNOTATIONS: Final = frozenset(
    {
        "$schema",
        "$id",
        "$comment",
        "$defs",
        "definitions",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "format",
    }
)


def compile_plain(root: JsonValue) -> Accepts:
    """The test of a whole schema whose references all lead into itself; raises `NotPlainError`."""
    return _Compiler(root).test(root)


def is_number(value: object) -> bool:
    """Whether JSON calls it a number."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def is_integer(value: object) -> bool:
    """Whether it is a number without a fraction: `1.0` is one."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Final[Mapping[str, Accepts]] = {
    "object": lambda value: isinstance(value, dict | Mapping),
    "array": lambda value: isinstance(value, list | tuple),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": is_number,
    "integer": is_integer,
}


class _Compiler:
    """Turns schemas into tests; each place that is referred to once."""

    def __init__(self, root: JsonValue) -> None:
        self.root = root
        self.referred: dict[str, Accepts] = {}

    def test(self, schema: JsonValue) -> Accepts:
        if isinstance(schema, bool):
            return lambda _: schema
        if not isinstance(schema, Mapping):
            raise NotPlainError
        tests: list[Accepts] = []
        for keyword, argument in schema.items():
            if keyword == "$ref":
                tests.append(self.reference(argument))
            elif keyword in _OBJECT_KEYWORDS:
                continue
            elif keyword in _COMPILERS:
                tests.append(_COMPILERS[keyword](self, argument))
            elif keyword not in ANNOTATIONS:
                raise NotPlainError
        if _OBJECT_KEYWORDS & schema.keys():
            tests.append(self.fields(schema))
        return _all(tests)

    def reference(self, target: JsonValue) -> Accepts:
        if not isinstance(target, str) or not target.startswith("#"):
            raise NotPlainError
        if target not in self.referred:
            leads_to = resolve(self.root, unquote(target[1:]))
            if leads_to is ABSENT:
                raise NotPlainError
            self.referred[target] = self.later(target)
            self.referred[target] = self.test(leads_to)
        return self.later(target)

    def later(self, target: str) -> Accepts:
        """The test of what is referred to, which may refer to itself."""
        referred = self.referred

        def test(value: JsonValue) -> bool:
            return referred[target](value)

        return test

    def fields(self, schema: Mapping[str, JsonValue]) -> Accepts:
        """Everything about an object's own fields in one pass."""
        given, more = schema.get("properties", {}), schema.get("additionalProperties", True)
        if not isinstance(given, Mapping):
            raise NotPlainError
        fields = {key: self.test(inner) for key, inner in given.items()}
        rest = self.test(more)
        required = frozenset(_texts(schema.get("required", [])))

        def test(value: JsonValue) -> bool:
            if not isinstance(value, dict | Mapping):
                return True
            for key, inner in value.items():
                if not fields.get(key, rest)(inner):
                    return False
            return required <= value.keys()

        return test


def _all(tests: Sequence[Accepts]) -> Accepts:
    """One test for several; a loop only where there are many."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:  # noqa: PLR2004 -- the number that the next line unpacks
        first, second = tests
        return lambda value: first(value) and second(value)
    return lambda value: all(test(value) for test in tests)


_OBJECT_KEYWORDS: Final = frozenset({"properties", "additionalProperties", "required"})


def _texts(argument: JsonValue) -> Sequence[str]:
    if not isinstance(argument, list):
        raise NotPlainError
    texts = [text for text in argument if isinstance(text, str)]
    if len(texts) != len(argument):
        raise NotPlainError
    return texts


def _type(_: _Compiler, argument: JsonValue) -> Accepts:
    names = _texts(argument if isinstance(argument, list) else [argument])
    if not names or not _TYPES.keys() >= set(names):
        raise NotPlainError
    tests = [_TYPES[name] for name in names]
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _enum(_: _Compiler, argument: JsonValue) -> Accepts:
    if not isinstance(argument, list):
        raise NotPlainError
    return lambda value: any(json_equal(value, one) for one in argument)


def _const(_: _Compiler, argument: JsonValue) -> Accepts:
    return lambda value: json_equal(value, argument)


def _pattern(_: _Compiler, argument: JsonValue) -> Accepts:
    if not isinstance(argument, str):
        raise NotPlainError
    found = pattern_of(argument).found_in
    return lambda value: not isinstance(value, str) or found(value)


def _bound(
    holds: Callable[[Any, Any], bool], applies: Callable[[JsonValue], Any]
) -> Callable[[_Compiler, JsonValue], Accepts]:
    """A keyword that compares a measure of a value; no measure, no objection."""

    def compile_bound(_: _Compiler, argument: JsonValue) -> Accepts:
        if not is_number(argument):
            raise NotPlainError

        def test(value: JsonValue) -> bool:
            measure = applies(value)
            return measure is None or holds(measure, argument)

        return test

    return compile_bound


def _number(value: JsonValue) -> Any:  # noqa: ANN401 -- a number or nothing
    return value if is_number(value) else None


def _length(value: JsonValue) -> int | None:
    return len(value) if isinstance(value, str) else None


def _count(value: JsonValue) -> int | None:
    return len(value) if isinstance(value, list | tuple) else None


def _size(value: JsonValue) -> int | None:
    return len(value) if isinstance(value, Mapping) else None


def _items(compiler: _Compiler, argument: JsonValue) -> Accepts:
    test = compiler.test(argument)
    return lambda value: not isinstance(value, list | tuple) or all(map(test, value))


def _several(
    holds: Callable[[int, int], bool],
) -> Callable[[_Compiler, JsonValue], Accepts]:
    """A keyword over several schemas: how many of them accept, of how many."""

    def compile_several(compiler: _Compiler, argument: JsonValue) -> Accepts:
        if not isinstance(argument, list) or not argument:
            raise NotPlainError
        tests = [compiler.test(schema) for schema in argument]
        return lambda value: holds(sum(test(value) for test in tests), len(tests))

    return compile_several


def _not(compiler: _Compiler, argument: JsonValue) -> Accepts:
    test = compiler.test(argument)
    return lambda value: not test(value)


def _least(measure: Any, bound: Any) -> bool:  # noqa: ANN401 -- numbers
    return bool(measure >= bound)


def _most(measure: Any, bound: Any) -> bool:  # noqa: ANN401 -- numbers
    return bool(measure <= bound)


_COMPILERS: Final[Mapping[str, Callable[[_Compiler, JsonValue], Accepts]]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minLength": _bound(_least, _length),
    "maxLength": _bound(_most, _length),
    "minItems": _bound(_least, _count),
    "maxItems": _bound(_most, _count),
    "minProperties": _bound(_least, _size),
    "maxProperties": _bound(_most, _size),
    "minimum": _bound(_least, _number),
    "maximum": _bound(_most, _number),
    "exclusiveMinimum": _bound(lambda measure, bound: bool(measure > bound), _number),
    "exclusiveMaximum": _bound(lambda measure, bound: bool(measure < bound), _number),
    "items": _items,
    "anyOf": _several(lambda accepted, _: accepted > 0),
    "allOf": _several(lambda accepted, of: accepted == of),
    "oneOf": _several(lambda accepted, _: accepted == 1),
    "not": _not,
}
