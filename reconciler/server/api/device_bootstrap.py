"""The device's download of its configuration."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import JSON
from reconciler.server.api.call import world_of
from reconciler.server.api.clients import LONGEST, PREFIX, ContactBody, Place, read_contact
from reconciler.server.api.conditions import is_known
from reconciler.server.api.description import DELIVERY
from reconciler.server.api.gathering import Gathering
from reconciler.server.api.queries import read_query
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.errors import refuse
from reconciler.server.usecases.device_bootstrap import download_bootstrap
from reconciler.server.usecases.downloads import download_together
from reconciler.server.usecases.ports import Delivery, World

PATH = f"{PREFIX}/bootstrap"
router = APIRouter(tags=["client"])
_MOST_AT_ONCE = 64
Downloads = Gathering[Contact, Delivery]


def gather_downloads(world: World) -> Downloads:
    """What the application's state holds as `downloads`."""
    return Gathering(partial(download_together, world), _MOST_AT_ONCE)


_QUERY = {field.alias or name: field.default for name, field in ContactBody.model_fields.items()}
_KNOWN = frozenset(_QUERY)
_HEADER = "X-PVM-Token"


def _described(place: str, name: str, default: str | None) -> Mapping[str, object]:
    schema = {"type": "string", "maxLength": LONGEST, "title": name.title()}
    given = {} if default is None else {"default": default}
    return {"in": place, "name": name, "required": False, "schema": {**schema, **given}}


_PARAMETERS = [
    *(_described("query", name, default) for name, default in _QUERY.items()),
    _described("header", _HEADER, None),
]


@router.get(PATH, responses=DELIVERY, openapi_extra={"parameters": _PARAMETERS})
async def get_delivery(request: Request) -> Response:
    """The parameters that a token delivers, exactly as they were stored."""
    contact = _read_contact(request)
    downloads: Downloads = request.app.state.downloads
    delivery = await downloads.add(contact)
    if delivery is None:
        delivery = await run_in_threadpool(download_bootstrap, world_of(request), contact)
    tag = f'"{delivery.sha256}"'
    if is_known(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag})
    return Response(delivery.text, media_type=JSON, headers={"etag": tag})


def _read_contact(request: Request) -> Contact:
    """What the query and the header tell. Raises VALIDATION.

    Read here, because the framework's own reading would cost more than all the rest.
    """
    told = read_query(request, _KNOWN)
    header = request.headers.get(_HEADER)
    if header is not None and len(header) > LONGEST:
        refuse(_HEADER, f"must be at most {LONGEST} characters")
    try:
        body = ContactBody.model_validate(told)
    except ValidationError as error:
        rows = error.errors(include_url=False, include_input=False)
        raise RequestValidationError(
            [{**row, "loc": ("query", *row["loc"])} for row in rows]
        ) from None
    peer = request.client.host if request.client else ""
    return read_contact(body, Place(header, peer))
