"""Programs that are measured: each run is a fresh process."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CACHE: Final = tempfile.TemporaryDirectory(prefix="pvm-bench-modules-")
PVM: Final = (sys.executable, "-P", "-c", "from reconciler.cli.main import main; main()")


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took."""

    seconds: float
    """Wall-clock, from start to end."""
    peak_mib: float
    """Resident memory at its highest."""
    output: str


def run_program(command: tuple[str, ...], environment: dict[str, str]) -> Run:
    """Run to the end; raises RuntimeError with the program's own words unless it exits with 0."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env={**_inherited(), **environment}, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            words = err.read().decode(errors="replace")
            message = f"{' '.join(command)} exited with {process.returncode}:\n{words}"
            raise RuntimeError(message)
        return Run(seconds, usage.ru_maxrss / 1024, out.read().decode())


def _inherited() -> dict[str, str]:
    """This process's variables; compiled modules are kept, as they are wherever pvm is installed.

    They are kept in a place of their own, which the first, uncounted runs fill.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "PYTHONPYCACHEPREFIX": CACHE.name}


def floor_command(repository: Path, url: str, token: str) -> tuple[str, ...]:
    """The least work."""
    return (sys.executable, str(Path(__file__).with_name("floor.py")), str(repository), url, token)


def plan_command(repository: Path, *options: str) -> tuple[str, ...]:
    """The real thing."""
    return (*PVM, "-C", str(repository), "plan", *options)
