"""The only place that knows httpx: requests go out here, and each sort of wire admits only its own.

A reading wire has no method that writes. Beyond that, each httpx client asks its wire's rule
before a byte leaves, so that not even a mistake inside pvm can send anything else.
"""

import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx

from reconciler.core.values import JsonValue
from reconciler.remote.answer import Answer, NoAnswer, check_success
from reconciler.remote.endpoints import (
    DEVICE_BOOTSTRAP,
    DEVICE_CHECKIN,
    DEVICE_LICENSE,
    DEVICE_REGISTER,
    LOGIN,
)
from reconciler.version import __version__

JSON: Final = "application/json"

Tls = TypeVar("Tls", bound=ssl.SSLError)

Rule = Callable[[str, str], bool]
"""Whether a request of this method and path may leave."""


class ForbiddenRequestError(RuntimeError):
    """A bug of pvm: something tried to send what its wire does not admit."""


@dataclass(frozen=True, slots=True)
class Plug:
    """Where a wire leads."""

    url: str
    trust: ssl.SSLContext
    timeout_seconds: float
    transport: httpx.BaseTransport | None = None
    """Instead of the network."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, apart from the method."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    patience_seconds: float = 0.0
    """How much longer than other requests it may take."""


class Clients:
    """One httpx client for each thread: a shared one gets slower with every thread."""

    def __init__(self, plug: Plug, rule: Rule) -> None:
        self._plug = plug
        self._rule = rule
        self._prefix = httpx.URL(plug.url).path.rstrip("/")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all: list[httpx.Client] = []
        self._sent: Counter[str] = Counter()

    def mine(self) -> httpx.Client:
        """The calling thread's own client."""
        client: httpx.Client | None = getattr(self._own, "client", None)
        if client is None:
            client = httpx.Client(
                base_url=self._plug.url,
                verify=self._plug.trust,
                timeout=self._plug.timeout_seconds,
                transport=self._plug.transport,
                headers={"User-Agent": f"pvm/{__version__}"},
                event_hooks={"request": [self._admit]},
            )
            self._own.client = client
            with self._lock:
                self._all.append(client)
        return client

    def _admit(self, request: httpx.Request) -> None:
        path = request.url.path.removeprefix(self._prefix)
        if not self._rule(request.method, path):
            message = f"{request.method} {path} must not be sent on this connection"
            raise ForbiddenRequestError(message)
        with self._lock:
            self._sent[request.method] += 1

    def sent(self) -> dict[str, int]:
        """Requests so far, by method."""
        with self._lock:
            return dict(sorted(self._sent.items()))

    def close(self) -> None:
        """Close every thread's connections."""
        with self._lock:
            for client in self._all:
                client.close()


class ReadWire:
    """Reads, and logs in: there is no way to write through it."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def get(self, request: Request) -> Answer:
        """Raises `NoAnswer` or `Refused`."""
        return _exchange(self._clients.mine(), "GET", request, None)

    @contextmanager
    def stream(self, request: Request) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """Raises `NoAnswer` or `Refused`, also while the chunks are read."""
        client = self._clients.mine()
        with (
            _explained(client.base_url),
            client.stream(
                "GET", request.path, params=request.params, headers=request.headers
            ) as response,
        ):
            answer = Answer(response.status_code, response.headers)
            if response.is_error:
                answer = Answer(answer.status, answer.headers, response.read())
            check_success(answer)
            yield answer, response.iter_bytes()

    def log_in(self, body: bytes) -> Answer:
        """The one POST that every connection needs. Raises `NoAnswer` or `Refused`."""
        request = Request(LOGIN, {}, {"Accept": JSON, "Content-Type": JSON})
        return _exchange(self._clients.mine(), "POST", request, body)

    def sent(self) -> dict[str, int]:
        """Requests so far, by method."""
        return self._clients.sent()


class WriteWire:
    """Writes. Only `connection.connect_writer` makes one."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def post(self, request: Request, body: bytes | None) -> Answer:
        """Raises `NoAnswer` or `Refused`."""
        return _exchange(self._clients.mine(), "POST", request, body)

    def delete(self, request: Request) -> Answer:
        """Raises `NoAnswer` or `Refused`."""
        return _exchange(self._clients.mine(), "DELETE", request, None)


class DeviceWire:
    """Calls as a device does: there is no way to anything else through it."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def send(self, method: str, request: Request, body: bytes | None) -> Answer:
        """Raises `NoAnswer` or `Refused`."""
        return _exchange(self._clients.mine(), method, request, body)


def admits_reading(method: str, path: str) -> bool:
    """The rule of every command but those that write."""
    return method in ("GET", "HEAD") or (method == "POST" and path == LOGIN)


def admits_writing(method: str, _: str) -> bool:
    """The rule of apply."""
    return method in ("GET", "HEAD", "POST", "DELETE")


_DEVICE_CALLS: Final = frozenset(
    {
        ("GET", DEVICE_BOOTSTRAP),
        ("POST", DEVICE_REGISTER),
        ("POST", DEVICE_CHECKIN),
        ("POST", DEVICE_LICENSE),
        ("DELETE", DEVICE_LICENSE),
    }
)


def admits_devices(method: str, path: str) -> bool:
    """The rule of `pvm device`."""
    return (method, path) in _DEVICE_CALLS


def _exchange(client: httpx.Client, method: str, request: Request, body: bytes | None) -> Answer:
    with _explained(client.base_url):
        response = client.request(
            method,
            request.path,
            params=request.params,
            headers=request.headers,
            content=body,
            timeout=_timeout(client.timeout, request.patience_seconds),
        )
    return check_success(Answer(response.status_code, response.headers, response.content))


def _timeout(usual: httpx.Timeout, more_seconds: float) -> httpx.Timeout:
    read = None if usual.read is None else usual.read + more_seconds
    return httpx.Timeout(connect=usual.connect, read=read, write=usual.write, pool=usual.pool)


@contextmanager
def _explained(address: httpx.URL) -> Iterator[None]:
    """Turn whatever httpx raises into a `NoAnswer` in our own words."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        raise _no_connection(error, str(address).rstrip("/")) from error
    except httpx.TimeoutException as error:
        message = "no answer in time"
        raise NoAnswer(message) from error
    except httpx.RequestError as error:
        message = f"the connection broke before the answer was complete ({type(error).__name__})"
        raise NoAnswer(message) from error


def _no_connection(error: httpx.TransportError, address: str) -> NoAnswer:
    certificate = _cause(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        reason = f"the certificate of {address} is not trusted: {certificate.verify_message}"
        return NoAnswer(reason, arrived=False, lasting=True)
    if _cause(error, ssl.SSLError) is not None:
        reason = f"no TLS connection to {address}; it may not speak TLS"
        return NoAnswer(reason, arrived=False, lasting=True)
    if isinstance(error, httpx.ProxyError):
        return NoAnswer(f"the proxy refused: {error}", arrived=False)
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer(f"no connection to {address} in time", arrived=False)
    return NoAnswer(f"no connection to {address}: {error}", arrived=False)


def _cause(error: BaseException, wanted: type[Tls]) -> Tls | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, wanted):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def object_of(value: JsonValue) -> Mapping[str, JsonValue]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
