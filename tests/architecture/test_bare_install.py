"""`pip install pvm`, without an extra: the client works and the server names what it needs.

The bare installation is made of links to the very files that requirements/cli.txt names, and
Python starts without any other site directory.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.live_server import running_server

EXAMPLE = ROOT / "specs" / "examples" / "quickstart"
_PROGRAM = "from reconciler.cli.main import main; main()"


@pytest.fixture(scope="module")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package and the libraries of the client, nothing else."""
    site = tmp_path_factory.mktemp("site")
    for part in ("reconciler", "schemas"):
        (site / part).symlink_to(ROOT / part)
    for name in _locked("cli.txt"):
        for entry in _entries(name):
            link = site / entry.name
            if not link.exists():
                link.symlink_to(entry)
    return site


def test_nothing_of_the_server_is_within_reach(bare_site: Path) -> None:
    assert _python(bare_site, "import click").returncode == 0
    assert "ModuleNotFoundError" in _python(bare_site, "import fastapi").stderr
    assert "ModuleNotFoundError" in _python(bare_site, "import sqlalchemy").stderr


def test_pvm_validates_and_plans_without_the_server_extra(bare_site: Path) -> None:
    validated = _pvm(bare_site, "-C", str(EXAMPLE), "validate")
    assert validated.returncode == 0, validated.stderr
    with running_server() as server:
        user = server.user("Super-Admin")
        login = {
            "PVM_URL": server.url,
            "PVM_USERNAME": user.login,
            "PVM_PASSWORD": user.password,
        }
        planned = _pvm(bare_site, "-C", str(EXAMPLE), "plan", "--detailed-exitcode", extra=login)
    assert planned.returncode == 2, planned.stderr  # 2: there is something to create


def test_serving_without_the_extra_says_what_to_install(bare_site: Path) -> None:
    refused = _pvm(bare_site, "serve", "--demo", "--port", "0")
    assert refused.returncode == 64
    assert 'pip install "pvm[server]"' in refused.stderr


def _pvm(
    site: Path, *arguments: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return _python(site, _PROGRAM, *arguments, extra=extra)


def _python(
    site: Path, code: str, *arguments: str, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run code with `site` in the place of every site directory (`-S`)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    return subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-S", "-c", code, *arguments],
        cwd=site,
        env={**kept, "PYTHONPATH": str(site), **(extra or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def _locked(name: str) -> list[str]:
    """The names that a lock holds, those of other platforms included."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)


def _entries(name: str) -> set[Path]:
    """What a distribution laid into site-packages; nothing for one of another platform."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return set()
    inside = (file for file in found.files or () if not file.parts[0].startswith(".."))
    return {Path(str(found.locate_file(file.parts[0]))) for file in inside}
