"""What every request passes, as plain ASGI: id, headers, access log and body limits.

Nothing here subclasses a framework's middleware: those break cancellation and context variables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.server.api.errors import problem_response, transport_problem

ACCESS_LOG = "pvm.access"
STATIC = "/admin/swagger-ui/vendor/"
PAGE = "/admin/swagger-ui/"

_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def security_headers(path: str, *, encrypted: bool) -> Mapping[str, str]:
    """The headers of every answer below `path`, whatever its status."""
    page = path.startswith(PAGE)
    cache = "public, max-age=31536000, immutable" if path.startswith(STATIC) else "no-store"
    headers = {
        **_FIXED,
        "content-security-policy": _PAGE_POLICY if page else _API_POLICY,
        "cache-control": cache,
    }
    if encrypted:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


@lru_cache(maxsize=256)
def _wanted(path: str, encrypted: bool, good: bool) -> Mapping[bytes, bytes]:  # noqa: FBT001 - a key
    """As they are sent; what failed is never kept by anybody."""
    headers = dict(security_headers(path, encrypted=encrypted))
    if not good:
        headers["cache-control"] = "no-store"
    return {name.encode(): value.encode() for name, value in headers.items()}


@dataclass(frozen=True, slots=True)
class Envelope:
    """Gives each request an id, each answer its headers, and the log one line about both.

    `random_bytes` and `seconds` (any monotonic clock) come from the composition root. The log
    holds the path without its query, because a query may carry a token.
    """

    app: ASGIApp
    random_bytes: Callable[[int], bytes]
    seconds: Callable[[], float]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = self.random_bytes(12).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        started = self.seconds()
        status = 0

        async def send_wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                encrypted = scope["scheme"] == "https"
                wanted = _wanted(scope["path"], encrypted, status < HTTPStatus.BAD_REQUEST)
                kept = [pair for pair in message.get("headers", ()) if pair[0] not in wanted]
                own = (b"x-request-id", request_id.encode())
                message = {**message, "headers": [*kept, *wanted.items(), own]}
            await send(message)

        try:
            await self.app(scope, receive, send_wrapped)
        finally:
            structlog.get_logger(ACCESS_LOG).info(
                "request",
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                status=int(status),
                milliseconds=round((self.seconds() - started) * 1000, 1),
                peer=(scope.get("client") or ("",))[0],
            )


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Refuses a body beyond the limit of its path, announced or found while reading."""

    app: ASGIApp
    default: int
    by_path: Mapping[str, int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a guarded `receive`."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.by_path.get(scope["path"], self.default)
        length = Headers(scope=scope).get("content-length", "")
        announced = int(length[:20]) if length.isdecimal() else 0
        total = 0

        async def receive_within() -> Message:
            nonlocal total
            if announced > limit:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            message = await receive()
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                if total > limit:
                    raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self.app(scope, receive_within, send)


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """Refuses a head that the HTTP parser lets pass: two framings of one body, or too many bytes.

    A proxy that believes the other framing would see another request in the same bytes.
    """

    app: ASGIApp
    most_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a sound request on; answer any other and close its connection."""
        status = self._fault(scope) if scope["type"] == "http" else None
        if status is None:
            await self.app(scope, receive, send)
            return
        problem = transport_problem(status, {"connection": "close"})
        request_id = scope.get("state", {}).get("request_id", "")
        await problem_response(problem, request_id)(scope, receive, send)

    def _fault(self, scope: Scope) -> HTTPStatus | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        names = {name for name, _ in headers}
        if {b"content-length", b"transfer-encoding"} <= names:
            return HTTPStatus.BAD_REQUEST
        head = sum(len(name) + len(value) + 4 for name, value in headers)
        if head + len(scope["raw_path"]) + len(scope["query_string"]) > self.most_bytes:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return None
