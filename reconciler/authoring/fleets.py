"""Fleets: one line of a list becomes the documents of one store.

There are columns and nothing else: no loops, no conditions, no expressions. An empty cell drops
the key that it alone would have filled, and the document whose name it would have been part of.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, TypeAlias

from reconciler.core.merge import with_values
from reconciler.core.origin import Origin
from reconciler.core.pointer import join, resolve
from reconciler.core.template import escaped
from reconciler.core.values import ABSENT, JsonValue, Maybe, text_of

_PLACEHOLDER: Final = re.compile(r"(\$\$\{)|\$\{([^}:]*)\}")
"""An escaped opening, or a column; references to secrets have a colon and stay as they are."""

Values: TypeAlias = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Row:
    """One line; `values` has no entry for an empty cell."""

    values: Values
    origin: Origin
    """Its pointer, and behind it the column's name, lead to a cell."""


@dataclass(frozen=True, slots=True)
class Template:
    """A document with columns in it."""

    handle: str
    document: Values
    origin: Origin
    """Its pointer leads to the template."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A reviewed exception: values of one row's document, at pointers from the document's root."""

    row: str
    handle: str
    values: Values
    until: date
    reason: str
    origin: Origin
    """Its pointer leads to the exception."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet as declared, without its rows."""

    name: str
    key: str
    templates: Sequence[Template]
    deviations: Sequence[Deviation] = ()


@dataclass(frozen=True, slots=True)
class Overridden:
    """One value that an exception sets."""

    deviation: Deviation
    pointer: str
    """From the document's root."""
    before: Maybe
    """What the line's document said without it."""
    before_origin: Origin


@dataclass(frozen=True, slots=True)
class Generated:
    """A document of one row, as if it had been written by hand."""

    document: Values
    row: Row
    template: Template
    written: Mapping[str, Origin] = field(default_factory=dict)
    """Where the values at these pointers stand, if not in the template."""
    overridden: Sequence["Overridden"] = ()
    """What exceptions changed, in their order."""

    def origin_of(self, pointer: str) -> Origin:
        """Where the value at `pointer` was written."""
        prefix = pointer
        while prefix:
            if prefix in self.written:
                found = self.written[prefix]
                return found if prefix == pointer else found.at(pointer[len(prefix) :])
            prefix = prefix.rpartition("/")[0]
        return self.template.origin.at(pointer)


def columns_in(value: JsonValue, at: str = "") -> Iterator[tuple[str, str]]:
    """Each column that a template uses, with the pointer to the text that uses it."""
    if isinstance(value, str):
        yield from ((at, column) for _, column in _parts(value) if column is not None)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from columns_in(item, at + join((key,)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from columns_in(item, f"{at}/{number}")


def generate(fleet: Fleet, rows: Sequence[Row]) -> Iterator[Generated]:
    """The documents of every row, in order. Every column that a template uses must be declared."""
    deviations: dict[tuple[str, str], list[Deviation]] = {}
    for one in fleet.deviations:
        deviations.setdefault((one.row, one.handle), []).append(one)
    for row in rows:
        key = text_of(row.values[fleet.key])
        for template in fleet.templates:
            filled = _Filling(row)
            document = filled.fill(template.document, "")
            if filled.is_nameless or not isinstance(document, Mapping):
                continue
            for one in deviations.get((key, template.handle), ()):
                document = filled.deviate(document, template, one)
            yield Generated(document, row, template, filled.written, tuple(filled.overridden))


class _Filling:
    """One document of one row."""

    def __init__(self, row: Row) -> None:
        self.written: dict[str, Origin] = {}
        self.overridden: list[Overridden] = []
        self.is_nameless = False
        self._row = row

    def fill(self, value: JsonValue, at: str) -> Maybe:
        """The value with its columns filled in; `ABSENT` where an empty cell was all of it."""
        if isinstance(value, str):
            return self._text(value, at) if "${" in value else value
        if isinstance(value, Mapping):
            filled = {key: self.fill(item, at + join((key,))) for key, item in value.items()}
            return {key: item for key, item in filled.items() if item is not ABSENT}
        if isinstance(value, list):
            return self._items(value, at)
        return value

    def deviate(self, document: Values, template: Template, deviation: Deviation) -> Values:
        """The document with an exception's values."""
        so_far = Generated(document, self._row, template, dict(self.written))
        for pointer in deviation.values:
            before = resolve(document, pointer)
            origin = so_far.origin_of(pointer)
            self.overridden.append(Overridden(deviation, pointer, before, origin))
            below = f"{pointer}/"
            for old in [one for one in self.written if one == pointer or one.startswith(below)]:
                del self.written[old]
            self.written[pointer] = deviation.origin.at("/set" + join((pointer,)))
        changed = with_values(document, deviation.values)
        return changed if isinstance(changed, Mapping) else document

    def _items(self, items: Sequence[JsonValue], at: str) -> list[JsonValue]:
        found: list[JsonValue] = []
        for item in items:
            filled = self.fill(item, f"{at}/{len(found)}")
            if filled is not ABSENT:
                found.append(filled)
        return found

    def _text(self, text: str, at: str) -> Maybe:
        parts = _parts(text)
        columns = [column for _, column in parts if column is not None]
        if not columns:
            return text
        values = self._row.values
        self.written[at] = self._row.origin.at(join((columns[0],)))
        if at == "/name" and any(column not in values for column in columns):
            self.is_nameless = True
        if parts == (("", columns[0]),):
            value = values.get(columns[0], ABSENT)
            return escaped(value) if isinstance(value, str) else value
        return "".join(
            literal if column is None else escaped(text_of(values.get(column, "")))
            for literal, column in parts
        )


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[tuple[str, str | None], ...]:
    """Literal texts, escapes and references to secrets as they are, and columns."""
    parts: list[tuple[str, str | None]] = []
    position, literal = 0, ""
    for found in _PLACEHOLDER.finditer(text):
        literal += text[position : found.start()] + (found[1] or "")
        position = found.end()
        if found[2] is None:
            continue
        if literal:
            parts.append((literal, None))
        parts.append(("", found[2]))
        literal = ""
    literal += text[position:]
    return (*parts, (literal, None)) if literal else tuple(parts)
