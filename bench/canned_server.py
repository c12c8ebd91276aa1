"""A server that answers from files: the same bytes for every program that is measured.

`python -m bench.canned_server FOLDER` prints its port. A real server would add the same time to
both sides of each ratio, and so flatter pvm.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from bench.corpus import LISTS

_ADMIN: Final = "/admin/api/v1"
_ACCOUNT: Final = {
    "loginName": "bench",
    "userName": "Bench",
    "role": "Super-Admin",
    "customer": "bench",
}
_CAPABILITIES: Final = {
    "version": "0",
    "profile": "3.1",
    "time": "2026-11-22T00:00:00.000Z",
    "capabilities": ["etag", "ndjson"],
    "limits": {"pageSize": 1000},
}


class CannedServer(ThreadingHTTPServer):
    """Knows its answers by path: media type and body."""

    daemon_threads = True

    def __init__(self, answers: dict[str, tuple[str, bytes]]) -> None:
        self.answers = answers
        super().__init__(("127.0.0.1", 0), CannedHandler)


class CannedHandler(BaseHTTPRequestHandler):
    """Answers GET, keeps the connection, logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: CannedServer

    def do_GET(self) -> None:
        """Send the answer of this path, else 404."""
        media_type, body = self.server.answers.get(self.path, ("application/json", b""))
        self.send_response(200 if body or media_type.endswith("ndjson") else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's name
        """Say nothing: a terminal would be measured along."""


def answers_of(folder: Path) -> dict[str, tuple[str, bytes]]:
    """The answers that `corpus.write_lists` left in a folder, and who and what the server is."""
    found = {
        f"{_ADMIN}/{collection}": (
            "application/x-ndjson",
            (folder / f"{collection}.ndjson").read_bytes(),
        )
        for collection in LISTS.values()
    }
    for path, value in (("auth/me", _ACCOUNT), ("capabilities", _CAPABILITIES)):
        found[f"{_ADMIN}/{path}"] = ("application/json", json.dumps(value).encode())
    return found


if __name__ == "__main__":
    with CannedServer(answers_of(Path(sys.argv[1]))) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
