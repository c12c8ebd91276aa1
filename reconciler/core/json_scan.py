"""Where a JSON text goes wrong: a second, slower look that only failures and deep texts pay for."""

import re
from decimal import Decimal, DecimalException
from typing import Final

MAX_DEPTH: Final = 128
"""Of nested arrays and objects: a bootstrap's 64 levels and what a list or plan puts around it."""

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_ESCAPE = re.compile(r"\\(u([0-9a-fA-F]{4})|.)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ONE_KIND: Final = {ord("{"): "[", ord("}"): "]"}
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]"))
_SHORT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonError(Exception):
    """Text that is not the JSON pvm accepts; `line` and `column` are 1-based."""

    def __init__(self, message: str, line: int, column: int) -> None:
        self.message = message
        self.line = line
        self.column = column
        super().__init__(f"{message} (line {line}, column {column})")


def place_of(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def too_deep(text: str) -> bool:
    """Whether nesting passes `MAX_DEPTH`; asked before anything recurses."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    # What stands between quotes falls out, then everything but brackets; each pass over the rest
    # takes the innermost level away. A text without balance is left to the parser's complaint.
    bare = text.replace("\\\\", "").replace('\\"', "").split('"')[::2]
    brackets = "".join(bare).translate(_ONE_KIND).encode("ascii", "replace")
    brackets = brackets.translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    return b"[]" in brackets


def first_fault(text: str) -> JsonError:
    """Why a text that is JSON in form was refused, at its place."""
    scan = _Scan()
    for match in _TOKEN.finditer(text):
        message = scan.take(match)
        if message:
            return JsonError(message, *place_of(text, match.start()))
    return JsonError("holds a value that can't be read", 1, 1)


class _Scan:
    """Follows the nesting; each level is the set of keys of an object, or `None` in an array."""

    def __init__(self) -> None:
        self.levels: list[set[str] | None] = []
        self.key_next = False

    def take(self, match: re.Match[str]) -> str:
        """What is wrong with the next token; empty when nothing is."""
        sign = match[0]
        if match[1] is not None:
            return self._text(match[1])
        if sign in ("{", "["):
            self.levels.append(set() if sign == "{" else None)
            self.key_next = sign == "{"
            return f"nested deeper than {MAX_DEPTH} levels" if len(self.levels) > MAX_DEPTH else ""
        if sign in ("}", "]"):
            self.levels = self.levels[:-1]
            self.key_next = False
        elif sign == ",":
            self.key_next = bool(self.levels) and self.levels[-1] is not None
        elif sign == ":":
            self.key_next = False
        else:
            return _number_fault(sign)
        return ""

    def _text(self, raw: str) -> str:
        text = _unescape(raw)
        if _SURROGATE.search(text):
            return "text holds half of a surrogate pair, which is no character"
        keys = self.levels[-1] if self.key_next and self.levels else None
        if keys is None:
            return ""
        if text in keys:
            return f'key "{text[:60]}" stands twice in one object'
        keys.add(text)
        return ""


def _unescape(raw: str) -> str:
    text = _ESCAPE.sub(lambda m: chr(int(m[2], 16)) if m[2] else _SHORT.get(m[1], m[1]), raw)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _number_fault(sign: str) -> str:
    if sign in ("true", "false", "null"):
        return ""
    if not _NUMBER.fullmatch(sign):
        return f"{sign[:20]} is not a JSON value"
    try:
        Decimal(sign) if re.search(r"[.eE]", sign) else int(sign)
    except (DecimalException, ValueError):
        return "number is too large to hold"
    return ""
