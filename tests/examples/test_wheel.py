"""What pvm copies into a user's folder is there wherever pvm is installed, checkout or not."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from reconciler.sources.templates import TEMPLATES

ROOT = Path(__file__).parents[2]
FIND = "from reconciler.cli.demo_story import example_folder; print(example_folder())"
SHOW = "from reconciler.sources.templates import TEMPLATES; print(*[t.text for t in TEMPLATES])"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contents of the wheel."""
    folder: Path = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 -- our own build
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def said(installed: Path, program: str) -> str:
    """What a program prints that knows nothing but the wheel and its libraries."""
    return subprocess.check_output(  # noqa: S603 -- our own program
        (sys.executable, "-P", "-c", program),
        env={**os.environ, "PYTHONPATH": str(installed)},
        encoding="utf-8",
    )


def test_the_wheel_carries_the_example_of_the_demo(installed: Path) -> None:
    folder = Path(said(installed, FIND).strip())

    assert folder == installed / "reconciler" / "examples" / "retail"
    original = ROOT / "specs" / "examples" / "retail"
    assert {path.relative_to(folder) for path in folder.rglob("*")} == {
        path.relative_to(original) for path in original.rglob("*")
    }


def test_the_wheel_carries_what_init_writes(installed: Path) -> None:
    assert (installed / "reconciler" / "templates").is_dir()
    assert said(installed, SHOW) == " ".join(t.text for t in TEMPLATES) + "\n"
