"""A file's text: whether it is text at all, and its lines as they may be shown."""

import re
from dataclasses import dataclass
from typing import Final

from reconciler.core.origin import Place
from reconciler.core.problem import Problem
from reconciler.core.secrets import Masking, is_secret, looks_secret, mask_line

MAX_BYTES: Final = 10 * 1024 * 1024

_PLAIN: Final = bytes((0x09, 0x0A, *range(0x20, 0x7F)))
"""What needs no second look."""
_FORBIDDEN: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)"
"""A pattern, compiled when the first file beyond ASCII needs it: it takes as long as ten files."""
_LONGEST_SHOWN: Final = 500
"""Characters of a line; longer ones are positions only."""
_ANY_KEY = re.compile(r"""([A-Za-z0-9_.-]+)["']?\s*:""")
_FARTHEST: Final = 1000
"""Lines that are looked back at."""
_KEY = re.compile(r"""[\s\-?{\["',]*([A-Za-z0-9_.-]+)["']?\s*:""")


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands on one line: all 0-based, the end exclusive."""

    line: int
    column: int
    end: int


class SourceText:
    """A file that could be decoded; makes places in it."""

    def __init__(self, file: str, text: str, masking: Masking) -> None:
        self.file = file
        self.text = text
        self.masking = masking
        self._lines: list[str] | None = None

    def place(self, span: Span, pointer: str | None = None) -> Place:
        """The place of `span`; `pointer` is that of what stands there, where it is known."""
        return Place(
            self.file,
            span.line + 1,
            span.column + 1,
            span.line + 1,
            max(span.end, span.column + 1) + 1,
            "" if self._is_hidden(pointer) else self.shown(span.line),
        )

    def shown(self, number: int) -> str:
        """A line, secrets masked; empty when it may hold part of a secret that starts above."""
        lines = self.lines()
        if number >= len(lines) or len(lines[number]) > _LONGEST_SHOWN:
            return ""
        if any(looks_secret(key) for key in _keys_above(lines, number)):
            return ""
        return mask_line(lines[number], self.masking)

    def lines(self) -> list[str]:
        """All lines, without their ends."""
        if self._lines is None:
            self._lines = [line.removesuffix("\r") for line in self.text.split("\n")]
        return self._lines

    def hides(self, pointer: str) -> bool:
        """Whether what stands at a document's `pointer` is secret."""
        return self._is_hidden(pointer)

    def _is_hidden(self, pointer: str | None) -> bool:
        if not pointer:
            return False
        if pointer.startswith("/parameters/"):
            # Pointers of a project's own secrets start at what the server stores.
            pointer = pointer.removeprefix("/parameters")
        return is_secret(pointer, self.masking)


def _keys_above(lines: list[str], number: int) -> list[str]:
    """Keys that a line may belong to: those indented less, and the last one if it has none."""
    keys: list[str] = []
    indent = _indent(lines[number])
    continued = not _KEY.match(lines[number])
    for line in reversed(lines[max(0, number - _FARTHEST) : number]):
        match = _KEY.match(line)
        if match and (continued or _indent(line) < indent):
            keys += _ANY_KEY.findall(line)
            continued = False
            indent = min(indent, _indent(line))
    return keys


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" -"))


def decode(file: str, data: bytes) -> str | Problem:
    """Bytes as text, or what makes them something else.

    A carriage return is taken only as part of a line's end; invisible and control characters,
    also those that some programs take for a line's end, only as escapes in quotes.
    """
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        return _whole(file, "file-too-large", f"file is larger than {limit} MiB", "split it")
    suspects = data.translate(None, _PLAIN)
    if not suspects:
        return data.decode("ascii")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _undecodable(file, data, error.start)
    match = re.search(_FORBIDDEN, text)
    return _forbidden(file, text, match.start()) if match else text


def _undecodable(file: str, data: bytes, offset: int) -> Problem:
    fix = "save the file as UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        fix = "the file looks like UTF-16: save it as UTF-8"
    before = data[:offset].decode("utf-8")
    return Problem(
        "file-encoding",
        f"not UTF-8: byte 0x{data[offset]:02X}",
        _at(file, before),
        help=fix,
    )


def _forbidden(file: str, text: str, offset: int) -> Problem:
    character = text[offset]
    place = _at(file, text[:offset])
    if character == "\ufeff" and offset == 0:
        return Problem(
            "file-character",
            "file starts with a byte order mark",
            place,
            help="save it as UTF-8 without one",
        )
    if character == "\r":
        return Problem(
            "file-character",
            "a carriage return alone ends no line",
            place,
            help="end lines with a line feed, or with both",
        )
    escape = f"\\u{ord(character):04X}"
    return Problem(
        "file-character",
        f"control or invisible character U+{ord(character):04X}",
        place,
        help=f'remove it, or write "{escape}" in double quotes',
    )


def _at(file: str, before: str) -> Place:
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Place(file, line, column, line, column + 1)


def _whole(file: str, code: str, message: str, fix: str) -> Problem:
    return Problem(code, message, Place(file, 1, 1, 1, 1), help=fix)
