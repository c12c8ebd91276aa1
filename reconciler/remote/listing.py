"""Lists: pages, and streams of lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconciler.core.json_text import JsonError, parse_answer
from reconciler.core.values import JsonValue
from reconciler.remote.answer import Garbled
from reconciler.remote.endpoints import Endpoints
from reconciler.remote.wire import object_of


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list, and how many the whole list has."""

    number: int
    """From 0."""
    rows: Sequence[JsonValue]
    total: int


def page_of(value: JsonValue, endpoints: Endpoints, number: int) -> Page:
    """Raises `Garbled` for an answer without rows or total: that is never an empty list."""
    rows = object_of(value).get(endpoints.items) if endpoints.items else value
    if not isinstance(rows, list):
        message = f"the answer has no list of rows ({endpoints.items or 'an array'})"
        raise Garbled(message)
    if endpoints.paging == "none":
        return Page(number, rows, len(rows))
    total = object_of(value).get("totalElements")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        message = "the answer does not say how many rows there are (totalElements)"
        raise Garbled(message)
    return Page(number, rows, total)


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, without empty ones."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)
    if rest:
        yield rest


def parse_line(line: bytes) -> JsonValue:
    """One row; raises `Garbled`."""
    try:
        return parse_answer(line.decode())
    except UnicodeDecodeError as error:
        message = "a row of the list is not UTF-8"
        raise Garbled(message) from error
    except JsonError as error:
        message = f"a row of the list is not JSON: {error}"
        raise Garbled(message) from error
