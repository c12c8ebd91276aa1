"""Secrets are put in at the moment of use, into a value that lives no longer than its request."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.origin import Place
from reconciler.core.pointer import split
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.resource import NO_REFERENCES, Desired
from reconciler.core.secret_source import SecretSource
from reconciler.core.values import JsonValue


def resolve(desired: Desired, source: SecretSource) -> Desired:
    """The object with the values of its references in their places, and no reference left.

    Raises:
        InvalidInput: A reference has no value here, or can't be followed. Each is named, no value
            is.
    """
    if not desired.references:
        return desired
    value: JsonValue = desired.value
    problems: list[Problem] = []
    for pointer, template in desired.references.items():
        text = source.value_of(template)
        if text is None:
            problems += (_problem(desired, pointer, reason) for reason in source.missing(template))
        else:
            value = _put(value, split(pointer), text)
    if problems:
        raise InvalidInput(problems)
    if not isinstance(value, Mapping):
        message = "a reference takes the place of a whole object"
        raise TypeError(message)
    return replace(desired, value=value, references=NO_REFERENCES)


def references_without_value(declared: Mapping[str, str], source: SecretSource) -> tuple[str, ...]:
    """As `SecretSource.missing` for many templates by pointer, each reason once, sorted."""
    return tuple(sorted({r for text in declared.values() for r in source.missing(text)}))


def _problem(desired: Desired, pointer: str, reason: str) -> Problem:
    origin = desired.origin_of(pointer)
    return Problem(
        "secret-missing",
        f"{desired.id}{pointer} needs a value that is not available: {reason}",
        Place(origin.file, origin.line, 1, origin.line, 1),
        pointer=origin.pointer,
        object=desired.id,
    )


def _put(value: JsonValue, parts: tuple[str, ...], text: str) -> JsonValue:
    """A copy of `value` with `text` at the place; what lies beside the way is shared."""
    if not parts:
        return text
    first, rest = parts[0], parts[1:]
    if isinstance(value, Mapping):
        return {**value, first: _put(value.get(first), rest, text)}
    if isinstance(value, list | tuple):
        number = int(first)
        return [*value[:number], _put(value[number], rest, text), *value[number + 1 :]]
    message = f"nothing stands at {first!r}"
    raise TypeError(message)
