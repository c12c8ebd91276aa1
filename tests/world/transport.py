"""The bundled server's application as a transport of httpx: no socket, no waiting.

One request is answered at a time, so a test decides which request comes before which. A wrapper
around the transport (`httpx.BaseTransport`) may act between two requests, also by sending others.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

import anyio.to_thread
import httpx
import pytest
from starlette.types import ASGIApp, Message, Scope

Answer = TypeVar("Answer")
LOGIN = "/admin/api/v1/auth/admin"

_ONE = threading.Lock()
"""Held by whoever answers: what runs in place of threads is the same for all transports."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived, and the status of its answer."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def writes(self) -> bool:
        """Whether it may change something; logging in does not."""
        return self.method not in ("GET", "HEAD") and self.path != LOGIN


class AppTransport(httpx.BaseTransport):
    """Answers with an ASGI application; safe to share between threads.

    What the application would do in threads it does at once, unless `threads` asks for them:
    starting one for each call takes longer than most calls.
    """

    def __init__(self, app: ASGIApp, *, threads: bool = False) -> None:
        self.app = app
        self.seen: list[Seen] = []
        self._threads = threads
        self._loop = asyncio.new_event_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises what the application raises: a failure of the server is one of the test."""
        body = request.read()
        with _ONE, nullcontext() if self._threads else _at_once():
            response = self._loop.run_until_complete(_exchange(self.app, request, body))
            params, headers = dict(request.url.params), dict(request.headers)
            path, status = request.url.path, response.status_code
            self.seen.append(Seen(request.method, path, params, headers, body, status))
        return response

    def shut(self) -> None:
        """Let go of the loop; clients close transports that they share, so `close` keeps it."""
        self._loop.close()

    def written(self) -> list[Seen]:
        """Requests so far that may have changed something, logins left out."""
        return [one for one in self.seen if one.writes]


@contextmanager
def _at_once() -> Iterator[None]:
    """Let calls that would go to a thread run where they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anyio.to_thread, "run_sync", _run_here)
        yield


async def _run_here(call: Callable[..., Answer], *arguments: object, **_: object) -> Answer:
    return call(*arguments)


async def _exchange(app: ASGIApp, request: httpx.Request, body: bytes) -> httpx.Response:
    messages: list[Message] = []
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if parts:
            return parts.pop()
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(_scope(request), receive, send)
    start, *rest = messages
    content = b"".join(message.get("body", b"") for message in rest)
    return httpx.Response(start["status"], headers=start["headers"], content=content)


def _scope(request: httpx.Request) -> Scope:
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
        "client": ("127.0.0.1", 50000),
        "server": (request.url.host, request.url.port or 80),
        "state": {},
    }
