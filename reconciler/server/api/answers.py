"""Answers of single objects: the row, its tag, and what a write did."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.conditions import etag, is_known
from reconciler.server.api.representation import write_row
from reconciler.server.domain.write import Result

JSON = "application/json"


def offers(request: Request, capability: str) -> bool:
    """Whether this server offers a capability; an operator may switch each off."""
    return capability in request.app.state.capabilities


def require_offered(request: Request, capability: str) -> None:
    """Act as if the address were not there when its capability is off.

    Raises:
        HTTPException: 404.
    """
    if not offers(request, capability):
        raise HTTPException(HTTPStatus.NOT_FOUND)


def found(request: Request, row: Mapping[str, object], version: int) -> Response:
    """One object; 304 when the reader knows this version."""
    headers = _tag(request, version)
    if headers and is_known(request, headers["etag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(write_row(row), media_type=JSON, headers=headers)


def written(request: Request, result: Result, row: Mapping[str, object], version: int) -> Response:
    """The stored object after a write."""
    headers = {**_tag(request, version), "x-pvm-result": str(result)}
    return Response(write_row(row), media_type=JSON, headers=headers)


def plain(row: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """An answer that has no version."""
    return Response(write_row(row), status, media_type=JSON)


def nothing() -> Response:
    """Done, and nothing to say."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _tag(request: Request, version: int) -> dict[str, str]:
    return {"etag": etag(version)} if offers(request, "etag") else {}
