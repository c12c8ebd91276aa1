"""The programs of `pvm demo`: this pvm once more, as commands and as a server, in own processes."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

from reconciler.cli.terminal import width

# -P: the current folder never hides a module of ours.
_PVM: Final = (sys.executable, "-P", "-c", "from reconciler.cli.main import main; main()")
_STARTED: Final = ("serve", "--demo", "--port", "0", "--ready-file", "ready.json")
_LOOKS: Final = 1200
_LOOK_SECONDS: Final = 0.05
_PATIENCE_SECONDS: Final = 10.0


class BrokenStoryError(Exception):
    """A program did not do what the story says; `output` is what it printed and nobody saw."""

    def __init__(self, message: str, *, code: int = 1, output: str = "") -> None:
        self.message = message
        self.code = code
        self.output = output
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class User:
    """A user of the demo server; the password lives as long as the server."""

    login: str
    password: str
    role: str

    def __repr__(self) -> str:
        """No password, whoever prints it."""
        return f"User({self.login!r})"


@dataclass(frozen=True, slots=True)
class Server:
    """A running `pvm serve --demo`."""

    url: str
    users: tuple[User, ...]
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def log(self) -> Path:
        """What it printed: address, logins, requests."""
        return self.folder / "server.log"

    def user(self, role: str) -> User:
        """The server's user of this role; raises `BrokenStoryError`."""
        for user in self.users:
            if user.role == role:
                return user
        message = f"the demo server has no user with the role {role}"
        raise BrokenStoryError(message)

    def settings(self) -> dict[str, str]:
        """The variables that pvm needs to work with this server."""
        return {
            "PVM_URL": self.url,
            "PVM_USERNAME": self.user("Super-Admin").login,
            "PVM_PASSWORD_FILE": str(self.folder / "password"),
            "PVM_DIGEST_KEY_FILE": str(self.folder / "digest-key"),
        }

    def exports(self) -> tuple[str, ...]:
        """The same, as typed into a shell."""
        return tuple(f"export {name}={value}" for name, value in self.settings().items())


def start_server(folder: Path) -> Server:
    """Start a server that keeps all its files in `folder`; returns once it listens.

    It gets a session of its own, so that a Ctrl-C ends the story first and then the server.
    Raises `BrokenStoryError` when it does not start.
    """
    environment = {**_environment({}), "TMPDIR": str(folder)}
    with open(folder / "server.log", "wb", opener=_private) as log:
        process = subprocess.Popen(  # noqa: S603 -- our own program, fixed arguments
            (*_PVM, *_STARTED),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, folder)
        server = _read_ready_file(process, folder)
        _write_private(folder / "password", server.user("Super-Admin").password)
        _write_private(folder / "digest-key", token_hex())
    except BaseException:
        stop_server(process)
        raise
    return server


def stop_server(process: subprocess.Popen[bytes]) -> None:
    """End it as an operator would, and by force if it does not listen."""
    process.terminate()
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def run_pvm(
    arguments: tuple[str, ...], folder: Path, settings: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run one command in `folder`; both its streams end up in `stdout`, as on a terminal."""
    return subprocess.run(  # noqa: S603 -- our own program, arguments of the story
        (*_PVM, *arguments),
        cwd=folder,
        env=_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """This process's variables, without those that mean another server or project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    return {**kept, "COLUMNS": str(width()), "PYTHONUTF8": "1", **settings}


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    ready = folder / "ready.json"
    for _ in range(_LOOKS):
        if ready.exists():
            return
        try:
            code = process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        output = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
        message = f"the server did not start: exit code {code}"
        raise BrokenStoryError(message, code=code, output=output)
    message = f"the server did not listen within {_LOOKS * _LOOK_SECONDS:.0f} s"
    raise BrokenStoryError(message)


def _read_ready_file(process: subprocess.Popen[bytes], folder: Path) -> Server:
    found = json.loads((folder / "ready.json").read_text(encoding="utf-8"))
    users = tuple(User(u["login"], u["password"], u["role"]) for u in found["users"])
    return Server(found["url"], users, process, folder)


def _write_private(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8", opener=_private) as file:
        file.write(text)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
