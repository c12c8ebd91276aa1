"""One text per JSON value, and its digest: equal values, and only those, have equal digests."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn

from reconciler.core.values import JsonValue

FORM: Final = "pvm-canonical-1"
"""Goes into every digest, so that another canonical form can never be mistaken for this one."""

_PLAIN_DIGITS: Final = 4300
"""Whole numbers below ten to this power are written out; Python reads no longer integer."""


class _HasDecimalError(Exception):
    pass


def canonical(value: JsonValue) -> str:
    """Keys sorted, no blanks, one spelling per number: 1, 1.0 and 1E0 are all `1`."""
    try:
        return _dumps(value)
    except _HasDecimalError:
        return _text(value)


def digest(value: JsonValue) -> str:
    """`sha256:` and 64 hexadecimal digits."""
    return digest_text(canonical(value), None)


def keyed_digest(key: bytes, value: JsonValue) -> str:
    """`hmac-sha256:` and 64 hexadecimal digits: says nothing to who lacks the key."""
    return digest_text(canonical(value), key)


def digest_text(text: str, key: bytes | None) -> str:
    """The digest of a canonical text, keyed if there is a key."""
    # Half a surrogate pair can't be sent, but must not break a comparison either.
    data = f"{FORM}\n{text}".encode("utf-8", "surrogatepass")
    if key is None:
        return "sha256:" + hashlib.sha256(data).hexdigest()
    return "hmac-sha256:" + hmac.digest(key, data, "sha256").hex()


def _refuse(_: object) -> NoReturn:
    raise _HasDecimalError


_dumps = json.JSONEncoder(
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    default=_refuse,
).encode


def _text(value: JsonValue) -> str:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_dumps(key)}:{_text(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    return _dumps(value)


def _number(number: Decimal) -> str:
    """Digits without trailing zeros and an exponent; written out where an integer could be."""
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    bare = text.rstrip("0")
    if not bare:
        return "0"
    power = int(exponent) + len(text) - len(bare)
    minus = "-" if sign else ""
    if power >= 0 and len(bare) + power <= _PLAIN_DIGITS:
        return minus + bare + "0" * power
    return f"{minus}{bare}E{power}"
