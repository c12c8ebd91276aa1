"""The tutorial is typed for real, with its 3,000 stores, and must print what it says."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.sessions import Terminal, environment, play
from tests.live_server import RunningServer, running_server

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def test_a_store_list_becomes_a_reviewed_first_apply(server: RunningServer, tmp_path: Path) -> None:
    for program in ("curl", "git", "awk"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program} on this machine: install it with its package manager")
    (tmp_path / "desk").mkdir()

    found, written = play(
        TUTORIAL, Terminal(tmp_path / "desk", environment(server, tmp_path / "bin"))
    )

    assert found == written
