"""Many devices at once: asks a server for bootstraps and insists on the right ones.

`python -m bench.load URL FILE COUNT CONNECTIONS` sends COUNT requests for the tokens of FILE (a
JSON object: token to text), each from a device of its own, over CONNECTIONS connections that stay
open; prints the seconds that it took.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit


class WrongAnswerError(Exception):
    """The server delivered something else, so its speed means nothing."""


def requests(texts: dict[str, str], count: int) -> Iterator[tuple[bytes, bytes]]:
    """Each request with the body that has to come."""
    tokens = sorted(texts)
    for number in range(count):
        token = tokens[number % len(tokens)]
        path = f"/client/api/v1/bootstrap?token={token}"
        device = f"&deviceId=TC52{number:08d}&model=TC52&appVersion=9.0.20400"
        head = f"GET {path}{device} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        yield head.encode(), texts[token].encode()


async def ask(port: int, work: Iterator[tuple[bytes, bytes]]) -> None:
    """Take requests from `work` until there are none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request, expected in work:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"http/1.1 200 ") or body != expected:
            raise WrongAnswerError(head.partition(b"\r\n")[0].decode())
    writer.close()
    await writer.wait_closed()


async def load(port: int, texts: dict[str, str], count: int, connections: int) -> float:
    """Send everything; returns the seconds. Raises WrongAnswerError."""
    work = requests(texts, count)
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(ask(port, work))
    return time.perf_counter() - started


def main(url: str, file: str, count: str, connections: str) -> None:
    """Measure once."""
    texts = json.loads(Path(file).read_text(encoding="utf-8"))
    port = urlsplit(url).port or 80
    print(asyncio.run(load(port, texts, int(count), int(connections))))


if __name__ == "__main__":
    main(*sys.argv[1:])
