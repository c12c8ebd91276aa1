"""The suite's own rules: it reaches this machine only, and CI skips nothing."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.architecture.tree import ROOT

# A suite of two tests, to see what becomes of one that is skipped; ours skips nothing.
_TESTS = """
import pytest

def test_runs() -> None:
    assert True

@pytest.mark.skip(reason="nothing to drive")
def test_is_skipped() -> None:
    raise AssertionError
"""


def test_no_test_can_reach_beyond_this_machine() -> None:
    with pytest.warns(match="tried to use socket"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80))


@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "1"]], ids=["alone", "with workers"])
def test_a_skipped_test_fails_a_run_in_ci_and_only_there(
    tmp_path: Path, workers: list[str]
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_one.py").write_text(_TESTS, encoding="utf-8")
    at_home = _run(tmp_path, workers, ci=False)
    assert (at_home.returncode, "skipped, but" in at_home.stdout) == (0, False)
    in_ci = _run(tmp_path, workers, ci=True)
    assert (in_ci.returncode, "skipped, but" in in_ci.stdout) == (1, True)


def _run(folder: Path, workers: list[str], *, ci: bool) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    environment = {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *workers],
        cwd=folder,
        env={**environment, "CI": "true"} if ci else environment,
        capture_output=True,
        text=True,
        check=False,
    )
