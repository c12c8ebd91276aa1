"""JSON text in and out: exact numbers, no silent duplicates, no endless nesting."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from typing import NoReturn

from reconciler.core.json_scan import MAX_DEPTH, JsonError, first_fault, place_of, too_deep
from reconciler.core.values import JsonValue

__all__ = ["MAX_DEPTH", "JsonError", "dump_json", "parse_answer", "parse_json"]


_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class _DuplicateKeyError(ValueError):
    """Found by the parser, which does not know where it is."""


class _NumberError(ValueError):
    """A literal that no JSON number may be, or none that can be held."""


class _NotPlainError(Exception):
    """The value holds something that the standard library can't write exactly."""


def parse_json(text: str) -> JsonValue:
    """Read a file's JSON.

    Raises:
        JsonError: Not JSON, a key twice in one object, `NaN`, a lone surrogate, a number beyond
            what can be held, or deeper than `MAX_DEPTH`.
    """
    return _parse(text, _STRICT)


def parse_answer(text: str) -> JsonValue:
    """Read a server's JSON: as `parse_json`, but of a key given twice the last counts (faster).

    Raises:
        JsonError: As `parse_json`.
    """
    return _parse(text, _TRUSTING)


def _parse(text: str, decoder: json.JSONDecoder) -> JsonValue:
    if text.startswith("\ufeff"):
        message = "starts with a byte order mark"
        raise JsonError(message, 1, 1)
    if too_deep(text):
        raise first_fault(text)
    try:
        value: JsonValue = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, *place_of(text, error.pos)) from error
    except (ValueError, RecursionError) as error:
        # Numbers: a ValueError is Python's bound of 4,300 digits for an integer.
        raise first_fault(text) from error
    if _SURROGATE_ESCAPE.search(text) or not _is_encodable(text):
        _refuse_surrogates(text, value)
    return value


def _is_encodable(text: str) -> bool:
    """Whether no raw surrogate stands in the text: far cheaper to ask than of the value."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_surrogates(text: str, value: JsonValue) -> None:
    try:
        dump_json(value).encode()
    except UnicodeEncodeError as error:
        raise first_fault(text) from error


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _DuplicateKeyError
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise _NumberError


def _exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except DecimalException as error:
        raise _NumberError from error


_STRICT = json.JSONDecoder(
    parse_float=_exact,
    parse_constant=_refuse_constant,
    object_pairs_hook=_unique,
)
_TRUSTING = json.JSONDecoder(parse_float=_exact, parse_constant=_refuse_constant)


def dump_json(value: JsonValue, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """JSON text of `value`, numbers exact, non-ASCII readable; compact without `indent`."""
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        return json.dumps(
            value,
            ensure_ascii=False,
            indent=indent,
            sort_keys=sort_keys,
            separators=separators,
            default=_not_plain,
        )
    except _NotPlainError:
        return _Writer(indent, separators[1], sort_keys=sort_keys).text(value, "\n")


def _not_plain(_: object) -> NoReturn:
    raise _NotPlainError


class _Writer:
    """What `json.dumps` does, for values that it can't write: decimals and foreign mappings."""

    def __init__(self, indent: int | None, colon: str, *, sort_keys: bool) -> None:
        self.step = None if indent is None else " " * indent
        self.colon = colon
        self.sort_keys = sort_keys

    def text(self, value: JsonValue, margin: str) -> str:
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, Mapping):
            keys = sorted(value) if self.sort_keys else value
            inner = margin + (self.step or "")
            items = [f"{_quote(key)}{self.colon}{self.text(value[key], inner)}" for key in keys]
            return self._wrap("{", items, "}", margin)
        if isinstance(value, list | tuple):
            inner = margin + (self.step or "")
            return self._wrap("[", [self.text(item, inner) for item in value], "]", margin)
        return _quote(value)

    def _wrap(self, opening: str, items: list[str], closing: str, margin: str) -> str:
        if self.step is None or not items:
            return opening + ",".join(items) + closing
        inner = margin + self.step
        return opening + inner + f",{inner}".join(items) + margin + closing


def _quote(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False)
