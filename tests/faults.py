"""A transport whose k-th request goes wrong in one of nine ways; nothing waits.

What happens before the k-th request is the same every time: it can be recorded once and replayed.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import httpx


class Fault(StrEnum):
    """What a request meets."""

    REFUSE = "refuse"
    """No connection."""
    RESET_BEFORE = "reset before"
    """The connection breaks before the server has the request."""
    RESET_AFTER = "reset after"
    """The server does it, and the connection breaks before it answers."""
    TRUNCATE = "truncate"
    """The server does it, and half the answer's body arrives."""
    DROP = "drop reply"
    """The server does it, and the answer never comes."""
    TIMEOUT = "timeout"
    """The request is lost, and nobody answers."""
    FAIL = "500"
    BUSY = "503"
    """With a `Retry-After`."""
    THROTTLE = "429"


FAULTS: Final = tuple(Fault)
ARRIVES: Final = frozenset({Fault.RESET_AFTER, Fault.TRUNCATE, Fault.DROP})
"""The server does what it was asked; only the answer suffers."""

_RAISES: Final[dict[Fault, type[httpx.TransportError]]] = {
    Fault.REFUSE: httpx.ConnectError,
    Fault.RESET_BEFORE: httpx.WriteError,
    Fault.RESET_AFTER: httpx.ReadError,
    Fault.TRUNCATE: httpx.RemoteProtocolError,
    Fault.DROP: httpx.ReadTimeout,
    Fault.TIMEOUT: httpx.ReadTimeout,
}
_ANSWERS: Final = {Fault.FAIL: 500, Fault.BUSY: 503, Fault.THROTTLE: 429}
_HEADERS: Final = {Fault.BUSY: {"retry-after": "2"}}


@dataclass(slots=True)
class FaultyTransport(httpx.BaseTransport):
    """`inner`, but for the requests from the `k`-th on: `times` of them meet `fault`.

    `k` counts from 1 over all threads; with 0 nothing ever goes wrong and requests are counted.
    """

    inner: httpx.BaseTransport
    k: int = 0
    fault: Fault = Fault.REFUSE
    times: int = 1
    paths: list[str] = field(default_factory=list)
    """Of the requests so far."""
    met: list[tuple[str, str]] = field(default_factory=list)
    """Method and path of each request that went wrong."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Requests so far."""
        return len(self.paths)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.paths.append(request.url.path)
            hit = 0 < self.k <= self.count < self.k + self.times
            if hit:
                self.met.append((request.method, request.url.path))
        if not hit:
            return self.inner.handle_request(request)
        arrived = self.inner.handle_request(request) if self.fault in ARRIVES else None
        return self._spoilt(request, arrived)

    def close(self) -> None:
        self.inner.close()

    def _spoilt(self, request: httpx.Request, arrived: httpx.Response | None) -> httpx.Response:
        if self.fault in _ANSWERS:
            status = _ANSWERS[self.fault]
            headers = {"content-type": "text/html", **_HEADERS.get(self.fault, {})}
            return httpx.Response(status, headers=headers, content=b"<h1>not now</h1>")
        message = "on purpose"
        error = _RAISES[self.fault](message, request=request)
        if self.fault is Fault.TRUNCATE and arrived is not None:
            body = arrived.read()
            stream = _Half(body[: len(body) // 2], error)
            headers = {**arrived.headers, "content-length": str(len(body))}
            return httpx.Response(arrived.status_code, headers=headers, stream=stream)
        raise error


@dataclass(frozen=True, slots=True)
class _Half(httpx.SyncByteStream):
    """Some bytes, and then an error in place of the rest."""

    start: bytes
    error: httpx.TransportError

    def __iter__(self) -> Iterator[bytes]:
        yield self.start
        raise self.error


@dataclass(frozen=True, slots=True)
class Take:
    """A request that was recorded, with its answer."""

    restore: Callable[[], None]
    """Brings the server back to the moment before it."""
    request: tuple[str, str, bytes]
    answer: tuple[int, Sequence[tuple[bytes, bytes]], bytes]


@dataclass(slots=True)
class Recorder(httpx.BaseTransport):
    """`inner`, with a take of each request; `keep` makes what restores the server."""

    inner: httpx.BaseTransport
    keep: Callable[[], Callable[[], None]]
    takes: list[Take] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        restore = self.keep()
        response = self.inner.handle_request(request)
        answer = (response.status_code, response.headers.raw, response.read())
        self.takes.append(Take(restore, _asked(request), answer))
        return response


@dataclass(slots=True)
class Replay(httpx.BaseTransport):
    """Answers as recorded all but the last of `takes`; from there on `inner` answers.

    A client that asks something else than it did then fails its test.
    """

    inner: httpx.BaseTransport
    takes: Sequence[Take]
    count: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        if self.count >= len(self.takes):
            return self.inner.handle_request(request)
        take = self.takes[self.count - 1]
        assert _asked(request) == take.request
        if self.count == len(self.takes) - 1:
            self.takes[self.count].restore()
        status, headers, content = take.answer
        return httpx.Response(status, headers=headers, content=content)


def _asked(request: httpx.Request) -> tuple[str, str, bytes]:
    return request.method, str(request.url), request.read()
