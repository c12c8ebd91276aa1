"""`pvm demo` needs its example wherever pvm is installed, not only in a checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIND = "from reconciler.cli.demo_story import example_folder; print(example_folder())"


def test_the_wheel_carries_the_example_of_the_demo(tmp_path: Path) -> None:
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 -- our own build
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)

    found = subprocess.check_output(  # noqa: S603 -- our own program
        (sys.executable, "-P", "-c", FIND),
        env={**os.environ, "PYTHONPATH": str(installed)},
        encoding="utf-8",
    )

    folder = Path(found.strip())
    assert folder == installed / "reconciler" / "examples" / "retail"
    original = ROOT / "specs" / "examples" / "retail"
    assert {path.relative_to(folder) for path in folder.rglob("*")} == {
        path.relative_to(original) for path in original.rglob("*")
    }
