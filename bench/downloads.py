"""Downloads by devices: the bundled server against the bare framework that answers from memory.

`bench/run downloads [--postgres URL]`, where the URL is of an empty database. Both servers
are one process each and are asked in turn. The bundled one stores, before it answers: the device,
the token's use, the day's count and a row of the history; afterwards these are counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import create_engine, func, insert, select

from reconciler.server.store.database import migrate
from reconciler.server.store.device_schema import device, history, token_request
from reconciler.server.store.engines import read_url
from reconciler.server.store.schema import bootstrap, customer, token, token_owner

ROOT: Final = Path(__file__).parents[1]
PVM: Final = (sys.executable, "-P", "-c", "from reconciler.cli.main import main; main()")
_TICK_SECONDS: Final = 1 / os.sysconf("SC_CLK_TCK")
_CUSTOMER: Final = "c" * 32
_STAMPS: Final = {"source": None, "created_at": 0, "updated_at": 0, "version": 1, "search": ""}


class WrongCountError(Exception):
    """Not every download was recorded, so the server's speed means nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What one run took; `cpu_microseconds` of the server alone, for each request."""

    per_second: float
    cpu_microseconds: float


def make_texts(tokens: int) -> dict[str, str]:
    """What each token delivers: some 1,000 bytes."""
    return {
        f"token{number:05d}": json.dumps({f"key{i:02d}": f"value {number} {i}" for i in range(40)})
        for number in range(tokens)
    }


def fill(url: str, texts: Mapping[str, str]) -> None:
    """One customer with a bootstrap and a token for each text."""
    migrate(url)
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        connection.execute(insert(customer), _customer())
        connection.execute(insert(bootstrap), [_bootstrap(*item) for item in texts.items()])
        owners = [{"name_key": name, "customer_id": _CUSTOMER} for name in texts]
        connection.execute(insert(token_owner), owners)
        connection.execute(insert(token), [_token(name) for name in texts])
    engine.dispose()


def _customer() -> dict[str, Any]:
    switches = dict.fromkeys(("voice", "extension_manager", "ptt_pro", "profile_manager"), 1)
    numbers = (
        "overage_percent",
        "grace_period_days",
        "license_release_days",
        "exm_release_minutes",
        "ptt_pro_removal_days",
        "license_check_days",
    )
    texts = {"code": "bench", "name": "Bench", "profile": "3.1", "flags": "{}"}
    stamps = {name: value for name, value in _STAMPS.items() if name != "source"}
    places = {"exm_url": "", "exm_key_hash": None, "ptt_pro_server_name": ""}
    return {
        "id": _CUSTOMER,
        **texts,
        **places,
        **switches,
        **stamps,
        **dict.fromkeys(numbers, 30),
    }


def _bootstrap(name: str, text: str) -> dict[str, Any]:
    digest = sha256(text.encode()).hexdigest()
    own = {"customer_id": _CUSTOMER, "name": name, "text": text, "sha256": digest}
    return {**_STAMPS, **own, "updated_by": ""}


def _token(name: str) -> dict[str, Any]:
    own = {"customer_id": _CUSTOMER, "name_key": name, "name": name, "bootstrap": name}
    rest = {"app_id": "WFC_VOICE_ANDROID", "description": "", "updated_by": ""}
    return {**_STAMPS, **own, **rest, "last_used_at": None, "use_count": 0}


def recorded(url: str) -> tuple[int, int, int, int]:
    """Uses of tokens, the days' counts, rows of the history, devices."""
    engine = create_engine(read_url(url))
    with engine.begin() as connection:
        found = [
            connection.execute(select(what)).scalar_one() or 0
            for what in (
                func.sum(token.c.use_count),
                func.sum(token_request.c["count"]),
                func.count(history.c.id),
                func.count(device.c.device_id),
            )
        ]
    engine.dispose()
    uses, counts, rows, devices = map(int, found)
    return uses, counts, rows, devices


@contextmanager
def bare(file: Path) -> Iterator[tuple[str, int]]:
    """The bare framework; yields address and process."""
    command = (sys.executable, "-m", "bench.bare_server", str(file))
    with _running(command, {}) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        yield f"http://127.0.0.1:{port}", process.pid


@contextmanager
def bundled(database: str) -> Iterator[tuple[str, int]]:
    """The bundled server; yields address and process."""
    command = (*PVM, "serve", "--port", "0", "--database", database)
    with _running(command, {"PVM_SERVER_JOBS": "false"}) as process:
        for line in process.stdout or ():
            if line.startswith("Listening on "):
                yield line.removeprefix("Listening on ").strip(), process.pid
                break


@contextmanager
def _running(command: tuple[str, ...], settings: Mapping[str, str]) -> Iterator[Any]:
    environment = {name: value for name, value in os.environ.items() if name[:4] != "PVM_"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**environment, **settings},
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def measure(url: str, pid: int, file: Path, count: int, connections: int) -> Rate:
    """Ask `count` times; raises subprocess.CalledProcessError for a wrong answer."""
    command = (sys.executable, "-m", "bench.load", url, str(file), str(count), str(connections))
    before = _cpu_seconds(pid)
    seconds = float(subprocess.check_output(command, cwd=ROOT))
    return Rate(count / seconds, (_cpu_seconds(pid) - before) / count * 1e6)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_SECONDS


def compare_downloads(
    database: str, texts: Mapping[str, str], pairs: int, count: int, connections: int
) -> list[tuple[Rate, Rate]]:
    """Runs of the bare framework and of the bundled server, in turn; one pair before, uncounted.

    Raises WrongCountError.
    """
    fill(database, texts)
    with tempfile.TemporaryDirectory(prefix="pvm-bench-") as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps(texts), encoding="utf-8")
        with bare(file) as floor, bundled(database) as pvm:
            runs = [
                (
                    measure(*floor, file, count, connections),
                    measure(*pvm, file, count, connections),
                )
                for _ in range(pairs + 1)
            ]
    expected = count * (pairs + 1)
    if recorded(database) != (expected, expected, expected, count):
        message = f"{expected} downloads are {recorded(database)} records"
        raise WrongCountError(message)
    return runs[1:]


def row(title: str, runs: list[tuple[Rate, Rate]]) -> str:
    """A line of the table."""
    shares = [pvm.per_second / floor.per_second for floor, pvm in runs]
    costs = [floor.cpu_microseconds / pvm.cpu_microseconds for floor, pvm in runs]
    rates = [median(side.per_second for side in sides) for sides in zip(*runs, strict=True)]
    cpu = [median(side.cpu_microseconds for side in sides) for sides in zip(*runs, strict=True)]
    cells = (
        title,
        f"{median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})",
        f"{median(costs):.2f} ({min(costs):.2f} to {max(costs):.2f})",
        f"{rates[0]:,.0f} / {rates[1]:,.0f}",
        f"{cpu[0]:,.0f} / {cpu[1]:,.0f} µs",
    )
    return f"| {' | '.join(cells)} |"


HEADING = (
    "| Downloads | rate, pvm / bare: median (range) | the same by CPU time | bare / pvm, a second "
    "| CPU of the server, each |\n|---|---|---|---|---|"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench/run downloads", description="Measure downloads.")
    parser.add_argument("--postgres", metavar="URL", help="an empty database, measured as well")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    texts = make_texts(100)
    shape = options.pairs, options.count, options.connections
    print(HEADING)
    with tempfile.TemporaryDirectory(prefix="pvm-bench-") as folder:
        database = f"sqlite:///{folder}/server.db"
        print(row("SQLite", compare_downloads(database, texts, *shape)), flush=True)
    if options.postgres:
        print(row("PostgreSQL", compare_downloads(options.postgres, texts, *shape)))
    load = " ".join(f"{number:.1f}" for number in os.getloadavg())
    print(f"\n{os.cpu_count()} cores, load {load}; {options.connections} connections.")


if __name__ == "__main__":
    main()
