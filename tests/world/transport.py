"""The bundled server's application as a transport of httpx: no socket, no waiting.

One request is answered at a time, so a test decides which request comes before which. A wrapper
around the transport (`httpx.BaseTransport`) may act between two requests, also by sending others.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import anyio.to_thread
import httpx
import pytest

from reconciler.remote.inside import Application, InsideTransport

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

    What the application would do in threads it does at once: starting one for each call takes
    longer than most calls.
    """

    def __init__(self, app: Application) -> None:
        self.seen: list[Seen] = []
        self._inside = InsideTransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises what the application raises: a failure of the server is one of the test."""
        body = request.read()
        with _ONE, _at_once():
            response = self._inside.handle_request(request)
            params, headers = dict(request.url.params), dict(request.headers)
            path, status = request.url.path, response.status_code
            self.seen.append(Seen(request.method, path, params, headers, body, status))
        return response

    def shut(self) -> None:
        """Let go; clients close transports that they share, so `close` keeps it."""
        self._inside.shut()

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
