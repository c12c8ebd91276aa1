"""The device's download of its configuration."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import JSON
from reconciler.server.api.call import Public
from reconciler.server.api.conditions import is_known
from reconciler.server.api.description import DELIVERY
from reconciler.server.domain.errors import DomainError, ErrorCode, refuse
from reconciler.server.usecases.device_bootstrap import download_bootstrap

PATH = "/client/api/v1/bootstrap"
router = APIRouter(tags=["client"])


@router.get(PATH, responses=DELIVERY)
def get_delivery(
    request: Request,
    call: Public,
    in_query: Annotated[str | None, Query(alias="token", max_length=128)] = None,
    in_header: Annotated[str | None, Header(alias="X-PVM-Token", max_length=128)] = None,
    app_id: Annotated[str | None, Query(alias="appId", max_length=64)] = None,
) -> Response:
    """The parameters that a token delivers, exactly as they were stored."""
    if in_query is not None and in_header is not None and in_query != in_header:
        refuse("token", "the query and X-PVM-Token name different tokens")
    token = in_header if in_query is None else in_query
    if token is None:
        raise DomainError(ErrorCode.UNKNOWN_TOKEN, "send a token as X-PVM-Token or ?token=")
    delivery = download_bootstrap(call.world, token, app_id)
    tag = f'"{delivery.sha256}"'
    if is_known(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"etag": tag})
    return Response(delivery.text, media_type=JSON, headers={"etag": tag})
