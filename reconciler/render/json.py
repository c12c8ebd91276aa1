"""JSON text: exact, and safe to print."""

from typing import Final

from reconciler.core.json_text import dump_json
from reconciler.core.values import JsonValue
from reconciler.render.screen import printable

_DELETE: Final = "\x7f"
"""The one ASCII character that JSON leaves as it is and a terminal does not."""
FORMAT_VERSION: Final = "1.0"
"""Additions raise the minor number, anything else the major one."""


def json_text(value: JsonValue) -> str:
    """Indented, keys in the order in which they were put; safe to print.

    What a terminal would act on or hide can only stand inside strings, where JSON has an escape
    that means the same.
    """
    text = dump_json(value, indent=2)
    return text if text.isascii() and _DELETE not in text else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character == "\n" or printable(character) == character:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
