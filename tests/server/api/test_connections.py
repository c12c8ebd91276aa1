"""Hostile peers against a real listening server: each read ends because the server hangs up."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from reconciler.server.api.connections import Deadlines, guarded

SHORT = 0.15
PATIENCE = 30.0


async def echo_length(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"read {len(body)}")(scope, receive, send)


@contextlib.contextmanager
def listening(deadlines: Deadlines) -> Iterator[int]:
    ready = threading.Event()

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            echo_length,
            http=guarded(deadlines),
            lifespan="off",
            log_config=None,
            h11_max_incomplete_event_size=1024,
            timeout_keep_alive=1,
        )
        server = Announcing(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        assert ready.wait(PATIENCE)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def talk(port: int, *parts: bytes) -> bytes:
    """Send the parts, then read until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
        for part in parts:
            peer.sendall(part)
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
        return answer


@pytest.fixture(scope="module")
def impatient() -> Iterator[int]:
    with listening(Deadlines(header_seconds=SHORT, body_seconds=SHORT)) as port:
        yield port


HALF_BODY = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        pytest.param((), 408, id="silent"),
        pytest.param((b"GET / HT",), 408, id="half a request line"),
        pytest.param((b"GET / HTTP/1.1\r\nhost: x\r\n",), 408, id="half a head"),
        pytest.param((HALF_BODY,), 408, id="half a body"),
        pytest.param((b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /", b" HT"), 200, id="half a second"),
        pytest.param((b"no http at all\r\n\r\n",), 400, id="not HTTP"),
        pytest.param(
            (b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 2000,),
            400,
            id="endless head",
        ),
        pytest.param(
            (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",),
            400,
            id="two lengths",
        ),
    ],
)
def test_a_bad_peer_is_answered_once_and_cut_off(
    impatient: int, parts: tuple[bytes, ...], status: int
) -> None:
    assert talk(impatient, *parts).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_refusal_is_a_problem_document(impatient: int) -> None:
    head, _, body = talk(impatient, b"GET / HT").partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["code"] == "REQUEST_TIMEOUT"


def test_a_whole_request_is_answered_and_the_connection_kept_for_the_next(impatient: int) -> None:
    one = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
    last = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = talk(impatient, one, one, last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.count(b"read 3") == 2


def test_a_long_body_that_keeps_coming_outlives_the_plain_deadline() -> None:
    size = 4 * 1024 * 1024
    with listening(Deadlines(header_seconds=PATIENCE, body_seconds=SHORT)) as port:
        head = f"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n"
        answer = talk(port, head.encode(), b"x" * size)
    assert answer.endswith(f"read {size}".encode())
