"""A partner of the test's on a real socket: it answers in one way, well or badly."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

Answer = Callable[[socket.socket, bytes], None]


@contextmanager
def listening(answer: Answer) -> Iterator[tuple[str, list[bytes]]]:
    """The URL of a server, and the requests that it got; each connection is served by `answer`."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    got = _head_and_body(connection)
                    requests.append(got)
                    answer(connection, got)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def says(body: bytes | str, status: str = "200 OK", headers: str = "") -> Answer:
    """A server that always answers so."""
    content = body if isinstance(body, bytes) else body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode()

    def answer(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head + content)

    return answer


def hangs_up(_connection: socket.socket, _request: bytes) -> None:
    """A server that closes without a word."""


def is_silent(connection: socket.socket, _request: bytes) -> None:
    """A server that never answers: it waits until the caller has had enough."""
    connection.recv(1)


def trickles(connection: socket.socket, _request: bytes) -> None:
    """A server that sends a piece now and then, for ever: until the caller hangs up."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    connection.settimeout(0.02)
    while True:
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            try:
                connection.sendall(b" ")
            except OSError:
                return
        except OSError:
            return


def _head_and_body(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        if not part:
            return got
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
