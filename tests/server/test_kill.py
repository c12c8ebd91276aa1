"""A server that dies at once: every download that was answered is in the database."""

import http.client
import os
import signal
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import create_engine

from reconciler.server.domain.identifiers import moment
from reconciler.server.store.database import migrate
from reconciler.server.store.server_check import check_database
from tests.live_server import start_server
from tests.server.store.rows_of_every_table import AT, FIRST, TEXT, TODAY, insert_rows

DEVICES, ENOUGH = 8, 60


def download_until_cut_off(port: int, device: int, answered: list[str], pid: int) -> None:
    """One device after another; whoever gets the answer that is enough kills the server."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for number in count():
            device_id = f"TC52_{device}X{number}"
            path = f"/client/api/v1/bootstrap?token=Boat&deviceId={device_id}"
            try:
                connection.request("GET", path)
                with connection.getresponse() as answer:
                    found = (answer.status, answer.read().decode())
            except (OSError, http.client.HTTPException):
                return
            assert found == (200, TEXT)
            answered.append(device_id)
            if len(answered) == ENOUGH:
                os.kill(pid, signal.SIGKILL)


def recorded(path: Path) -> tuple[Sequence[str], int, int, Sequence[str]]:
    """Devices in the history, uses of the token, the days' counts, devices."""
    with closing(sqlite3.connect(path)) as connection:
        history = connection.execute("SELECT device_id FROM history ORDER BY id").fetchall()
        (uses,) = connection.execute("SELECT use_count FROM token").fetchone()
        (counts,) = connection.execute("SELECT sum(count) FROM token_request").fetchone()
        devices = connection.execute("SELECT device_id FROM device").fetchall()
    return [row[0] for row in history], uses, counts, [row[0] for row in devices]


def test_what_was_answered_before_a_kill_is_recorded_once(tmp_path: Path) -> None:
    path = tmp_path / "server.db"
    url = f"sqlite:///{path}"
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        insert_rows(connection, {table: TODAY[table] for table in FIRST})
    engine.dispose()
    server = start_server(url, demo=False, environment={"PVM_SERVER_JOBS": "false"})
    port, answered = urlsplit(server.url).port or 0, list[str]()
    with ThreadPoolExecutor(DEVICES) as pool:
        tasks = [
            pool.submit(download_until_cut_off, port, device, answered, server.process.pid)
            for device in range(DEVICES)
        ]
        for task in tasks:
            task.result()
    assert server.stop() == -signal.SIGKILL
    history, uses, counts, devices = recorded(path)
    assert len(answered) >= ENOUGH
    assert set(answered) <= set(history)
    assert len(set(history)) == len(history) <= len(answered) + DEVICES
    assert (uses - 7, counts) == (len(history), len(history))
    assert set(devices) == set(history)
    assert check_database(url, moment(AT)) == []
