"""Pages of history: the server's answer over HTTP against the bare query that it stands for.

bench/run reports            60,008 and 600,000 rows
bench/run reports --small    60,008 rows only
bench/run reports --write    puts the table into docs/performance.md

The bare query runs in this process on the same file, with nothing around it: it counts what fits
and fetches the page. Before anything is measured both must have found the same.
"""

import argparse
import http.client
import json
import os
import platform
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from bench.measure import DOCUMENT, WrongAnswerError
from tests.live_server import RunningServer, running_server

BEGIN, END = "<!-- bench/run reports: begin -->", "<!-- bench/run reports: end -->"
HEADING: Final = (
    "| Page of 10 | rows | HTTP / bare: median (range) | target | bare / HTTP, median |\n"
    "|---|---|---|---|---|"
)
_PASSWORD: Final = "bench password 7"
_DEVICES: Final = 2_000
_FILL: Final = """
WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < :last)
INSERT INTO history
SELECT
    (SELECT id FROM customer WHERE code = 'bench'),
    printf('%012x%08x%012x', 1760000000000 + n * 25000, n, n),
    'bench',
    1760000000000 + n * 25000,
    CASE n % 5 WHEN 0 THEN 'LICENSE' WHEN 1 THEN 'REGISTER' ELSE 'CHECKIN' END,
    printf('store-%03d', n % 400),
    'WFC_VOICE_ANDROID',
    printf('TC52_18304522%06d', n * 7919 % :devices),
    'OK',
    NULL,
    '',
    '192.0.2.7',
    printf(
        '%s%sstore-%03d%swfc_voice_android%stc52_18304522%06d%sok',
        CASE n % 5 WHEN 0 THEN 'license' WHEN 1 THEN 'register' ELSE 'checkin' END,
        char(10), n % 400, char(10), char(10), n * 7919 % :devices, char(10)
    )
FROM counted
"""
_SELECT: Final = (
    "SELECT id, at, customer_code, action, token, app_id, device_id, result, code, detail,"
    " remote_address FROM history WHERE customer_id = ? AND id >= ''"
)


@dataclass(frozen=True, slots=True)
class Case:
    """One page: the call's query, and the same as conditions in SQL; `target` may be none."""

    title: str
    query: str
    conditions: str = ""
    values: tuple[str, ...] = ()
    offset: int = 0
    counted: bool = True
    target: float | None = None


def cases(rows: int) -> Sequence[Case]:
    """What people do with a report of so many rows."""
    middle = rows // 2
    edge = f"{1760000000000 + middle * 25000:012x}{middle:08x}{middle:012x}"
    deep = middle // 10
    return (
        Case("newest", "", target=3),
        Case("in the middle, by number", f"&page={deep}", offset=deep * 10, target=3),
        Case("in the middle, by cursor", f"&after=d{edge}", " AND id < ?", (edge,), counted=False),
        Case(
            "of one device",
            "&deviceId=TC52_18304522000000",
            " AND device_id = ?",
            ("TC52_18304522000000",),
        ),
        Case("of one action", "&action=LICENSE", " AND action = ?", ("LICENSE",)),
        Case("that a search finds", "&q=000000", " AND search LIKE ?", ("%000000%",)),
    )


@dataclass(frozen=True, slots=True)
class Bench:
    """A server and a connection to its file."""

    connection: http.client.HTTPConnection
    authorization: str
    file: sqlite3.Connection
    customer_id: str

    def call(self, query: str) -> bytes:
        """The answer's body."""
        path = f"/admin/api/v1/history?size=10{query}"
        self.connection.request("GET", path, headers={"authorization": self.authorization})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            message = f"{path}: {answer.status}"
            raise WrongAnswerError(message)
        return body

    def wake(self) -> None:
        """Have a connection: the server closes one that idled through a long query."""
        self.connection.close()
        self.connection.request("GET", "/admin/api/v1/version")
        self.connection.getresponse().read()

    def bare(self, case: Case) -> tuple[int | None, list[Any]]:
        """What the call stands for: how many rows fit, and one page of them."""
        values = (self.customer_id, *case.values)
        total = None
        if case.counted:
            # As the server's, it keeps SQLite from the order of an index that is no use.
            count = "SELECT count(*) FROM history WHERE customer_id = ? AND id >= ''"
            count += case.conditions
            (total,) = self.file.execute(count, values).fetchone()
        page = f"{_SELECT}{case.conditions} ORDER BY id DESC LIMIT 10 OFFSET {case.offset}"
        return total, self.file.execute(page, values).fetchall()


def check(bench: Bench, case: Case) -> None:
    """Both find the same rows. Raises `WrongAnswerError`."""
    answer = json.loads(bench.call(case.query))
    total, rows = bench.bare(case)
    shown = [(row["action"], row["token"], row["deviceId"]) for row in answer["content"]]
    wanted = [(row[3], row[4], row[6]) for row in rows]
    if not rows or shown != wanted or answer.get("totalElements") != total:
        message = f"the page {case.title} is not what the query finds"
        raise WrongAnswerError(message)


def measured(bench: Bench, case: Case, rows: int, pairs: int) -> str:
    """A line of the table; query and call alternate."""
    check(bench, case)
    found = []
    for _ in range(pairs):
        bare_seconds = seconds(lambda: bench.bare(case))
        bench.wake()
        found.append((bare_seconds, seconds(lambda: bench.call(case.query))))
    ratios = [http / bare for bare, http in found]
    bare, over_http = (1000 * median(times) for times in zip(*found, strict=True))
    target = "none" if case.target is None else f"≤ {case.target:g}"
    spread = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return f"| {case.title} | {rows:,} | {spread} | {target} | {bare:,.1f} / {over_http:,.1f} ms |"


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def opened(rows: int) -> Iterator[Bench]:
    """A server with a customer that has so many rows of history."""
    environment = {"PVM_ADMIN_PASSWORD": _PASSWORD}
    with running_server(demo=False, environment=environment) as server:
        authorization = prepare(server)
        path = server.folder / "server.db"
        with closing(sqlite3.connect(path)) as file, closing(connected(server)) as connection:
            file.execute(_FILL, {"last": rows - 1, "devices": _DEVICES})
            file.commit()
            # Nothing of it is left in the journal, where no server would leave years of history.
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            file.execute("PRAGMA query_only = on")
            file.execute("PRAGMA mmap_size = 268435456")
            (customer_id,) = file.execute("SELECT id FROM customer").fetchone()
            yield Bench(connection, authorization, file, customer_id)


def connected(server: RunningServer) -> http.client.HTTPConnection:
    """A connection that is kept."""
    return http.client.HTTPConnection(server.url.removeprefix("http://"))


def prepare(server: RunningServer) -> str:
    """Add a customer; the header of a user of its own."""
    with closing(connected(server)) as connection:
        vendor = signed_in(connection, "admin")
        chief = {"loginName": "bench", "userName": "B", "email": "b@bench.example"}
        body = {"name": "Bench", "superAdmin": {**chief, "password": _PASSWORD}}
        posted(connection, "customer?name=bench", body, {"authorization": vendor})
        return signed_in(connection, "bench")


def signed_in(connection: http.client.HTTPConnection, login: str) -> str:
    """The header of a new session."""
    answer = posted(connection, "auth/admin", {"username": login, "password": _PASSWORD}, {})
    return f"Bearer {answer['accessToken']}"


def posted(
    connection: http.client.HTTPConnection, path: str, body: object, headers: dict[str, str]
) -> dict[str, Any]:
    """The answer to a POST. Raises RuntimeError unless it is 200."""
    sent = {"content-type": "application/json", **headers}
    connection.request("POST", f"/admin/api/v1/{path}", json.dumps(body), sent)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.client.OK:
        message = f"{path}: {answer.status} {text!r}"
        raise RuntimeError(message)
    found: dict[str, Any] = json.loads(text)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench/run reports", description="Measure reports.")
    parser.add_argument("--small", action="store_true", help="60,008 rows only")
    parser.add_argument("--pairs", type=int, default=31, help="runs of each (default: 31)")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args(arguments)
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    lines = [HEADING]
    for rows in (60_008,) if options.small else (60_008, 600_000):
        print(f"{rows:,} rows", file=sys.stderr)
        with opened(rows) as bench:
            lines += [measured(bench, case, rows, options.pairs) for case in cases(rows)]
    about = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    text = "\n".join((*lines, "", f"{about}; {os.cpu_count()} cores, load {load}."))
    print(text)
    if options.write:
        write_document(text)


def write_document(text: str) -> None:
    """Replace what stands between the marks."""
    head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    DOCUMENT.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
