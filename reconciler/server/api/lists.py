"""Lists: paged as JSON, or whole as NDJSON when the reader asks for it."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import JSON, offers
from reconciler.server.api.queries import PageNumber, PageSize
from reconciler.server.api.representation import NDJSON, chunks, write_page
from reconciler.server.api.streaming import stream
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.listing import ListQuery, Page, Sort

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Asked:
    """The list parameters that every list shares, and whether the whole list is wanted."""

    page: int
    size: int
    sort: tuple[Sort, ...]
    q: str
    whole: bool

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
    whole = offers(request, "ndjson") and _wants_lines(request)
    if whole and {"page", "size"} & request.query_params.keys():
        refuse("page", "a list in NDJSON is always whole; leave page and size out")
    return Asked(page, size, tuple(_sort(text) for text in sort or ()), q, whole)


def by_wire_name(filters: "DataclassInstance") -> dict[str, str | None]:
    """Filters under the names that the API gives them."""
    return {to_camel(name): value for name, value in asdict(filters).items()}


Listing = Annotated[Asked, Depends(_asked)]


def _wants_lines(request: Request) -> bool:
    accepted = request.headers.get("accept", "").lower().split(",")
    return any(part.partition(";")[0].strip() == NDJSON for part in accepted)


def _sort(text: str) -> Sort:
    field, comma, direction = text.partition(",")
    if comma and direction not in ("asc", "desc"):
        refuse("sort", "must be a field, a comma, and asc or desc")
    return Sort(field, descending=direction == "desc")


@dataclass(frozen=True, slots=True)
class Source(Generic[Item]):
    """Both ways to read one list, and how one of its items is shown."""

    page: Callable[[], Page[Item]]
    rows: Callable[[], Iterator[Item]]
    show: Callable[[Item], Mapping[str, object]]


def answer(asked: Asked, source: Source[Item]) -> Response:
    """The page, or the stream of the whole list."""
    if asked.whole:
        return stream(_pieces(source))
    page = source.page()
    rows = (source.show(row) for row in page.rows)
    return Response(write_page(rows, page.page, page.size, page.total), media_type=JSON)


def _pieces(source: Source[Item]) -> Generator[bytes, None, None]:
    yield from chunks(source.show(row) for row in source.rows())
