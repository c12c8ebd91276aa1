"""Listening: the socket, the web server's settings, its start and its stop."""

import json
import os
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from reconciler.server.api.connections import Deadlines, guarded

MOST_HEADER_BYTES = 32 * 1024
_IDLE_SECONDS = 5
Listener = socket.socket


@dataclass(frozen=True, slots=True)
class Service:
    """How to serve; seconds and counts are the settings of the same names.

    `proxies` are the addresses and networks whose word about the caller's address and scheme is
    taken (X-Forwarded-For, read from the right, and X-Forwarded-Proto).
    """

    deadlines: Deadlines
    connections: int
    shutdown_seconds: int
    proxies: Sequence[str] = ()


class AnnouncingServer(uvicorn.Server):
    """uvicorn's server that says when it listens, and returns after SIGINT or SIGTERM.

    uvicorn itself raises the signal again, which would end the process before the database is
    closed.
    """

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Announce once connections are accepted."""
        await super().startup(sockets)
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """Stop accepting, let running requests finish; a second SIGINT does not wait."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def bind(host: str, port: int) -> Listener:
    """A listening socket; port 0 takes a free one.

    Raises:
        OSError: the address cannot be used; EADDRINUSE when another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    listener.set_inheritable(False)
    # Connections inherit it. asyncio sets it only on sockets that it made itself, and without it
    # every answer waits 40 ms for the peer's acknowledgement of its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address(listener: Listener) -> str:
    """The URL of a listening socket; a wildcard address is shown as loopback."""
    host, port = listener.getsockname()[:2]
    named = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"


def run(app: ASGIApp, listener: Listener, service: Service, announce: Callable[[], None]) -> None:
    """Serve until a signal asks to stop; running requests finish within `shutdown_seconds`."""
    config = uvicorn.Config(
        app,
        http=guarded(service.deadlines),
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(service.proxies),
        forwarded_allow_ips=list(service.proxies),
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        limit_concurrency=service.connections,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=service.shutdown_seconds,
    )
    AnnouncingServer(config, announce).run(sockets=[listener])


def write_ready_file(path: Path, url: str, users: Sequence[dict[str, str]]) -> None:
    """Write `{url, pid, users}` for programs that wait for the server; appears whole or not at all.

    Only its owner may read it, because a demo's users stand in it with their passwords.
    """
    content = json.dumps({"url": url, "pid": os.getpid(), "users": list(users)}, indent=2) + "\n"
    part = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    part.replace(path)
