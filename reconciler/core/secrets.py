"""What must never be shown, and what stands in its place."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from reconciler.core.pointer import covers, join, split
from reconciler.core.values import MASK, JsonValue


@dataclass(frozen=True, slots=True)
class Masking:
    """The project's own secret fields, beside those whose keys look secret."""

    paths: tuple[str, ...] = ()
    """Pointers into a value, `*` for any one key."""


_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_PARTS: Final = ("password", "passwd", "passphrase", "passcode", "secret", "apikey", "pwd")
_SECRET_WORDS: Final = frozenset(
    {"psk", "pin", "pass", "credential", "credentials", "authorization", "jwt", "bearer"}
)
_TOKEN_OF: Final = frozenset(
    {"access", "api", "auth", "bearer", "id", "oauth", "refresh", "security", "session"}
)
"""Before `token`; a token alone is the product's own noun and no secret."""
_OPEN_KEYS: Final = frozenset({"public", "primary", "foreign", "sort", "hot"})
"""Before `key`: what opens nothing."""


@lru_cache(maxsize=4096)
def looks_secret(key: str) -> bool:
    """Whether values under this key are masked always: `api_key`, `clientSecret`, `wifi-psk`."""
    words = [word.lower() for word in _WORDS.findall(key)]
    flat = "".join(words)
    if any(part in flat for part in _SECRET_PARTS) or not _SECRET_WORDS.isdisjoint(words):
        return True
    if len(words) < 2:  # noqa: PLR2004 -- the rest looks at the last two words
        return False
    if words[-1] in ("key", "keys"):
        return words[-2] not in _OPEN_KEYS
    return words[-1] in ("token", "tokens") and words[-2] in _TOKEN_OF


def is_secret(pointer: str, masking: Masking) -> bool:
    """Whether the value at `pointer`, or one around it, is a secret as a whole."""
    return any(map(looks_secret, split(pointer))) or _is_declared(pointer, masking)


def _is_declared(pointer: str, masking: Masking) -> bool:
    return bool(masking.paths) and any(covers(path, pointer) for path in masking.paths)


def mask(value: JsonValue, masking: Masking, pointer: str = "") -> tuple[JsonValue, bool]:
    """`value` with each secret replaced, and whether there was one.

    `pointer` says where the value stands. Below a secret, text and numbers are replaced; keys,
    `true`, `false` and `null` stay, for they tell what is there and not what it is.
    """
    masker = _Masker(masking)
    masked = masker.mask(value, pointer, secret=is_secret(pointer, masking))
    return masked, masker.found


class _Masker:
    """One walk; `found` gathers whether anything was replaced."""

    def __init__(self, masking: Masking) -> None:
        self.masking = masking
        self.found = False

    def mask(self, value: JsonValue, pointer: str, *, secret: bool) -> JsonValue:
        if isinstance(value, Mapping):
            return {key: self._inner(item, pointer, key, secret) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [
                self._inner(item, pointer, str(number), secret) for number, item in enumerate(value)
            ]
        if value is None or isinstance(value, bool):
            return value
        if secret:
            self.found = True
            return MASK
        if isinstance(value, str):
            shown = mask_url(value)
            self.found = self.found or shown != value
            return shown
        return value

    def _inner(self, value: JsonValue, pointer: str, key: str, above: bool) -> JsonValue:  # noqa: FBT001 -- one caller, beside it
        below = pointer + join((key,))
        secret = above or looks_secret(key) or _is_declared(below, self.masking)
        return self.mask(value, below, secret=secret)


_PARAMETER = re.compile(r"(?:(?<=[?&;#\s\"'(,])|^)([A-Za-z0-9_.%+\[\]-]{1,128})=([^&;#\s\"'<>]+)")
_USERINFO = re.compile(r"(://[^/?#\s:@]*:)[^/?#\s]*(?=@)")
_SCHEME = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{16,}", re.IGNORECASE)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL)


def mask_url(text: str) -> str:
    """Any text, its secret URL parameters, passwords before a host and credentials replaced."""
    if "=" in text:
        text = _PARAMETER.sub(_mask_parameter, text)
    if "://" in text:
        text = _USERINFO.sub(rf"\g<1>{MASK}", text)
    text = _PRIVATE_KEY.sub(MASK, text)
    return _SCHEME.sub(rf"\g<1> {MASK}", text)


def secret_parts(text: str) -> Iterator[str]:
    """The values of secret URL parameters in a text, as they stand there and decoded."""
    for match in _PARAMETER.finditer(text):
        if looks_secret(unquote_plus(match[1])):
            yield from (match[2], unquote_plus(match[2]))


def _mask_parameter(match: re.Match[str]) -> str:
    if not looks_secret(unquote_plus(match[1])):
        return match[0]
    return f"{match[1]}={MASK}"


# Possessive, and only from the start of a word: a long line must not take quadratic time.
_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*+"|'[^']*+'|(?<![\w.-])[\w.-]++)(\s*+:(?=\s|$)\s*+|(?<=["'])\s*+:\s*+)"""
)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?""")


def mask_line(text: str, masking: Masking | None = None) -> str:
    """A line of YAML or JSON with what follows secret keys replaced.

    A value without quotes is masked to the end of the line: where it ends depends on lines that
    are not here.
    """
    known = frozenset(_last_keys(masking.paths)) if masking else frozenset()
    parts: list[str] = []
    position = 0
    for match in _KEY.finditer(text):
        key = match[1].strip("\"'")
        if match.start() < position or not (looks_secret(key) or key in known):
            continue
        parts.append(mask_url(text[position : match.end()]))
        quoted = _QUOTED.match(text, match.end())
        position = quoted.end() if quoted else len(text)
        if position > match.end():
            parts.append(MASK)
    return "".join(parts) + mask_url(text[position:])


def _last_keys(paths: Iterable[str]) -> Iterable[str]:
    """The last named key of each path: `psk` of `/wifi/*/psk`."""
    for path in paths:
        named = [part for part in split(path) if part != "*"]
        if named:
            yield named[-1]
