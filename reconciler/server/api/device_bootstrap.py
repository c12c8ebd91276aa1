"""The device's download of its configuration."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.params import Query as QueryParameter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import JSON
from reconciler.server.api.call import Public
from reconciler.server.api.clients import LONGEST, PREFIX, Caller
from reconciler.server.api.conditions import is_known
from reconciler.server.api.description import DELIVERY
from reconciler.server.api.gathering import Gathering
from reconciler.server.domain.contact import Contact
from reconciler.server.domain.device import Hardware
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


def _told(alias: str) -> QueryParameter:
    parameter: QueryParameter = Query(alias=alias, max_length=LONGEST)
    return parameter


async def _hardware(
    manufacturer: Annotated[str, _told("manufacturer")] = "",
    model: Annotated[str, _told("model")] = "",
    os_version: Annotated[str, _told("osVersion")] = "",
    os_build: Annotated[str, _told("osBuild")] = "",
) -> Hardware:
    return Hardware(manufacturer, model, os_version, os_build)


async def _contact(
    place: Caller,
    hardware: Annotated[Hardware, Depends(_hardware)],
    device_id: Annotated[str | None, _told("deviceId")] = None,
    app_id: Annotated[str | None, _told("appId")] = None,
    app_version: Annotated[str, _told("appVersion")] = "",
) -> Contact:
    return Contact(place.token, device_id, app_id, app_version, hardware, place.peer or None)


@router.get(PATH, responses=DELIVERY)
async def get_delivery(
    request: Request, call: Public, contact: Annotated[Contact, Depends(_contact)]
) -> Response:
    """The parameters that a token delivers, exactly as they were stored."""
    downloads: Downloads = request.app.state.downloads
    delivery = await downloads.add(contact)
    if delivery is None:
        delivery = await run_in_threadpool(download_bootstrap, call.world, contact)
    tag = f'"{delivery.sha256}"'
    if is_known(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag})
    return Response(delivery.text, media_type=JSON, headers={"etag": tag})
