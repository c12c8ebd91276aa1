"""The columns of a fleet: what a cell may hold, and what it means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from reconciler.core.values import JsonValue
from reconciler.sources.faults import in_words
from reconciler.sources.schema import UnknownKeywordError, full_pattern

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)", re.ASCII)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_TRUTHS: Final = {"true": True, "false": False}
_LONGEST: Final = 1000


class CellError(ValueError):
    """A cell that does not fit its column."""


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column; text stays text unless another type is declared."""

    name: str
    type: str = "string"
    pattern: str | None = None
    enum: Sequence[str] | None = None
    optional: bool = False

    def read(self, text: str) -> JsonValue:
        """The value of a cell that is not empty. Raises `CellError`."""
        if len(text) > _LONGEST:
            message = f"cell is longer than {_LONGEST} characters"
            raise CellError(message)
        if self.enum is not None and text not in self.enum:
            message = f'"{self.name}" must be {in_words(tuple(self.enum))}'
            raise CellError(message)
        if self.pattern is not None and not full_pattern(self.pattern)(text):
            message = f'"{self.name}" does not match {self.pattern}'
            raise CellError(message)
        return self._typed(text)

    def take(self, value: JsonValue) -> JsonValue:
        """The value of a row that is written in the fleet itself. Raises `CellError`."""
        if self.type == "string" and not isinstance(value, str):
            message = f'"{self.name}" must be text: quote it'
            raise CellError(message)
        if isinstance(value, str):
            return self.read(value)
        wanted = _PLAIN[self.type]
        if not isinstance(value, wanted) or (isinstance(value, bool) and self.type != "boolean"):
            message = f'"{self.name}" must be {_WORDS[self.type]}'
            raise CellError(message)
        return value

    def _typed(self, text: str) -> JsonValue:
        if self.type == "integer" and _INTEGER.fullmatch(text):
            return int(text)
        if self.type == "number" and _NUMBER.fullmatch(text):
            return Decimal(text)
        if self.type == "boolean" and text in _TRUTHS:
            return _TRUTHS[text]
        if self.type == "string":
            return text
        message = f'"{self.name}" must be {_WORDS[self.type]}'
        raise CellError(message)


_PLAIN: Final[Mapping[str, tuple[type, ...]]] = {
    "integer": (int,),
    "number": (int, Decimal),
    "boolean": (bool,),
}
_WORDS: Final = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def read_column(name: str, rules: Mapping[str, Any]) -> Column:
    """A column of a fleet that fits its schema. Raises `CellError` for a useless pattern."""
    pattern = rules.get("pattern")
    if pattern is not None:
        _check_pattern(pattern)
    optional = rules.get("optional", False)
    return Column(name, rules.get("type", "string"), pattern, rules.get("enum"), optional=optional)


def _check_pattern(pattern: str) -> None:
    try:
        full_pattern(pattern)
    except (UnknownKeywordError, re.error) as error:
        message = "a pattern starts with ^, ends with $ and is well-formed"
        raise CellError(message) from error
