"""A client that drives the application directly and keeps every ASGI message it sends."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - tests look into any JSON
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json()["code"])

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request carries besides its method and path; an empty header is left out."""

    query: Mapping[str, str] | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


NOTHING = Sent()


def sent(  # noqa: PLR0913 - one keyword per thing a request may carry
    *,
    query: Mapping[str, str] | str = "",
    token: str | None = None,
    json_body: object = None,
    body: bytes | None = None,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Sent:
    """A request with a JSON body or raw bytes; a body without a type is called JSON."""
    content = body if body is not None else b""
    if json_body is not None:
        content = json.dumps(json_body).encode()
    found = dict(headers or {})
    if token is not None:
        found["authorization"] = f"Bearer {token}"
    if content_type is None and (json_body is not None or body is not None):
        content_type = "application/json"
    if content_type is not None:
        found["content-type"] = content_type
    return Sent(query, found, content)


class Client:
    """Use as a context manager: it runs the application's start and end.

    `tap` is told the type of every message at the moment the application sends it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self.messages: list[Message] = []
        self.tap: Callable[[str], None] = lambda _: None

    def __enter__(self) -> Self:
        self._runner.__enter__()
        self._runner.run(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._runner.run(self._stop())
        self._runner.__exit__(kind, error, at)

    def request(self, method: str, path: str, what: Sent = NOTHING) -> Answer:
        """Raises what the application raises after its answer, so no failure stays unseen."""
        return self._runner.run(self._request(method, path, what))

    async def _start(self) -> None:
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._life = asyncio.ensure_future(self._app(scope, self._events.get, self._told.put))
        await self._events.put({"type": "lifespan.startup"})
        assert (await self._told.get())["type"] == "lifespan.startup.complete"

    async def _stop(self) -> None:
        await self._events.put({"type": "lifespan.shutdown"})
        assert (await self._told.get())["type"] == "lifespan.shutdown.complete"
        await self._life

    async def _request(self, method: str, path: str, what: Sent) -> Answer:
        self.messages.clear()
        query = (
            what.query if isinstance(what.query, str) else urlencode(what.query, quote_via=quote)
        )
        given = {name: value for name, value in what.headers.items() if value}
        headers = [(name.lower().encode(), value.encode()) for name, value in given.items()]
        if what.body and "content-length" not in what.headers:
            headers.append((b"content-length", str(len(what.body)).encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 80),
        }
        waiting = asyncio.Event()
        parts = [{"type": "http.request", "body": what.body, "more_body": False}]

        async def receive() -> Message:
            if parts:
                return parts.pop()
            await waiting.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.tap(message["type"])
            self.messages.append(message)

        await self._app(scope, receive, send)
        return self.answer()

    def answer(self) -> Answer:
        """The latest answer; also after a request that raised."""
        start = next(m for m in self.messages if m["type"] == "http.response.start")
        body = b"".join(m.get("body", b"") for m in self.messages[1:])
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], headers, body)
