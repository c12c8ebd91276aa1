"""Why a value does not fit its schema, in words for whoever wrote it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from reconciler.core.origin import Origin
from reconciler.core.pointer import join
from reconciler.core.values import JsonValue
from reconciler.sources.faults import Fault, in_words, nearest
from reconciler.sources.schema import full_pattern, load_schema

if TYPE_CHECKING:
    from jsonschema import ValidationError

_TYPES: Final = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
}


@dataclass(frozen=True, slots=True)
class Later:
    """Fields that the format has, but not yet this version, by name."""

    fields: frozenset[str]
    code: str = "not-supported"
    notes: Mapping[str, str] = field(default_factory=dict)
    """What to do until then, by field, where there is more to say than to leave it out."""


def schema_faults(value: JsonValue, name: str, origin: Origin, later: Later) -> list[Fault]:
    """Say all that is wrong with `value`; `origin` is that of its document."""
    faults: list[Fault] = []
    for error in _validator(name).iter_errors(value):
        faults.extend(_faults(error, origin, later))
    return list(dict.fromkeys(faults))


@cache
def _validator(name: str) -> Any:  # noqa: ANN401 -- made at run time, no type has its name
    from jsonschema import Draft202012Validator, ValidationError, validators  # noqa: PLC0415 -- dear to import, rarely needed

    def full(_: Any, pattern: str, value: Any, __: Any) -> Iterator["ValidationError"]:  # noqa: ANN401 -- the library's own signature
        if isinstance(value, str) and not full_pattern(pattern)(value):
            yield ValidationError("does not match")

    extend: Any = validators.extend
    return extend(Draft202012Validator, {"pattern": full})(load_schema(name))


def _faults(error: "ValidationError", origin: Origin, later: Later) -> Iterator[Fault]:
    at = origin.at(join(error.absolute_path))
    value: Any = error.instance
    argument: Any = error.validator_value
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "additionalProperties":
        yield from _unknown(value, schema, at, later)
    elif error.validator == "required":
        yield from (_missing(key, at) for key in argument if key not in value)
    elif error.validator == "anyOf":
        yield _none_of(argument, at)
    elif error.validator == "not":
        yield _both(argument["required"], at)
    elif error.validator == "dependentRequired":
        yield from (_lonely(key, needs, value, at) for key, needs in argument.items())
    elif error.validator == "enum":
        yield _not_among(value, argument, at)
    elif error.validator == "pattern" and "propertyNames" in error.absolute_schema_path:
        yield Fault("bad-name", schema["patternErrorMessage"], at.at(join([value])), at_key=True)
    else:
        yield _misfit(error, schema, at)


def _unknown(
    value: Mapping[str, JsonValue], schema: Mapping[str, Any], at: Origin, later: Later
) -> Iterator[Fault]:
    known = tuple(schema.get("properties", {}))
    for key in value:
        if key in known:
            continue
        origin = at.at(join([key]))
        if key in later.fields:
            message = f"{_quoted(key)} is not supported by this version"
            fix = later.notes.get(key, "leave it out; a later version brings it")
            yield Fault(later.code, message, origin, at_key=True, help=fix)
        else:
            fix = nearest(key, known) or f"there is {in_words(known)}"
            message = f"unknown field {_quoted(key)}"
            yield Fault("unknown-field", message, origin, at_key=True, help=fix)


def _missing(key: str, at: Origin) -> Fault:
    return Fault("missing-field", f"field {_quoted(key)} is missing", at, at_key=True)


def _none_of(choices: Sequence[Any], at: Origin) -> Fault:
    """Only used for fields of which at least one must be there."""
    fields = [choice["required"][0] for choice in choices]
    message = f"field {in_words([_quoted(key) for key in fields])} is missing"
    return Fault("missing-field", message, at, at_key=True)


def _both(fields: Sequence[str], at: Origin) -> Fault:
    """Only used for fields that exclude each other."""
    message = f"{' and '.join(map(_quoted, fields))} exclude each other"
    return Fault("wrong-field", message, at.at(join(fields[-1:])), at_key=True, help="keep one")


def _lonely(key: str, needs: Sequence[str], value: Mapping[str, JsonValue], at: Origin) -> Fault:
    """Only used for one field each, that means nothing without another."""
    missing = next(need for need in needs if need not in value)
    message = f"{_quoted(key)} means nothing without {_quoted(missing)}"
    return Fault("wrong-field", message, at.at(join([key])), at_key=True, help="remove it")


def _not_among(value: JsonValue, choices: Sequence[str], at: Origin) -> Fault:
    near = nearest(value, choices) if isinstance(value, str) else ""
    message = f"{_field(at)} must be {in_words(choices)}"
    return Fault("wrong-value", message, at, help=near)


def _misfit(error: "ValidationError", schema: Mapping[str, Any], at: Origin) -> Fault:
    argument: Any = error.validator_value
    value: Any = error.instance
    field = _field(at)
    if error.validator == "type":
        wanted = (argument,) if isinstance(argument, str) else tuple(argument)
        words = in_words([_TYPES[name] for name in wanted])
        message = f"{field} must be {words}, not {_type_of(value)}"
        return Fault("wrong-type", message, at, help=_type_help(value, wanted))
    if error.validator == "pattern":
        code = "bad-name" if at.pointer == "/name" else "wrong-value"
        return Fault(code, f"{field} is not well-formed", at, help=schema["patternErrorMessage"])
    wording = {
        "const": f"must be {argument}",
        "minLength": "is empty" if argument == 1 else f"has fewer than {argument} characters",
        "maxLength": f"is longer than {argument} characters",
        "minimum": f"must be at least {argument}",
        "maximum": f"must be at most {argument}",
        "minItems": "is empty",
        "minProperties": "is empty",
    }
    message = f"{field} {wording[str(error.validator)]}"
    return Fault("wrong-value", message, at)


def _type_help(value: JsonValue, wanted: Sequence[str]) -> str:
    if "string" in wanted and isinstance(value, int | Decimal):
        return "quote it"
    if value is None:
        return "write a value, or leave the field out"
    return ""


def _type_of(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, Mapping) else "a list"


def _field(at: Origin) -> str:
    return _quoted(at.pointer.removeprefix("/")) if at.pointer else "the document"


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 64 else f'"{text[:61]}…"'  # noqa: PLR2004 -- as long as names may be
