import json
from pathlib import Path

import pytest

from reconciler.sources.formatting import format_project
from tests.cli.conftest import Run
from tests.cli.repositories import Repository

MESSY = "name: fmt-s\nkind: Site\nproServerName: dev03b\n"


@pytest.fixture
def messy(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path, "fmt").write().declare()
    format_project(tmp_path, write=True)
    (tmp_path / "files" / "messy.yaml").write_text(MESSY)
    return repository


def test_a_look_lists_what_would_change_with_a_code_of_its_own(pvm: Run, messy: Repository) -> None:
    ran = pvm("fmt", "--check", "-C", str(messy.root))

    assert (ran.code, ran.err) == (2, "")
    assert ran.out == ("  ~ files/messy.yaml:1\n\n3 files · 1 would change: run pvm fmt\n")


def test_formatting_is_done_once(pvm: Run, messy: Repository) -> None:
    first = pvm("fmt", "-C", str(messy.root))
    second = pvm("fmt", "-C", str(messy.root))
    looked = pvm("fmt", "--check", "-C", str(messy.root))

    assert (first.code, first.out.splitlines()[-1]) == (0, "3 files · 1 formatted")
    assert (second.code, second.out) == (0, "3 files · nothing to format\n")
    assert looked.code == 0
    assert pvm("validate", "-C", str(messy.root)).code == 0


def test_errors_are_told_with_their_place(pvm: Run, messy: Repository) -> None:
    (messy.root / "files" / "bad.yaml").write_text("kind: Site\nname: 0421\n")

    ran = pvm("fmt", "--check", "-C", str(messy.root))

    assert ran.code == 65
    assert "files/bad.yaml:2:7" in ran.out
    assert ran.out.splitlines()[-1] == "4 files · 1 would change: run pvm fmt · 1 error"


def test_the_same_as_data(pvm: Run, messy: Repository) -> None:
    file = str(messy.root / "files" / "messy.yaml")

    found = json.loads(pvm("fmt", "-o", "json", file, "-C", str(messy.root)).out)

    assert (found["type"], found["written"], found["files"]) == ("formatting", True, 1)
    assert found["changed"] == [{"file": "files/messy.yaml", "line": 1}]
    assert found["problems"] == found["left"] == []
