"""A TCP server that answers as it is told, byte for byte, and records what it was sent."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]
"""Gets the connection and one whole request; whoever returns keeps the connection open."""

_TLS_GREETING = b"\x16\x03"


@dataclass(slots=True)
class Recorder:
    """Listens at `port` on 127.0.0.1; `requests` are the request lines so far."""

    behaviour: Behaviour
    port: int = 0
    requests: list[str] = field(default_factory=list)

    def url(self, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}"


@contextmanager
def recorder(behaviour: Behaviour, trust: ssl.SSLContext | None = None) -> Iterator[Recorder]:
    """Run until the block ends; with `trust` it speaks TLS."""
    found = Recorder(behaviour)
    threads: list[threading.Thread] = []
    connections: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found.port = listener.getsockname()[1]

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(connection)
                worker = threading.Thread(target=_serve, args=(found, connection, trust))
                threads.append(worker)
                worker.start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield found
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for connection in connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for worker in threads:
                worker.join()


def _serve(found: Recorder, raw: socket.socket, trust: ssl.SSLContext | None) -> None:
    # A connection that breaks is what these tests are about.
    with suppress(OSError), raw:
        connection = trust.wrap_socket(raw, server_side=True) if trust else raw
        with connection:
            while request := _read_request(connection):
                found.requests.append(request.partition(b"\r\n")[0].decode("latin-1"))
                found.behaviour(connection, request)


def _read_request(connection: socket.socket) -> bytes:
    """One request with its body, or a TLS greeting; empty when the client is gone."""
    data = b""
    while b"\r\n\r\n" not in data and not data.startswith(_TLS_GREETING):
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    wanted = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            wanted = int(value)
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket, _: bytes) -> None:
    """End the connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def hang_up(connection: socket.socket, _: bytes) -> None:
    """End the connection without a word."""
    connection.shutdown(socket.SHUT_RDWR)


def replies(*parts: bytes, then: Behaviour | None = None) -> Behaviour:
    """Send these bytes, and do something else afterwards."""

    def behave(connection: socket.socket, request: bytes) -> None:
        for part in parts:
            connection.sendall(part)
        if then is not None:
            then(connection, request)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other, the last one for ever."""
    left = list(behaviours)
    lock = threading.Lock()

    def behave(connection: socket.socket, request: bytes) -> None:
        with lock:
            current = left.pop(0) if len(left) > 1 else left[0]
        current(connection, request)

    return behave
