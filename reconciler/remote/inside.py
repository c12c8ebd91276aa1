"""A server within this very process, in the network's place."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import unquote

import httpx

from reconciler.core.ports import Writer
from reconciler.remote.access import Access
from reconciler.remote.connection import connect_writer

Message: TypeAlias = MutableMapping[str, Any]
Application: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]
"""By the rules of ASGI 3."""


class InsideTransport(httpx.BaseTransport):
    """Answers with an application, one request at a time; safe to share between threads."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises what the application raises after its answer began."""
        body = request.read()
        with self._lock:
            return self._runner.get_loop().run_until_complete(self._exchange(request, body))

    def shut(self) -> None:
        """Let go; each client that shares the transport closes it, so `close` keeps it."""
        self._runner.close()

    async def _exchange(self, request: httpx.Request, body: bytes) -> httpx.Response:
        sent: list[Message] = []
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if parts:
                return parts.pop()
            await asyncio.Event().wait()  # nobody hangs up
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._application(_scope(request), receive, send)
        head, *rest = sent
        content = b"".join(message.get("body", b"") for message in rest)
        return httpx.Response(head["status"], headers=head["headers"], content=content)


@contextmanager
def connect_inside(access: Access, application: Application) -> Iterator[Writer]:
    """As `connect_writer`, to a server within this process."""
    transport = InsideTransport(application)
    try:
        with connect_writer(access, transport) as writer:
            yield writer
    finally:
        transport.shut()


def _scope(request: httpx.Request) -> Message:
    path, _, query = request.url.raw_path.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": unquote(path.decode()),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 0),
        "server": (request.url.host, request.url.port or 80),
        "state": {},
    }
