"""What a server tells beside its objects: whom they reach, and what happened to them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from reconciler.core.ports import Rejected
from reconciler.core.reach import Footprint
from reconciler.core.trail import Deed, Happening, Trail
from reconciler.core.values import JsonValue
from reconciler.kinds import KINDS
from reconciler.remote.answer import Answer, json_of
from reconciler.remote.endpoints import EVENTS, FOOTPRINTS
from reconciler.remote.wire import object_of

_MOST_PAGES: Final = 10
_TYPES: Final = {
    f"{kind.noun.upper()}_{deed}": (kind.name, deed) for kind in KINDS.values() for deed in Deed
}
"""Of events about objects: `BOOTSTRAP_UPDATE`."""


Ask = Callable[[Mapping[str, str]], Answer]
"""Asks for a page of events, with parameters that say which."""


def footprints_of(answer: Answer) -> Sequence[Footprint] | None:
    """`None` where the server does not know the address. Raises `Rejected`."""
    if answer.status != HTTPStatus.OK:
        return None
    rows = object_of(json_of(answer)).get("footprints")
    if not isinstance(rows, list):
        raise _odd(FOOTPRINTS, "the answer has no list of footprints")
    return [_footprint(row) for row in rows]


def trail_of(ask: Ask) -> Trail | None:
    """The newest events, in at most ten requests. Raises `Rejected`, and what `ask` raises."""
    found: list[Happening] = []
    more: Mapping[str, str] = {}
    for _ in range(_MOST_PAGES):
        answer = ask(more)
        if answer.status != HTTPStatus.OK:
            return None
        page = object_of(json_of(answer))
        found += _happenings(page)
        following = page.get("next")
        if not isinstance(following, str):
            return Trail(tuple(found), complete=_is_whole(page))
        more = {"after": following}
    return Trail(tuple(found), complete=False)


def _is_whole(page: Mapping[str, JsonValue]) -> bool:
    """Whether nothing follows; a server without cursors says how many rows there are."""
    if "next" in page:
        return True
    rows, total = page.get("content"), page.get("totalElements")
    return isinstance(rows, list) and isinstance(total, int) and total <= len(rows)


def _happenings(page: Mapping[str, JsonValue]) -> Iterator[Happening]:
    rows = page.get("content")
    if not isinstance(rows, list):
        raise _odd(EVENTS, "the answer has no list of rows (content)")
    for row in rows:
        if not isinstance(row, Mapping):
            raise _odd(EVENTS, "a row of the events is not an object")
        known = _TYPES.get(str(row.get("type")))
        target, at, by = row.get("target"), row.get("timestamp"), row.get("userLogin")
        if known is not None and isinstance(target, str) and isinstance(at, str):
            yield Happening(*(known[0], target, known[1]), by if isinstance(by, str) else "", at)


def _footprint(row: JsonValue) -> Footprint:
    if not isinstance(row, Mapping):
        raise _odd(FOOTPRINTS, "a footprint is not an object")
    devices, site = row.get("devices"), row.get("site")
    if not isinstance(devices, int) or isinstance(devices, bool) or devices < 0:
        raise _odd(FOOTPRINTS, "a footprint does not say how many devices it is of")
    return Footprint(
        _names(row.get("tokens")),
        _names(row.get("bootstraps")),
        site if isinstance(site, str) else "",
        devices,
    )


def _names(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _odd(FOOTPRINTS, "a footprint does not name what it is of")
    return tuple(map(str, value))


def _odd(path: str, message: str) -> Rejected:
    return Rejected(f"GET {path}", message)
