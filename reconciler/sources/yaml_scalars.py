"""What a plain scalar means: YAML 1.2's core schema, and a refusal where YAML 1.1 disagrees."""

import re
from decimal import Decimal, DecimalException
from typing import Final

from reconciler.core.values import JsonValue

MAX_DIGITS: Final = 4300
"""Of an integer: Python's own bound, and the server's."""

_BOUND: Final = 10**MAX_DIGITS

SPECIAL: Final = frozenset("-+.0123456789~=<nNtTfFyYoO")
"""First characters of plain scalars that may be anything else than text."""

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_OLD_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), "false"),
}

# Both versions of YAML agree on these.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FRACTION = re.compile(r"(?:[-+]?(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?", re.ASCII)

_NOT_A_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*",
    re.ASCII,
)
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?", re.ASCII)
_CLOCK = re.compile(r"[-+]?0[0-9_]*(?::[0-5]?[0-9])+", re.ASCII)
_OTHER_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o[0-7]+|0x[0-9a-fA-F_]+"
    r"|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)",
    re.ASCII,
)


class ScalarRefusal(Exception):  # noqa: N818 -- reads as a sentence where it is raised and caught
    """A plain scalar that is not taken; `detail` and `fix` quote it, `message` does not."""

    def __init__(self, code: str, message: str, detail: str, fix: str) -> None:
        self.code = code
        self.message = message
        self.detail = detail
        self.fix = fix
        super().__init__(message)


def resolve_plain(text: str) -> JsonValue:
    """Return what a scalar without quotes or tag stands for.

    Raises:
        ScalarRefusal: YAML 1.1 and 1.2 read it differently, or JSON can't hold it.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "nNyYoO" and text in _OLD_WORDS:
        raise _ambiguous(text, f"{_OLD_WORDS[text]} to some programs and text to others")
    if text in ("=", "<<"):
        raise _special(text)
    if text[0] in "-+.0123456789":
        return _number(text)
    return text


def _number(text: str) -> JsonValue:
    if _INTEGER.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return _integer(text)
    if _FRACTION.fullmatch(text):
        return _fraction(text)
    if _NOT_A_NUMBER.fullmatch(text):
        raise _endless(text)
    if _DATE.fullmatch(text):
        raise _ambiguous(text, "a date to some programs and text to others")
    if _SIXTIES.fullmatch(text) and not _CLOCK.fullmatch(text):
        raise _ambiguous(text, "a number in base 60 to some programs and text to others")
    if _OTHER_NUMBER.fullmatch(text):
        raise _ambiguous(text, "different numbers, or text, to different programs")
    return text


def _integer(text: str) -> int:
    hexadecimal = text.startswith("0x")
    digits = text[2:] if hexadecimal else text.lstrip("-+")
    if len(digits) <= MAX_DIGITS:
        value = int(digits, 16) if hexadecimal else int(text)
        if abs(value) < _BOUND:
            return value
    detail = f"the limit is {MAX_DIGITS:,} decimal digits"
    raise _too_long(detail)


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except DecimalException as error:
        detail = "its exponent is beyond what can be held"
        raise _too_long(detail) from error


def _endless(text: str) -> ScalarRefusal:
    return ScalarRefusal(
        "yaml-number",
        "not a number that JSON can hold",
        f"{text} is infinite or not a number",
        f'write a number, or "{text}" in quotes if it is text',
    )


def _too_long(detail: str) -> ScalarRefusal:
    return ScalarRefusal("yaml-number", "number is too large to hold", detail, "quote it as text")


def _ambiguous(text: str, detail: str) -> ScalarRefusal:
    shown = text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 -- a line of a terminal
    return ScalarRefusal(
        "yaml-ambiguous",
        "value means different things in different versions of YAML",
        f"{shown} is {detail}",
        _fix(shown),
    )


def _fix(shown: str) -> str:
    if shown in _OLD_WORDS:
        return f'write {_OLD_WORDS[shown]}, or "{shown}" in quotes if it is text'
    return f'quote it if it is text: "{shown}"; else write it as a plain decimal number'


def _special(text: str) -> ScalarRefusal:
    if text == "<<":
        return ScalarRefusal(
            "yaml-merge",
            "merge keys are not part of YAML 1.2",
            "not supported",
            'repeat the fields; or "<<" in quotes if it is text',
        )
    return _ambiguous(text, "a special value to some programs and text to others")
