"""Where each kind lives on the server.

The vendor documents only a part of these paths, so `endpoints` of a target can override each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Final

from reconciler.core.kind import Kind
from reconciler.core.problem import Misuse

ADMIN: Final = "/admin/api/v1"
LOGIN: Final = f"{ADMIN}/auth/admin"
LOGIN_REQUEST: Final = f"POST {LOGIN}"
ACCOUNT: Final = f"{ADMIN}/auth/me"
CAPABILITIES: Final = f"{ADMIN}/capabilities"
CHANGES: Final = f"{ADMIN}/changes"
EVENTS: Final = f"{ADMIN}/events"
FOOTPRINTS: Final = f"{ADMIN}/devices/footprints"
DEVICE: Final = "/client/api/v1"
DEVICE_BOOTSTRAP: Final = f"{DEVICE}/bootstrap"
DEVICE_REGISTER: Final = f"{DEVICE}/register"
DEVICE_CHECKIN: Final = f"{DEVICE}/checkin"
DEVICE_LICENSE: Final = f"{DEVICE}/license"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one kind and the shape of its lists; each field may be overridden."""

    list: str
    """Empty: the server has no list of the kind."""
    get: str
    """Empty: the server tells a single object only within the list."""
    write: str
    delete: str
    items: str = "content"
    """The key of a page's rows; empty when the answer is the array itself."""
    name: str = "name"
    """The field of a row that holds the object's name."""
    parameters: str = "parameters"
    """The field of a row that holds the value of a kind with a `value_field`."""
    paging: str = "page"
    """`page` for `page` and `size`, or `none` when one answer holds everything."""


_NAMES: Final = tuple(field.name for field in fields(Endpoints))
_PAGINGS: Final = ("page", "none")


def endpoints_of(kind: Kind, overrides: Mapping[str, Mapping[str, str]]) -> Endpoints:
    """The kind's addresses; raises `Misuse` for an override that means nothing."""
    one = f"{ADMIN}/{kind.path}"
    known = {
        "list": f"{ADMIN}/{kind.collection}",
        "get": one,
        "write": one,
        "delete": one,
        "name": kind.identity,
        "parameters": kind.value_field or "",
    }
    given = overrides.get(kind.name) or overrides.get(kind.scope_key) or {}
    for key, text in given.items():
        _check_override(kind, key, text)
        known[key] = text.lstrip("/") if key in ("items", "name", "parameters") else text
    return Endpoints(**known)


def silence(kind: Kind, *, invites: bool) -> dict[str, str]:
    """The parameter that keeps the server from mailing whoever such an object is about."""
    return {"silent": "true"} if kind.invites and not invites else {}


def _check_override(kind: Kind, key: str, text: str) -> None:
    place = f"endpoints of {kind.name}"
    if key not in _NAMES:
        near = get_close_matches(key, _NAMES, 1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        message = f'{place}: "{key}" is not a setting'
        raise Misuse(message, f"{hint}there is: {', '.join(_NAMES)}")
    if key == "paging" and text not in _PAGINGS:
        message = f'{place}: paging can\'t be "{text}"'
        raise Misuse(message, f"use one of {', '.join(_PAGINGS)}")
    switched_off = key in ("list", "get") and not text
    is_path = key in ("list", "get", "write", "delete")
    if is_path and not switched_off and not text.startswith("/"):
        message = f'{place}: the path "{text}" does not begin with a slash'
        raise Misuse(message, f"write it like {ADMIN}/{kind.collection}")
