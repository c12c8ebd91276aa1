"""Values become YAML that the strict reader takes for exactly the same values."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from reconciler.core.template import escaped
from reconciler.core.values import JsonValue
from reconciler.sources.yaml_scalars import SPECIAL, ScalarRefusal, resolve_plain

LONGEST_KEY: Final = 500
"""Characters, escapes included; YAML itself ends keys before a colon at 1,024."""
_LONGEST_FIXED: Final = 40
"""Digits of a number that is written without exponent."""
_PLAIN = re.compile(r"(?=[\w/]|\.\w)[\w/.@+=()<>$*'%;,&!?-]+(?:[ :][\w/.@+=()<>$*'%;,&!?-]+)*")
"""Text that needs no quotes, if it is printable and no number, date or word of YAML."""
_NUMBER_LIKE: Final = re.compile(r"[0-9.:+-]+")
"""Text that one edit more may make a number: 9.8.1 becomes 9.9."""
_SAFE_IN_FLOW: Final = re.compile(r"[\w./-]+(?: [\w./-]+)*")
STEP: Final = "  "
"""One level of indentation."""


class Verbatim(str):
    """A text whose placeholders are meant: it is written as it is, `$${` and all."""

    __slots__ = ()


def document_text(document: Mapping[str, JsonValue]) -> str:
    """Return one document as block YAML; `${` is written `$${`, but in `Verbatim` text."""
    return "\n".join(_block(document, "")) + "\n"


def _block(value: Mapping[str, JsonValue] | Sequence[JsonValue], margin: str) -> list[str]:
    """The lines of a collection that is not empty."""
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in entry_lines(key, item, margin)]
    return [line for item in value for line in item_lines(item, margin)]


def entry_lines(key: str, item: JsonValue, margin: str) -> list[str]:
    """Return a key with its value as block YAML, indented by `margin`."""
    head = scalar_text(key)
    if len(head) > LONGEST_KEY:
        return [f"{margin}? {head}", *_after(f"{margin}:", item, margin)]
    return _after(f"{margin}{head}:", item, margin)


def _after(head: str, item: JsonValue, margin: str) -> list[str]:
    """A value behind its key."""
    if isinstance(item, Mapping | list | tuple) and item:
        return [head, *_block(item, margin + STEP)]
    if isinstance(item, str) and _fits_literal(item):
        return [head + " " + _literal_sign(item), *_literal(item, margin + STEP)]
    return [f"{head} {scalar_text(item)}"]


def item_lines(item: JsonValue, margin: str) -> list[str]:
    """Return an item of a list as block YAML."""
    if isinstance(item, Mapping | list | tuple) and item:
        first, *rest = _block(item, margin + STEP)
        return [f"{margin}- {first.removeprefix(margin + STEP)}", *rest]
    return _after(f"{margin}-", item, margin)


def scalar_text(value: JsonValue) -> str:
    """Return a scalar, or an empty collection, on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, str):
        return _text(as_written(value))
    if isinstance(value, Mapping):
        return "{}"
    return str(value) if isinstance(value, int) else "[]"


def flow_text(value: JsonValue) -> str:
    """Return a scalar as it may stand in brackets, or a collection in brackets."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow_text(k)}: {flow_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    if not isinstance(value, str):
        return scalar_text(value)
    plain = scalar_text(value)
    return plain if _SAFE_IN_FLOW.fullmatch(plain) else quoted_text(as_written(value))


def as_written(text: str) -> str:
    """A text as a file has it: `$${` for `${`, unless it is `Verbatim`."""
    return text if isinstance(text, Verbatim) else escaped(text)


def _decimal(value: Decimal) -> str:
    """Digits as they are, with a point always: YAML 1.1 wants one beside an exponent."""
    sign, digits, exponent = value.as_tuple()
    power = int(exponent)
    if -_LONGEST_FIXED < power <= 0 and len(digits) <= _LONGEST_FIXED:
        text = f"{value:f}"
        return text if "." in text else f"{text}.0"
    first, rest = str(digits[0]), "".join(map(str, digits[1:]))
    return f"{'-' if sign else ''}{first}.{rest or '0'}e{power + len(digits) - 1:+d}"


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.isprintable()
    if plain and not (text[0] in SPECIAL and (_NUMBER_LIKE.fullmatch(text) or _is_other(text))):
        return text
    return quoted_text(text)


def quoted_text(text: str) -> str:
    """Return a text in double quotes, whatever it holds."""
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_shown, quoted))


def _is_other(text: str) -> bool:
    """Whether a plain scalar would be anything else than this text."""
    try:
        return resolve_plain(text) != text
    except ScalarRefusal:
        return True


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 -- the most that four digits hold


def _fits_literal(text: str) -> bool:
    """Whether a text of several lines reads well, and back exactly, as a literal block."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and lines[0] != ""
        and not lines[0].startswith((" ", "\t"))
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and not text.endswith("\n\n")
    )


def _literal_sign(text: str) -> str:
    return "|" if text.endswith("\n") else "|-"


def _literal(text: str, margin: str) -> list[str]:
    lines = as_written(text).removesuffix("\n").split("\n")
    return [margin + line if line else "" for line in lines]
