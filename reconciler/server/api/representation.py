"""JSON as it is sent: a stored document goes out as the text that came in."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from json.encoder import encode_basestring
from typing import Any

from reconciler.server.domain.listing import Page

NDJSON = "application/x-ndjson"
_CHUNK_BYTES = 64 * 1024
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_encode = _ENCODER.encode


class Document(str):
    """JSON text that is written as it is, so key order and number spelling survive."""

    __slots__ = ()


def write_row(row: Mapping[str, object]) -> str:
    """One object; its `Document` values keep their own line ends."""
    return "{" + ",".join([_key(key) + _value(value) for key, value in row.items()]) + "}"


@cache
def _key(name: str) -> str:
    return encode_basestring(name) + ":"


def _value(value: object) -> str:
    """A list of 100,000 rows passes here a million times, so its common types come first."""
    if isinstance(value, str):
        return value if isinstance(value, Document) else encode_basestring(value)
    if value is None:
        return "null"
    if type(value) is int:
        return repr(value)
    return _encode(value)


def write_line(row: Mapping[str, object]) -> str:
    """One object on one line.

    Inside JSON text a raw line end can only stand between tokens, where a blank means the same.
    """
    return write_row(row).replace("\n", " ").replace("\r", " ") + "\n"


def chunks(rows: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    """Lines of NDJSON in pieces of about 64 KiB, so that no row costs a switch of threads."""
    lines: list[str] = []
    size = 0
    for row in rows:
        line = write_line(row)
        lines.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield "".join(lines).encode()
            lines, size = [], 0
    yield "".join(lines).encode()


def write_page(rows: Iterable[Mapping[str, object]], page: Page[Any]) -> str:
    """The envelope of a list around the rows as they are shown.

    In an order that has cursors it says `next`; a page that a cursor asked for has no number, and
    nothing was counted for it.
    """
    content = ",".join(write_row(row) for row in rows)
    envelope: dict[str, object] = {"content": Document(f"[{content}]")}
    if page.counted:
        envelope["page"] = page.page
    envelope["size"] = page.size
    if page.counted:
        envelope |= {"totalElements": page.total, "totalPages": page.pages}
    if page.following is not None:
        envelope["next"] = page.following.cursor
    return write_row(envelope)


def time_text(moment: datetime) -> str:
    """UTC with milliseconds and a `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def optional_time(moment: datetime | None) -> str | None:
    """As `time_text`, for what may not have happened yet."""
    return None if moment is None else time_text(moment)
