"""Status and shape of every error: RFC 9457 problem documents that never repeat what was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match

from reconciler.server.domain.errors import DomainError, ErrorCode, FieldError

MEDIA_TYPE = "application/problem+json"
ERROR_LOG = "pvm.error"

STATUS: Mapping[ErrorCode, HTTPStatus] = {
    ErrorCode.VALIDATION: HTTPStatus.BAD_REQUEST,
    ErrorCode.MALFORMED_JSON: HTTPStatus.BAD_REQUEST,
    ErrorCode.NOT_AN_OBJECT: HTTPStatus.BAD_REQUEST,
    ErrorCode.WEAK_PASSWORD: HTTPStatus.BAD_REQUEST,
    ErrorCode.RESET_INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.CUSTOMER_REQUIRED: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.BAD_CREDENTIALS: HTTPStatus.UNAUTHORIZED,
    ErrorCode.BAD_API_KEY: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.APP_MISMATCH: HTTPStatus.FORBIDDEN,
    ErrorCode.VERSION_TOO_OLD: HTTPStatus.FORBIDDEN,
    ErrorCode.PREMIUM_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorCode.OBSOLETE_DISABLED: HTTPStatus.FORBIDDEN,
    ErrorCode.EXM_NOT_ENTITLED: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_BOOTSTRAP: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_TOKEN: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_SITE: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_DEVICE: HTTPStatus.NOT_FOUND,
    ErrorCode.CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.IN_USE: HTTPStatus.CONFLICT,
    ErrorCode.TOKEN_TAKEN: HTTPStatus.CONFLICT,
    ErrorCode.NO_INTENT: HTTPStatus.CONFLICT,
    ErrorCode.PTTPRO_DISABLED: HTTPStatus.CONFLICT,
    ErrorCode.SITE_HAS_DEVICES: HTTPStatus.CONFLICT,
    ErrorCode.SITE_CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.NO_LICENSE_AVAILABLE: HTTPStatus.CONFLICT,
    ErrorCode.LICENSE_EXPIRED: HTTPStatus.CONFLICT,
    ErrorCode.USE_EXM: HTTPStatus.CONFLICT,
    ErrorCode.ACTIVE_IN_EXM: HTTPStatus.CONFLICT,
    ErrorCode.ALREADY_MIGRATED: HTTPStatus.CONFLICT,
    ErrorCode.JOB_RUNNING: HTTPStatus.CONFLICT,
    ErrorCode.LAST_SUPER_ADMIN: HTTPStatus.CONFLICT,
    ErrorCode.SELF: HTTPStatus.CONFLICT,
    ErrorCode.STALE_VERSION: HTTPStatus.PRECONDITION_FAILED,
    ErrorCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.UPSTREAM: HTTPStatus.SERVICE_UNAVAILABLE,
}

_OF_TRANSPORT: Mapping[int, tuple[str, str]] = {
    400: ("MALFORMED_REQUEST", "the request is not valid HTTP"),
    404: ("NOT_FOUND", "there is nothing at this address"),
    405: ("METHOD_NOT_ALLOWED", "this address does not offer that method; see Allow"),
    413: ("TOO_LARGE", "the body is larger than this address accepts"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "this address takes application/json"),
    431: ("HEADERS_TOO_LARGE", "the request's headers are too large"),
    500: ("INTERNAL", "the server failed; its log has the details under the request id"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as it is answered."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] | None = None


def problem_response(problem: Problem, request_id: str) -> Response:
    """The document; `instance` is the request's id, because a path would repeat input."""
    document: dict[str, object] = {
        "type": f"urn:pvm:error:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:pvm:request:{request_id}",
        "code": problem.code,
        "errors": [_row(error) for error in problem.errors],
        "requestId": request_id,
    }
    headers = dict(problem.headers or {})
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(document, problem.status, headers, MEDIA_TYPE)


def _row(error: FieldError) -> dict[str, object]:
    row = {
        "field": error.field,
        "message": error.message,
        "line": error.line,
        "column": error.column,
        "index": error.index,
    }
    return {key: value for key, value in row.items() if value is not None}


def transport_problem(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem of an error that the framework found, by its status."""
    code, detail = _OF_TRANSPORT.get(status, ("VALIDATION", HTTPStatus(status).phrase))
    return Problem(status, code, detail, headers=headers)


def install(app: FastAPI) -> None:
    """Give every kind of failure its handler."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _transport)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _failed)


def _request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, DomainError):
        raise error
    headers = {}
    if error.retry_after_seconds is not None:
        headers["retry-after"] = str(error.retry_after_seconds)
    problem = Problem(STATUS[error.code], error.code, error.detail, error.errors, headers)
    return problem_response(problem, _request_id(request))


def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    rows = tuple(
        FieldError(".".join(str(part) for part in row["loc"][1:]), str(row["msg"]))
        for row in error.errors()
    )
    problem = Problem(400, "VALIDATION", "the request does not fit this operation", rows)
    return problem_response(problem, _request_id(request))


def _transport(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = ", ".join(allowed_methods(request.app.routes, request))
    return problem_response(transport_problem(error.status_code, headers), _request_id(request))


def allowed_methods(routes: Sequence[BaseRoute], request: Request) -> list[str]:
    """Every method that the address offers; the router itself names only its first match."""
    found: set[str] = set()
    for route in routes:
        for method in ("GET", "POST", "DELETE"):
            match, _ = route.matches({**request.scope, "method": method})
            if match is Match.FULL:
                found.add(method)
    return sorted(found)


def _gone(_request: Request, _error: Exception) -> Response:
    """The peer hung up while it was still sending; nobody reads this answer."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


def _failed(request: Request, error: Exception) -> Response:
    request_id = _request_id(request)
    structlog.get_logger(ERROR_LOG).error(
        "unexpected", request_id=request_id, method=request.method, exc_info=error
    )
    return problem_response(transport_problem(HTTPStatus.INTERNAL_SERVER_ERROR), request_id)
