import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconciler.cli.main import main
from tests.cli.loopback import listening
from tests.cli.repositories import Repository
from tests.golden_files import compare_golden
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Run = Callable[..., Ran]


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    return lambda name, text: compare_golden(f"cli/{name}", text)


@pytest.fixture
def pvm(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program within this process; an exception that leaves it fails the test."""
    for name in [name for name in os.environ if name.startswith("PVM_")]:
        monkeypatch.delenv(name)

    def run(*args: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Ran:
        result = CliRunner().invoke(
            main, list(args), input=stdin, env={"COLUMNS": "100", **(env or {})}
        )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def fake() -> FakeServer:
    return FakeServer()


@pytest.fixture
def env(fake: FakeServer) -> Iterator[Mapping[str, str]]:
    """What leads the program to the server in memory."""
    with listening(fake.handle) as url:
        yield {"PVM_URL": url, "PVM_USERNAME": LOGIN_NAME, "PVM_PASSWORD": PASSWORD}


@pytest.fixture
def call(pvm: Run, env: Mapping[str, str], tmp_path: Path) -> Run:
    """Runs the program for the project in the test's own folder; `extra` joins the environment."""
    Repository(tmp_path, "acme").write().declare()

    def run(*args: str, **extra: str) -> Ran:
        return pvm(*args, "-C", str(tmp_path), env={**env, **extra})

    return run


@pytest.fixture
def process() -> Run:
    """Runs the program as a process of its own."""

    def run(
        *args: str,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        program: str = "from reconciler.cli.main import main; main()",
    ) -> Ran:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
        done = subprocess.run(  # noqa: S603 -- our own program
            [sys.executable, "-c", program, *args],
            input=stdin,
            capture_output=True,
            text=True,
            env={**kept, "COLUMNS": "100", **(env or {})},
            check=False,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
