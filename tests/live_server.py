"""The real server as a process of its own, for tests that need HTTP: `start_server()`.

The demo's users come with passwords; `stop()` ends it as an operator would, with SIGTERM.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

_PATIENCE_SECONDS = 30
_PROGRAM = "from reconciler.cli.main import main; main()"


@dataclass(frozen=True, slots=True)
class LiveUser:
    """A user of the demo."""

    login: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that listens at `url`; `log` is what it wrote to standard error so far."""

    url: str
    users: tuple[LiveUser, ...]
    folder: Path
    printed: str
    process: subprocess.Popen[str]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def user(self, role: str) -> LiveUser:
        """The demo's user of this role."""
        return next(user for user in self.users if user.role == role)

    def stop(self) -> int:
        """End it and wait; returns its exit code."""
        self.process.terminate()
        code = self.process.wait(_PATIENCE_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


def start_server(
    database_url: str | None = None,
    *,
    demo: bool = True,
    environment: Mapping[str, str] | None = None,
) -> RunningServer:
    """Start a server on a free port and wait until it listens.

    Without `database_url` a demo takes a temporary database, any other server a new file.
    Raises AssertionError with the server's own words when it does not start.
    """
    folder = Path(tempfile.mkdtemp(prefix="pvm-live-"))
    ready = folder / "ready.json"
    url = database_url or (None if demo else f"sqlite:///{folder / 'server.db'}")
    command = [sys.executable, "-c", _PROGRAM, "serve", "--port", "0", "--ready-file", str(ready)]
    command += ["--demo"] if demo else []
    command += ["--database", url] if url else []
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=folder,
            env=_environment(environment or {}),
        )
    server = RunningServer("", (), folder, _until_listening(process), process)
    if not ready.exists():
        server.stop()
        message = f"the server did not start:\n{server.printed}\n{server.log}"
        raise AssertionError(message)
    found = json.loads(ready.read_text(encoding="utf-8"))
    users = tuple(LiveUser(**user) for user in found["users"])
    return replace(server, url=found["url"], users=users)


@contextmanager
def running_server(
    database_url: str | None = None,
    *,
    demo: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningServer]:
    """`start_server`; stopped, and its folder removed, at the end."""
    server = start_server(database_url, demo=demo, environment=environment)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's variables without those that would change the server under test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    return {**kept, **extra}


def _until_listening(process: subprocess.Popen[str]) -> str:
    """What the server printed, up to the line that it prints once it listens."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Listening on "):
            break
    return "".join(lines)
