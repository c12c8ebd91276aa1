import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.repositories import Repository

LIST = "Store No.;Plaats;Server;Telefoon\r\n0421;Köln;dev03b;020\r\n0007;Ede;dev04a;030\r\n"
PROGRAM = "from reconciler.cli.main import main; main()"
OPTIONS = (
    *("--key", "Store No.", "--map", "Store No.=store", "--map", "Telefoon="),
    *("--site", "imp-${store}", "--bootstrap", "imp-${store}", "--token", "imp-${store}"),
    *("--app-id", "WFC_PRO_ANDROID"),
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    Repository(tmp_path, "imp").write()
    (tmp_path / "in.csv").write_bytes(LIST.encode())
    return tmp_path


def test_one_command_makes_a_fleet_that_is_valid_and_formatted(
    pvm: Run, project: Path, golden: Callable[[str, str], None]
) -> None:
    ran = pvm("import", str(project / "in.csv"), *OPTIONS, "--name", "shops", "-C", str(project))

    assert (ran.code, ran.err) == (0, "")
    golden("import.txt", ran.out)
    golden("import-fleet.yaml", (project / "files" / "shops.yaml").read_text())
    assert pvm("validate", "-C", str(project)).out == "6 objects · no problems\n"
    assert pvm("fmt", "--check", str(project / "files"), "-C", str(project)).code == 0


def test_the_same_as_data(pvm: Run, project: Path) -> None:
    ran = pvm("import", str(project / "in.csv"), *OPTIONS, "-o", "json", "-C", str(project))

    found = json.loads(ran.out)
    assert (found["type"], found["fleet"], found["key"], found["rows"]) == (
        *("import", "in", "store", 2),
    )
    assert found["objects"] == {"Site": 2, "Bootstrap": 2, "Token": 2}
    assert found["leftOut"] == ["Telefoon"]
    assert found["files"] == ["files/in.yaml", "files/in/in.csv"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "--key 'Store No.'"),
        (("--key", "Store No."), "--site 'site-${store_no}'"),
        (("--key", "Store No.", "--map", "Plaats"), "HEADER=COLUMN"),
        (("--key", "Store No.", "--map", "Plaats=a b"), "a_b"),
        (("--key", "Store No.", "--map", "Plaats=a", "--map", "Server=a"), "two columns"),
        ((*OPTIONS, "--out", "/elsewhere"), "files"),
        ((*OPTIONS, "--name", "a/ü"), "--name: no fleet can have the name 'a/ü'"),
        ((*OPTIONS, "--extends", "nowhere"), "--extends: there is no layer 'nowhere'"),
    ],
    ids=["nothing", "key", "map", "column", "twice", "out", "name", "layer"],
)
def test_where_nobody_can_be_asked_it_is_said_what_to_say(
    pvm: Run, project: Path, options: tuple[str, ...], told: str
) -> None:
    ran = pvm("import", str(project / "in.csv"), *options, "-C", str(project))

    assert (ran.code, ran.out) == (64, "")
    assert told in ran.err
    assert list((project / "files").iterdir()) == []


def test_wrong_cells_are_told_all_at_once_and_nothing_is_written(pvm: Run, project: Path) -> None:
    (project / "in.csv").write_bytes((LIST + ";a;b;c\r\n0007;a;b;c\r\n").encode())

    ran = pvm("import", str(project / "in.csv"), *OPTIONS, "-C", str(project))

    assert (ran.code, ran.out) == (65, "")
    assert "in.csv:4:1" in ran.err
    assert "in.csv:5:1" in ran.err
    assert list((project / "files").iterdir()) == []


def test_one_of_two_columns_with_one_header_can_be_renamed(pvm: Run, project: Path) -> None:
    (project / "in.csv").write_text("Store;City;City\n1;a;b\n")
    options = ("--key", "Store", "--bootstrap", "imp-${store}", "-C", str(project))

    alike = pvm("import", str(project / "in.csv"), *options, "--map", "City=town")
    ran = pvm("import", str(project / "in.csv"), *options, "--map", "city_2=town")

    assert (alike.code, "say which one: city or city_2" in alike.err) == (64, True)
    assert ran.code == 0, ran.all
    assert (project / "files/in/in.csv").read_text() == "store;city;town\n1;a;b\n"


def test_what_exists_is_written_over_only_by_force(pvm: Run, project: Path) -> None:
    (project / "files" / "in.yaml").write_text("# mine\n")
    command = ("import", str(project / "in.csv"), *OPTIONS, "-C", str(project))

    assert pvm(*command).code == 64
    assert (project / "files" / "in.yaml").read_text() == "# mine\n"
    assert pvm(*command, "--force").code == 0
    assert "kind: Fleet" in (project / "files" / "in.yaml").read_text()


def test_on_a_terminal_the_defaults_make_a_fleet(project: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"\n" * 7)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PVM_")}
    with subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "-c", PROGRAM, "import", str(project / "in.csv"), "-C", str(project)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        env=env,
    ) as process:
        os.close(theirs)
        out, _ = process.communicate(timeout=60)
    shown = os.read(ours, 65536).decode()
    os.close(ours)

    assert process.returncode == 0, shown
    assert "Which one tells stores apart?" in shown
    assert "next " in out
    assert 'name: "imp-${store_no}"' in (project / "files" / "in.yaml").read_text()
