"""Starting and stopping: the program as an operator runs it."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.server import app
from reconciler.server.api import service
from tests.live_server import running_server, start_server

PROGRAM = "from reconciler.cli.main import main; main()"
CANARY = "canary-0d77-long-enough"


def run(
    *arguments: str, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, "serve", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**kept, **(environment or {})},
        timeout=60,
    )


def post(url: str, body: object) -> tuple[int, Any]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{url}/admin/api/v1/auth/admin",
        json.dumps(body).encode(),
        {"content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_a_demo_names_a_user_of_each_role_that_can_sign_in() -> None:
    with running_server() as server:
        assert {user.role for user in server.users} == {
            "User",
            "Admin",
            "Super-Admin",
            "Vendor-Admin",
        }
        for user in server.users:
            assert user.password in server.printed
            status, _ = post(server.url, {"username": user.login, "password": user.password})
            assert status == 200
        ready = server.folder / "ready.json"
        assert stat.S_IMODE(ready.stat().st_mode) == 0o600
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert (found["pid"], found["url"]) == (server.process.pid, server.url)


def test_the_first_start_prints_a_one_time_password_once(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'server.db'}"
    with running_server(database, demo=False) as server:
        lines = server.printed.splitlines()
        password = lines[1].strip()
        assert len(password) >= 12
        assert password not in (server.folder / "ready.json").read_text(encoding="utf-8")
        status, _ = post(server.url, {"username": "admin", "password": password})
        assert status == 200
        assert password not in server.log
    with running_server(database, demo=False) as again:
        assert password not in again.printed
        assert again.printed.splitlines() == [
            f"API page: {again.url}/admin/swagger-ui/",
            f"Listening on {again.url}",
        ]


def test_the_first_password_may_come_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{CANARY}\n", encoding="utf-8")
    environment = {"PVM_ADMIN_PASSWORD_FILE": str(file)}
    with running_server(demo=False, environment=environment) as server:
        status, _ = post(server.url, {"username": "admin", "password": CANARY})
        assert status == 200
        assert CANARY not in server.printed + server.log


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_cleanly(sent: signal.Signals) -> None:
    server = start_server()
    server.process.send_signal(sent)
    assert server.stop() == 0
    assert "unexpected" not in server.log


def test_a_temporary_database_is_gone_afterwards(tmp_path: Path) -> None:
    with running_server(environment={"TMPDIR": str(tmp_path)}):
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        found = run("--demo", "--port", port, cwd=tmp_path)
    assert found.returncode == 64
    assert port in found.stderr
    assert "--port 0" in found.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--database", f"postgresql+psycopg://pvm:{CANARY}@127.0.0.1:1/pvm"),
        ("--database", f"mysql://pvm:{CANARY}@127.0.0.1/pvm"),
        ("--database", f"nonsense-{CANARY}"),
        ("--demo", "--host", "0.0.0.0"),  # noqa: S104 - refused
        ("--port", "70000"),
        ("--unknown",),
    ],
)
def test_what_cannot_start_is_a_clear_error_without_a_password(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    found = run("--port", "0", *arguments, cwd=tmp_path)
    assert found.returncode == 64
    assert found.stderr.startswith("error")
    assert CANARY not in found.stdout + found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"PVM_SERVER_PRT": "1"},
        {"PVM_SERVER_PAGE_SIZE": CANARY},
        {"PVM_ADMIN_PASSWORD": "short"},
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    found = run("--port", "0", environment=environment, cwd=tmp_path)
    assert found.returncode == 64
    assert next(iter(environment)) in found.stderr
    assert next(iter(environment.values())) not in found.stderr


def test_migrating_alone_listens_nowhere(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'sub' / 'server.db'}"
    for _ in range(2):
        found = run("--migrate-only", "--database", database)
        assert (found.returncode, found.stdout) == (0, "The database is up to date.\n")


def test_missing_libraries_name_the_command_that_installs_them(tmp_path: Path) -> None:
    program = "import sys; sys.modules['fastapi'] = None; sys.argv[1:] = ['serve'];" + PROGRAM
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert found.returncode == 64
    assert "pip install" in found.stderr
    assert "pvm[server]" in found.stderr


def test_an_address_is_a_url_that_this_machine_can_open() -> None:
    for host, shown in (("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")):  # noqa: S104 - bound for a moment
        with service.bind(host, 0) as listener:
            assert service.address(listener) == f"http://{shown}:{listener.getsockname()[1]}"


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head() -> None:
    with (
        service.bind("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_ready_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    service.write_ready_file(path, "http://127.0.0.1:1", [])
    assert json.loads(path.read_text(encoding="utf-8"))["users"] == []
    assert [file.name for file in tmp_path.iterdir()] == ["ready.json"]
    with pytest.raises(OSError, match="No such file"):
        service.write_ready_file(tmp_path / "no" / "ready.json", "http://127.0.0.1:1", [])


def test_the_pause_before_another_try_grows_and_is_left_to_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    for chance in (0.0, 0.5):
        monkeypatch.setattr("random.random", lambda chance=chance: chance)
        for tries in (1, 2, 7):
            app.pause(tries)
    assert waits == pytest.approx([0.0, 0.0, 0.0, 0.01, 0.02, 0.64])
