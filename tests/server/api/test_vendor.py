import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
VENDOR = Path("reconciler/server/api/static/vendor")
BUNDLE = VENDOR / "swagger-ui-dist-5.35.0" / "swagger-ui-bundle.js"


def check(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "tools" / "vendor.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    for name in ("vendor.py", "vendor.toml"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools" / name)
    shutil.copytree(ROOT / VENDOR, tmp_path / VENDOR)
    return tmp_path


def test_the_vendored_files_are_the_ones_recorded() -> None:
    found = check(ROOT)
    assert (found.returncode, found.stderr) == (0, "")


def test_a_changed_byte_is_found(copy: Path) -> None:
    with (copy / BUNDLE).open("ab") as file:
        file.write(b"\n")
    found = check(copy)
    assert found.returncode == 1
    assert "swagger-ui-bundle.js: content changed" in found.stderr


def test_a_missing_and_an_added_file_are_found(copy: Path) -> None:
    (copy / BUNDLE).rename(copy / BUNDLE.with_name("other.js"))
    found = check(copy)
    assert found.returncode == 1
    assert "swagger-ui-bundle.js: recorded, but missing" in found.stderr
    assert "other.js: present, but not recorded" in found.stderr


def test_every_package_ships_its_licence() -> None:
    folders = [path for path in (ROOT / VENDOR).iterdir() if path.is_dir()]
    assert folders
    assert all((folder / "LICENSE").stat().st_size > 1000 for folder in folders)
