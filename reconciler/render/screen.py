"""Text for a terminal: measured in columns, and unable to do anything but be read."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from reconciler.core.json_text import dump_json
from reconciler.core.values import ABSENT, Maybe

_ELLIPSIS: Final = "…"
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
"""Unicode categories that move the cursor, reorder or hide text, mean nothing, or look blank."""
_LAST_LATIN_1: Final = 0xFF
_LAST_BASIC: Final = 0xFFFF


def printable(text: str) -> str:
    r"""`text` with everything invisible or acting on a terminal as `\x1b` or `\u202e`.

    Names and values come from files and servers: a name that clears the screen would let a
    change go unseen.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character == " " or unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    if code <= _LAST_LATIN_1:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_BASIC else f"\\U{code:08x}"


def columns_of(text: str) -> int:
    """How many columns a terminal gives to printable `text`."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fit(text: str, width: int) -> str:
    """`text`, or its beginning and an ellipsis, in at most `width` columns."""
    if columns_of(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _ELLIPSIS


def pad(text: str, width: int) -> str:
    """`text`, filled up with blanks to `width` columns."""
    return text + " " * (width - columns_of(text))


def wrap(text: str, width: int, indent: str = "", hang: str | None = None) -> list[str]:
    """`text` broken at blanks into lines of at most `width` columns; longer words are split.

    An option keeps its value where both fit into a line: they are there to be copied. `hang`
    stands before every line but the first, if it is another than `indent`.
    """
    follow = indent if hang is None else hang
    lines: list[str] = []
    current: str | None = None
    room = width - max(len(indent), len(follow))
    for word in _words(text, room):
        for piece in _pieces(word, room):
            if current is None:
                current = indent + piece
            elif columns_of(f"{current} {piece}") <= width:
                current = f"{current} {piece}"
            else:
                lines.append(current.rstrip())
                current = follow + piece
    return [*lines, (current or "").rstrip()]


def _words(text: str, room: int) -> Iterator[str]:
    """The words, an option together with its value where there is room."""
    option = None
    for word in text.split(" "):
        if option is not None:
            together = f"{option} {word}"
            if not word.startswith("--") and columns_of(together) <= room:
                yield together
                option = None
                continue
            yield option
        option = word if word.startswith("--") else None
        if option is None:
            yield word
    if option is not None:
        yield option


def _pieces(word: str, width: int) -> list[str]:
    if columns_of(word) <= width:
        return [word]
    pieces, current = [], ""
    for character in word:
        if columns_of(current + character) > width:
            pieces.append(current)
            current = ""
        current += character
    return [*pieces, current]


def value_text(value: Maybe) -> str:
    """A value in one line, as JSON writes it; `(none)` for a field that does not exist."""
    return "(none)" if value is ABSENT else printable(dump_json(value, sort_keys=True))


def number(count: int) -> str:
    """`3,331`."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    """`1 token`, `3,331 bootstraps`."""
    return f"{count:,} {noun if count == 1 else noun + 's'}"
