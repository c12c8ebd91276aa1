"""The table of kinds, and how people name them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconciler.core.kind import Kind
from reconciler.core.problem import Misuse
from reconciler.kinds.bootstrap import BOOTSTRAP
from reconciler.kinds.portal_user import PORTAL_USER
from reconciler.kinds.site import SITE
from reconciler.kinds.token import TOKEN

KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (SITE, BOOTSTRAP, TOKEN, PORTAL_USER)}
)
"""By name, in order of creation."""

_SPELLINGS: Mapping[str, Kind] = {
    spelling.lower(): kind
    for kind in KINDS.values()
    for spelling in (kind.name, f"{kind.name}s", kind.noun, kind.scope_key)
}
_KNOWN = "site, bootstrap, token, user"


def find_kind(text: str) -> Kind | None:
    """The kind that people mean: any case, singular or plural, `user` for `PortalUser`."""
    return _SPELLINGS.get(text.lower())


def parse_selector(text: str) -> tuple[str, str]:
    """`tokens/STORE-*` is `("Token", "STORE-*")`; a kind alone means all of it, `*` any kind.

    Raises:
        Misuse: No such kind.
    """
    noun, slash, glob = text.partition("/")
    if noun == "*":
        return "*", glob or "*"
    kind = find_kind(noun)
    if kind is None:
        message = f'"{noun}" is not a kind'
        raise Misuse(message, f"write KIND/NAME with one of {_KNOWN}, for example token/STORE-*")
    if slash and not glob:
        message = f'"{text}" names no object'
        raise Misuse(message, f"write {noun}/NAME, or {noun}/* for all of them")
    return kind.name, glob or "*"


def parse_ack(text: str) -> tuple[str, int]:
    """`deletes.token=12` is `("deletes.Token", 12)`; `deletes=12` holds for all kinds together.

    Raises:
        Misuse: Not of that form.
    """
    what, _, number = text.partition("=")
    sort, dot, noun = what.partition(".")
    kind = find_kind(noun)
    known = _ACKS_BY_KIND if dot else (*_ACKS_BY_KIND, *_ACKS)
    if sort not in known or not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        message = f'"{text}" is not an acknowledgement'
        fix = f"write SORT=N or SORT.KIND=N, for example deletes.Token=12; {_ACK_SORTS}"
        raise Misuse(message, fix)
    if dot and kind is None:
        message = f'"{noun}" is not a kind'
        raise Misuse(message, f"use one of {_KNOWN}, for example deletes.Token=12")
    return (f"{sort}.{kind.name}" if kind else sort), int(number)


_ACKS_BY_KIND: Final = ("deletes", "updates", "adopt")
"""Counted by kind, or for all kinds together."""
_ACKS: Final = ("used", "unverified", "undone")
_ACK_SORTS: Final = f"there is {', '.join(_ACKS_BY_KIND)}, and without a kind {', '.join(_ACKS)}"
_DIGITS: Final = 9
"""More than any server holds, and no number that takes long to read."""
