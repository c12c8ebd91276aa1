"""Values that can be kept and compared without telling their secrets.

Each secret is replaced by a token. With a key, equal secrets have equal tokens, and nobody without
the key learns anything; without one all tokens are alike, and whether a secret changed can't be
told from them.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from reconciler.core.fingerprint import canonical, digest_text, keyed_digest
from reconciler.core.ignoring import without
from reconciler.core.pointer import join
from reconciler.core.secrets import Masking, is_secret, looks_secret, mask_url
from reconciler.core.values import JsonValue

TOKEN: Final = "pvm-sealed:"
UNKEYED: Final = TOKEN + "?"
"""Any secret, where there is no key."""

_PLAIN: Final = re.compile(
    r"pass|pwd|secret|key|psk|pin|credential|authorization|jwt|bearer|basic|token|://|=|PRIVATE|pvm-sealed",
    re.IGNORECASE,
)
"""A text without any of these holds no secret by its keys or its form."""


class Sealer:
    """Seals the values of one kind; a field that the project ignores is left out."""

    def __init__(self, masking: Masking, key: bytes | None, ignored: Sequence[str] = ()) -> None:
        self._masking = masking
        self._key = key
        self._ignored = tuple(ignored)

    @property
    def keyed(self) -> bool:
        """Whether a change of a secret shows."""
        return self._key is not None

    def seal(self, value: JsonValue, pointers: Collection[str] = ()) -> JsonValue:
        """The value as it compares, its secrets and whatever stands at `pointers` sealed."""
        compared = self.compared(value)
        if not self._may_hold_secrets(canonical(compared), pointers):
            return compared
        return self._sealed(compared, pointers)

    def fingerprint(self, value: JsonValue, pointers: Collection[str] = ()) -> str:
        """The digest of the sealed value."""
        compared = self.compared(value)
        text = canonical(compared)
        if self._may_hold_secrets(text, pointers):
            text = canonical(self._sealed(compared, pointers))
        return digest_text(text, self._key)

    def of_sealed(self, sealed: JsonValue) -> str:
        """The fingerprint of a value that is sealed already."""
        return digest_text(canonical(sealed), self._key)

    def compared(self, value: JsonValue) -> JsonValue:
        """The value without what the project ignores."""
        return without(value, self._ignored) if self._ignored else value

    def token(self, secret: JsonValue) -> str:
        """What takes a secret's place."""
        return UNKEYED if self._key is None else TOKEN + keyed_digest(self._key, ["secret", secret])

    def _may_hold_secrets(self, text: str, pointers: Collection[str]) -> bool:
        return bool(pointers or self._masking.paths) or _PLAIN.search(text) is not None

    def _sealed(self, value: JsonValue, pointers: Collection[str]) -> JsonValue:
        return _Walk(self._masking, frozenset(pointers), self.token).seal(value, "", secret=False)


class _Walk:
    """One pass over a value."""

    def __init__(
        self, masking: Masking, pointers: frozenset[str], token: Callable[[JsonValue], str]
    ) -> None:
        self._masking = masking
        self._pointers = pointers
        self._token = token

    def seal(self, value: JsonValue, pointer: str, *, secret: bool) -> JsonValue:
        secret = secret or pointer in self._pointers
        if isinstance(value, Mapping):
            return {key: self._inner(item, pointer, key, secret) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._inner(item, pointer, str(n), secret) for n, item in enumerate(value)]
        if value is None or isinstance(value, bool):
            return value
        # A text that looks like a token is sealed too: nobody can write one that passes for it.
        if secret or is_sealed(value) or (isinstance(value, str) and mask_url(value) != value):
            return self._token(value)
        return value

    def _inner(self, value: JsonValue, pointer: str, key: str, above: bool) -> JsonValue:  # noqa: FBT001 -- one caller, beside it
        below = pointer + join((key,))
        declared = bool(self._masking.paths) and is_secret(below, self._masking)
        return self.seal(value, below, secret=above or looks_secret(key) or declared)


def is_sealed(value: JsonValue) -> bool:
    """Whether a secret's token stands here."""
    return isinstance(value, str) and value.startswith(TOKEN)


def sealed_pointers(value: JsonValue, pointer: str = "") -> tuple[str, ...]:
    """Where tokens stand in a sealed value."""
    if isinstance(value, Mapping):
        pairs = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list | tuple):
        pairs = [(str(number), item) for number, item in enumerate(value)]
    else:
        return (pointer,) if is_sealed(value) else ()
    return tuple(
        found for key, item in pairs for found in sealed_pointers(item, pointer + join((key,)))
    )
