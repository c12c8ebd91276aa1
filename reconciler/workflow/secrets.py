"""Secrets are put in at the moment of use, into a copy that lives no longer than its request."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.core.merge import with_values
from reconciler.core.origin import Place
from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.resource import NO_REFERENCES, Desired
from reconciler.core.secret_source import SecretSource


def resolve(desired: Desired, source: SecretSource) -> Desired:
    """The object with the values of its references in their places, and no reference left.

    Raises:
        InvalidInput: A reference has no value here, or can't be followed. Each is named, no value
            is.
    """
    if not desired.references:
        return desired
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for pointer, template in desired.references.items():
        try:
            value = source.value_of(template)
            reasons = () if value is not None else source.missing(template)
        except InvalidInput as invalid:
            problems += (_problem(desired, pointer, p.code, p.message) for p in invalid.problems)
            continue
        if value is None:
            problems += (_problem(desired, pointer, "secret-missing", why) for why in reasons)
        else:
            values[pointer] = value
    if problems:
        raise InvalidInput(problems)
    whole = with_values(desired.value, values)
    if not isinstance(whole, Mapping):
        message = "a reference stood in place of the whole object"
        raise TypeError(message)
    return replace(desired, value=whole, references=NO_REFERENCES)


def known_values(declared: Iterable[Desired], source: SecretSource) -> Mapping[str, str]:
    """Values by template, of those that have one here; the others are known at apply.

    Raises:
        InvalidInput: A reference that can't be followed, at the first object that has it.
    """
    values: dict[str, str | None] = {}
    problems: list[Problem] = []
    for item in declared:
        for pointer, template in item.references.items():
            if template in values:
                continue
            values[template] = None
            try:
                values[template] = source.value_of(template)
            except InvalidInput as invalid:
                problems += (_problem(item, pointer, p.code, p.message) for p in invalid.problems)
    if problems:
        raise InvalidInput(problems)
    return {template: value for template, value in values.items() if value is not None}


def missing_secrets(declared: Iterable[Desired], source: SecretSource) -> tuple[str, ...]:
    """Each reference without a value here, and why, once and sorted; values stay out of it."""
    templates = {text for item in declared for text in item.references.values()}
    reasons: set[str] = set()
    for template in templates:
        try:
            reasons.update(source.missing(template))
        except InvalidInput as invalid:
            reasons.update(problem.message for problem in invalid.problems)
    return tuple(sorted(reasons))


def _problem(desired: Desired, pointer: str, code: str, reason: str) -> Problem:
    """At its document's first line: the exact one takes reading the file once more."""
    origin = desired.origin_of(pointer)
    return Problem(
        code,
        f"{desired.id} {pointer} needs a secret that is not available: {reason}",
        Place(origin.file, origin.line, 1, origin.line, 1),
        help="set it where pvm runs",
        pointer=origin.pointer,
        object=desired.id,
    )
