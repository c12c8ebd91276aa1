"""JSON Pointers (RFC 6901), and patterns of them where `*` stands for any one key or index."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from reconciler.core.values import ABSENT, JsonValue, Maybe


def join(parts: Iterable[str | int]) -> str:
    """`("a/b", 0)` is `/a~1b/0`; no parts are the whole value: the empty text."""
    return "".join(f"/{_escape(str(part))}" for part in parts)


@lru_cache(maxsize=4096)
def split(pointer: str) -> tuple[str, ...]:
    """The parts of a pointer, unescaped; remembered, since thousands of objects share them.

    Raises:
        ValueError: Neither empty nor starting with a slash.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        message = f"a pointer starts with a slash: {pointer!r}"
        raise ValueError(message)
    return tuple(_unescape(part) for part in pointer[1:].split("/"))


def resolve(value: Maybe, pointer: str) -> Maybe:
    """What `pointer` leads to; `ABSENT` when it leads nowhere."""
    found: Maybe = value
    for part in split(pointer):
        found = found.get(part, ABSENT) if isinstance(found, dict) else step(found, part)
    return found


def step(value: Maybe, part: str) -> Maybe:
    """One level down."""
    if isinstance(value, Mapping):
        return value.get(part, ABSENT)
    if isinstance(value, list | tuple) and is_index(part) and int(part) < len(value):
        item: JsonValue = value[int(part)]
        return item
    return ABSENT


def is_index(part: str) -> bool:
    """Whether an array may have it: ASCII digits without leading zeros, of sane length."""
    return part.isascii() and part.isdigit() and len(part) <= 18 and (part == "0" or part[0] != "0")  # noqa: PLR2004 -- 18 digits fit every machine word


def matches(pattern: str, pointer: str) -> bool:
    """Whether the pattern names exactly this pointer."""
    wanted, parts = split(pattern), split(pointer)
    return len(wanted) == len(parts) and _agree(wanted, parts)


def covers(pattern: str, pointer: str) -> bool:
    """Whether the pattern names this pointer or something above it."""
    wanted, parts = split(pattern), split(pointer)
    return len(wanted) <= len(parts) and _agree(wanted, parts)


def order_key(pointer: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts pointers as people read them: `/list/9` before `/list/10`."""
    return tuple((0, int(p), "") if is_index(p) else (1, 0, p) for p in split(pointer))


def _agree(wanted: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return all(want in ("*", part) for want, part in zip(wanted, parts, strict=False))


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _unescape(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
