"""A strict reader of JSON objects (DEC-2): what two programs could read differently is refused.

The standard library's fast reader does the work; only for a refusal is the text scanned again, to
say where. Positions are lines and columns from 1.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError

DEEPEST = 64
MOST_DIGITS = 4300
_LONGEST_EXPONENT = 18
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|([\[{])|[\]}]', re.DOTALL)
_MARKS = re.compile(
    r'(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")(?P<key>[ \t\n\r]*:)?'
    r"|(?P<open>[\[{])|(?P<close>[\]}])"
    r"|(?P<word>-?[A-Za-z]+)|(?P<number>-?[0-9][0-9.eE+-]*)",
    re.DOTALL,
)
_SPACE = re.compile(r"[ \t\n\r]*")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = frozenset({"true", "false", "null"})


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A checked document: its exact text, and its value."""

    text: str
    value: Mapping[str, object]


class _UnreadableError(ValueError):
    """Something that the fast reader would let pass."""


def read_object(raw: bytes, most_bytes: int) -> JsonObject:
    """Read a body that must be one JSON object.

    Raises:
        DomainError: TOO_LARGE, MALFORMED_JSON with line and column, NOT_AN_OBJECT.
    """
    if len(raw) > most_bytes:
        raise DomainError(ErrorCode.TOO_LARGE, f"the document is larger than {most_bytes} bytes")
    text = decode(raw)
    check_depth(text, 0, len(text))
    check_surrogates(text)
    value, start, end = read_value(text, skip_space(text, 0))
    rest = skip_space(text, end)
    if rest < len(text):
        malformed(text, rest, "there is more after the end of the document")
    if not isinstance(value, dict):
        message = "the document must be an object: { … }"
        line, column = position(text, start)
        raise DomainError(
            ErrorCode.NOT_AN_OBJECT, message, (FieldError("body", message, line, column),)
        )
    return JsonObject(text, value)


def decode(raw: bytes) -> str:
    """The text of a body. Raises MALFORMED_JSON unless it is UTF-8 without a mark in front."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        malformed(before, len(before), "this is not UTF-8")
    if text.startswith("\ufeff"):
        malformed(text, 0, "a byte order mark stands in front; save the file without one")
    return text


def skip_space(text: str, at: int) -> int:
    """The next position that is no JSON white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def read_value(text: str, start: int) -> tuple[object, int, int]:
    """The value that begins at `start`, with its bounds. Raises MALFORMED_JSON."""
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        malformed(text, error.pos, _plain(error.msg))
    except RecursionError:
        malformed(text, start, f"nested deeper than {DEEPEST} levels")
    except ValueError:
        _explain(text, start)
    return value, start, end


def check_depth(text: str, start: int, end: int) -> None:
    """Refuse more than 64 levels before a recursive reader meets them. Raises MALFORMED_JSON."""
    if text.count("[", start, end) + text.count("{", start, end) <= DEEPEST:
        return
    depth = 0
    for found in _BRACKETS.finditer(text, start, end):
        if found[1]:
            depth += 1
            if depth > DEEPEST:
                malformed(text, found.start(), f"nested deeper than {DEEPEST} levels")
        elif found[0] in "]}":
            depth -= 1


def check_surrogates(text: str) -> None:
    """Refuse halves of surrogate pairs; no database stores them. Raises MALFORMED_JSON."""
    if _SURROGATE_ESCAPE.search(text) is None:
        return
    for found in _MARKS.finditer(text):
        if found["text"] and _SURROGATE_ESCAPE.search(found["text"]):
            _check_text(text, found.start(), found["text"])


def malformed(text: str, at: int, message: str) -> NoReturn:
    """Refuse a document at a position of its text. Raises MALFORMED_JSON."""
    line, column = position(text, at)
    raise DomainError(
        ErrorCode.MALFORMED_JSON,
        f"line {line}, column {column}: {message}",
        (FieldError("body", message, line, column),),
    )


def position(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of an index."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _explain(text: str, start: int) -> NoReturn:
    """Say where the fast reader met what we refuse; syntax up to there is sound."""
    keys: list[set[str]] = []
    for found in _MARKS.finditer(text, start):
        if found["open"]:
            keys.append(set())
        elif found["close"]:
            keys.pop()
        elif found["text"]:
            name = _check_text(text, found.start(), found["text"])
            if found["key"] and name in keys[-1]:
                malformed(text, found.start(), "this key stands twice in its object")
            if found["key"]:
                keys[-1].add(name)
        elif found["word"] and found["word"] not in _WORDS:
            malformed(text, found.start(), "JSON has no NaN and no Infinity")
        elif found["number"]:
            _check_number(text, found.start(), found["number"])
    malformed(text, start, "this cannot be read")


def _check_text(text: str, at: int, token: str) -> str:
    try:
        value = json.loads(token)
    except ValueError:
        malformed(text, at, "this text cannot be read")
    if _SURROGATE.search(value):
        malformed(text, at, "half of a surrogate pair stands alone in this text")
    return str(value)


def _check_number(text: str, at: int, number: str) -> None:
    if not _bearable(number):
        message = f"this number has more than {MOST_DIGITS} digits, or an endless exponent"
        malformed(text, at, message)


def _bearable(number: str) -> bool:
    mantissa, _, exponent = number.lower().partition("e")
    digits = sum(sign.isdigit() for sign in mantissa)
    return digits <= MOST_DIGITS and len(exponent.lstrip("+-").lstrip("0")) <= _LONGEST_EXPONENT


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _UnreadableError
    return found


def _real(number: str) -> float:
    if len(number) > _LONGEST_EXPONENT and not _bearable(number):
        raise _UnreadableError
    return float(number)


def _whole(number: str) -> int:
    if len(number) > MOST_DIGITS and not _bearable(number):
        raise _UnreadableError
    return int(number)


def _constant(_word: str) -> NoReturn:
    raise _UnreadableError


def _plain(message: str) -> str:
    """The standard library's words, which never repeat the document, as the rest of a sentence."""
    message = message.removesuffix(" at")
    return message[:1].lower() + message[1:]


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_float=_real, parse_int=_whole, parse_constant=_constant
)
