"""What single texts of `pvm.yaml` mean, and what is wrong with those that mean nothing."""

from datetime import date, time
from typing import Final

from reconciler.core.project import Hold, Window
from reconciler.kinds import KINDS, find_kind

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_PORTS: Final = {"http": ":80", "https": ":443"}


class TermError(ValueError):
    """A text that means nothing; `message` and `fix` are those of a problem."""

    def __init__(self, message: str, fix: str, field: str) -> None:
        self.field = field
        """Of the entry that the text stands in."""
        self.message = message
        self.fix = fix
        super().__init__(message)


def seconds(duration: str) -> float:
    """`2m` is 120."""
    return float(duration[:-1]) * _SECONDS[duration[-1]]


def window_of(allow: str, zone: str) -> Window:
    """`21:00-05:00` in an IANA zone.

    Raises:
        TermError: No such zone, or a window of no hours.
    """
    start, end = (time.fromisoformat(text) for text in allow.split("-"))
    if start == end:
        message = "window begins when it ends"
        raise TermError(message, 'write two different hours, as "21:00-05:00"', "allow")
    if not _is_zone(zone):
        message = f'"{zone}" is no time zone that this machine knows'
        raise TermError(message, "write an IANA name, as Europe/Amsterdam", "zone")
    return Window(start, end, zone)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 -- few projects have a window

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def hold_of(object_: str, until: str, reason: str) -> Hold:
    """One object, by kind and name, up to a day.

    Raises:
        TermError: No such kind, no such name, no such day.
    """
    noun, _, name = object_.partition("/")
    kind = find_kind(noun)
    if kind is None:
        raise _no_kind(noun)
    if not kind.name_pattern.fullmatch(name):
        message = f'"{name}" is no name of a {kind.noun}'
        raise TermError(message, "name one object; globs are not possible here", "object")
    return Hold(kind.name, name, day_of(until), reason)


def day_of(text: str) -> date:
    """`2026-12-01`; raises `TermError`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f'"{text}" is no day of the calendar'
        raise TermError(message, 'write it like "2026-12-01"', "until") from None


def release_of(text: str) -> tuple[str, str]:
    """`Bootstrap/pilot-*` by kind name and glob; raises `TermError`."""
    noun, _, glob = text.partition("/")
    kind = find_kind(noun)
    if kind is None:
        raise _no_kind(noun)
    return kind.name, glob


def comparable_url(url: str) -> str:
    """Equal texts for addresses of the same server."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    usual = _PORTS.get(scheme.lower(), "")
    host = host.lower().removesuffix(usual) if usual else host.lower()
    return f"{scheme.lower()}://{host}{slash}{path}".rstrip("/")


def _no_kind(noun: str) -> TermError:
    known = ", ".join(kind.noun for kind in KINDS.values())
    return TermError(f'"{noun}" is not a kind', f"there is {known}", "object")
