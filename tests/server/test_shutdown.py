"""SIGTERM: what has begun is finished, what is new is refused, and no lease stays behind."""

import contextlib
import json
import signal
import socket
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine

from reconciler.server.store.database import migrate
from tests.live_server import start_server
from tests.server.store.rows_of_every_table import TODAY, insert_rows

PATIENCE = 30.0


def is_refused(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
            return peer.recv(1) == b""
    except ConnectionError:
        return True


def test_a_request_that_has_begun_is_answered_and_no_new_one_is_taken() -> None:
    server = start_server()
    user = server.users[0]
    body = json.dumps({"username": user.login, "password": user.password}).encode()
    port = urlsplit(server.url).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
        peer.sendall(
            b"POST /admin/api/v1/auth/admin HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert peer.recv(65536).startswith(b"HTTP/1.1 100 ")  # it waits for the body now
        server.process.send_signal(signal.SIGTERM)
        while not is_refused(port):
            pass
        peer.sendall(body)
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"accessToken" in answer
    assert server.stop() == 0
    assert "unexpected" not in server.log


def test_a_second_interrupt_does_not_wait() -> None:
    server = start_server()
    port = urlsplit(server.url).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
        peer.sendall(
            b"POST /admin/api/v1/auth/admin HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        )
        assert peer.recv(65536).startswith(b"HTTP/1.1 100 ")
        server.process.send_signal(signal.SIGINT)
        while not is_refused(port):
            pass
        server.process.send_signal(signal.SIGINT)
        with contextlib.suppress(ConnectionError):
            peer.recv(65536)
        assert server.process.wait(PATIENCE) == 0
    server.stop()


def test_no_lease_and_no_run_stays_behind(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    server = start_server(f"sqlite:///{path}", demo=False)
    assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM job").fetchone()[0] > 0
        leases = connection.execute("SELECT name FROM job WHERE holder IS NOT NULL").fetchall()
        runs = connection.execute("SELECT job FROM job_run WHERE finished_at IS NULL").fetchall()
    assert (leases, runs) == ([], [])


def test_a_job_that_has_begun_ends_and_gives_its_lease_back(tmp_path: Path) -> None:
    """The licensing system answers only after the signal; a mistake of its ends the run too."""
    path = tmp_path / "server.db"
    migrate(f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        insert_rows(connection, TODAY)  # license-sync is long due
    engine.dispose()
    with socket.create_server(("127.0.0.1", 0)) as licensing:
        licensing.settimeout(PATIENCE)
        settings = {
            "PVM_SERVER_LICENSING_URL": f"http://127.0.0.1:{licensing.getsockname()[1]}",
            "PVM_SERVER_LICENSING_TOKEN": "any",
        }
        server = start_server(f"sqlite:///{path}", demo=False, environment=settings)
        asked, _ = licensing.accept()
        with asked:
            assert asked.recv(65536).startswith(b"GET /entitlements?customer=")
            server.process.send_signal(signal.SIGTERM)
            while not is_refused(urlsplit(server.url).port or 0):
                pass
            asked.sendall(b"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(path)) as connection:
        held = connection.execute("SELECT name FROM job WHERE holder IS NOT NULL").fetchall()
        last = connection.execute(
            "SELECT finished_at FROM job_run WHERE job = 'license-sync' ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert held == []
    assert last[0] is not None
