"""The completion scripts in the shells that they are for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.shells.shells import Complete, open_shell

RETAIL = ROOT / "specs" / "examples" / "retail"


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def complete(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Complete]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    with open_shell(request.param, folder, RETAIL) as shell:
        yield shell


def test_a_command_is_completed(complete: Complete) -> None:
    assert complete("pvm stat") == ["pvm", "status"]


def test_an_option_is_completed(complete: Complete) -> None:
    assert complete("pvm plan --det") == ["pvm", "plan", "--detailed-exitcode"]


def test_the_values_of_an_option_are_offered(complete: Complete) -> None:
    offered = complete("pvm plan -o ")
    assert offered[:2] == ["pvm", "plan"]
    assert {"text", "json", "markdown"} <= set(offered)


def test_objects_are_offered_from_the_files(complete: Complete) -> None:
    assert complete("pvm explain site/hm-100")[2:5] == [
        "site/hm-1001",
        "site/hm-1002",
        "site/hm-1003",
    ]


def test_files_are_left_to_the_shell(complete: Complete) -> None:
    assert complete("pvm show READ")[-1] == "README.md"


def test_folders_are_left_to_the_shell(complete: Complete) -> None:
    assert complete("pvm plan -C boot")[-1].rstrip("/") == "bootstraps"
