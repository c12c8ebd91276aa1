"""Lists: paged as JSON, or whole as NDJSON or as a table when the reader asks for it."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import JSON, offers
from reconciler.server.api.call import Call
from reconciler.server.api.exports import CSV, write_table
from reconciler.server.api.queries import PageNumber, PageSize, read_time
from reconciler.server.api.representation import NDJSON, chunks, write_page
from reconciler.server.api.streaming import stream
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.listing import ListQuery, Page, Sort

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Item = TypeVar("Item")


class Form(Enum):
    """How a list is answered."""

    PAGE = "application/json"
    LINES = NDJSON
    TABLE = CSV


@dataclass(frozen=True, slots=True)
class Asked:
    """The list parameters that every list shares, and the form that is wanted.

    `paged` is set when the request names a page, which a whole list does not have.
    """

    page: int
    size: int
    sort: tuple[Sort, ...]
    q: str
    form: Form
    paged: bool

    def query(self, customer: str | None, filters: Mapping[str, str | None]) -> ListQuery:
        """The list's query; a filter that was not given is None."""
        given = {name: value for name, value in filters.items() if value is not None}
        return ListQuery(self.page, self.size, self.sort, self.q, given, customer=customer)


async def _asked(
    request: Request,
    page: Annotated[PageNumber, Query(description="From 0")] = 0,
    size: Annotated[PageSize, Query(description="Rows a page")] = 20,
    sort: Annotated[
        list[str] | None, Query(description="`field,asc` or `field,desc`; repeatable")
    ] = None,
    q: Annotated[str, Query(description="Part of any visible text", max_length=256)] = "",
) -> Asked:
    paged = bool({"page", "size", "after"} & request.query_params.keys())
    order = tuple(_sort(text) for text in sort or ())
    return Asked(page, size, order, q, _wanted(request), paged)


def by_wire_name(filters: "DataclassInstance") -> dict[str, str | None]:
    """Filters under the names that the API gives them."""
    return {to_camel(name): value for name, value in asdict(filters).items()}


Listing = Annotated[Asked, Depends(_asked)]


def _wanted(request: Request) -> Form:
    accepted = request.headers.get("accept", "").lower().split(",")
    types = {part.partition(";")[0].strip() for part in accepted}
    if NDJSON in types and offers(request, "ndjson"):
        return Form.LINES
    return Form.TABLE if CSV in types else Form.PAGE


@dataclass(frozen=True, slots=True)
class Timed:
    """What a list by time can be asked for besides."""

    since: datetime | None
    until: datetime | None
    after: str | None

    def narrow(self, query: ListQuery) -> ListQuery:
        """The query with this window, and behind this cursor."""
        return replace(query, since=self.since, until=self.until, after=self.after)


async def _timed(
    since: Annotated[str | None, Query(alias="from", description="UTC time, included")] = None,
    until: Annotated[str | None, Query(alias="to", description="UTC time, not included")] = None,
    after: Annotated[
        str | None,
        Query(
            description="Instead of page: what the page before gave as `next`; by timestamp only. "
            "Rows that came meanwhile move nothing, and nothing is counted again.",
            max_length=64,
        ),
    ] = None,
) -> Timed:
    return Timed(read_time("from", since), read_time("to", until), after)


Timing = Annotated[Timed, Depends(_timed)]


def _sort(text: str) -> Sort:
    field, comma, direction = text.partition(",")
    if comma and direction not in ("asc", "desc"):
        refuse("sort", "must be a field, a comma, and asc or desc")
    return Sort(field, descending=direction == "desc")


@dataclass(frozen=True, slots=True)
class Source(Generic[Item]):
    """Both ways to read one list, and how one of its items is shown.

    `columns` are the keys that a table has; a list without them is not answered as a table.
    """

    page: Callable[[], Page[Item]]
    rows: Callable[[], Iterator[Item]]
    show: Callable[[Item], Mapping[str, object]]
    columns: tuple[str, ...] = ()


def owned_columns(call: Call, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns behind the first, where vendor administrators read whose row it is."""
    first, *rest = columns
    return columns if call.caller.customer else (first, "customer", *rest)


def answer(asked: Asked, source: Source[Item]) -> Response:
    """The page, or the stream of the whole list."""
    if asked.form is Form.PAGE or (asked.form is Form.TABLE and not source.columns):
        page = source.page()
        rows = (source.show(row) for row in page.rows)
        return Response(write_page(rows, page), media_type=JSON)
    if asked.paged:
        refuse("page", "this form of a list is always whole; leave page, size and after out")
    return stream(_pieces(asked.form, source), asked.form.value)


def _pieces(form: Form, source: Source[Item]) -> Generator[bytes, None, None]:
    rows = (source.show(row) for row in source.rows())
    if form is Form.TABLE:
        yield from write_table(source.columns, rows)
    else:
        yield from chunks(rows)
