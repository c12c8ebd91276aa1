"""JSON text: exact, and safe to print."""

from collections.abc import Mapping
from json import JSONEncoder
from typing import Final, NoReturn

from reconciler.core.json_text import dump_json
from reconciler.core.values import JsonValue
from reconciler.render.screen import printable

_DELETE: Final = "\x7f"
"""The one ASCII character that JSON leaves as it is and a terminal does not."""
FORMAT_VERSION: Final = "1.0"
"""Additions raise the minor number, anything else the major one."""


class _NotPlainError(Exception):
    """A value that the standard library can't write exactly."""


def json_text(value: JsonValue) -> str:
    """Indented, keys in the order in which they were put; safe to print.

    What a terminal would act on or hide can only stand inside strings, where JSON has an escape
    that means the same.
    """
    return _safe(dump_json(value, indent=2))


def rows_text(value: Mapping[str, JsonValue]) -> str:
    """As `json_text`, with each member, and each item of an array, in one line of its own.

    Of large results this is read and written several times as fast.
    """
    text = "{\n" + ",\n".join(f"  {dump_json(k)}: {_rows(v)}" for k, v in value.items()) + "\n}"
    return _safe(text)


def line_text(value: JsonValue) -> str:
    """In one line; safe to print."""
    return _safe(_row(value))


def _rows(value: JsonValue) -> str:
    if not isinstance(value, list | tuple) or not value:
        return dump_json(value)
    return "[\n    " + ",\n    ".join(map(_row, value)) + "\n  ]"


def _row(value: JsonValue) -> str:
    try:
        return _ENCODE(value)
    except _NotPlainError:
        return dump_json(value)


def _refuse(_: object) -> NoReturn:
    raise _NotPlainError


_ENCODE: Final = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_refuse).encode
"""Kept, since making one takes longer than one row."""


def _safe(text: str) -> str:
    return text if text.isascii() and _DELETE not in text else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character == "\n" or printable(character) == character:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
