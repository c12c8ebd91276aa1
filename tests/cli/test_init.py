import io
import json
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler.cli.main import main
from reconciler.sources.repository import read_repository
from tests.cli.conftest import Run
from tests.cli.repositories import PSK
from tests.remote.fake_server import FakeServer

FILES = {
    *("pvm.yaml", ".pvm/.gitignore", ".vscode/settings.json", ".pre-commit-config.yaml"),
    *("schemas/document.schema.json", "schemas/project.schema.json"),
    *(f"{name}/.gitkeep" for name in ("sites", "bootstraps", "tokens", "layers", "fleets")),
}
GITHUB = {
    ".github/workflows/pvm.yml",
    ".github/actions/pvm/action.yml",
    ".github/actions/pvm/run.sh",
}


def files_below(folder: Path) -> set[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if path.parts[0] != ".git"}


@pytest.fixture
def estate(fake: FakeServer, env: Mapping[str, str]) -> Mapping[str, str]:
    """A server with three objects, and what another project left there."""
    parameters = {"site": "acme-site", "wifi": {"psk": PSK}}
    token = {"appId": "WFC_PRO_ANDROID", "bootstrap": "acme-settings", "description": ""}
    rows: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("site", "acme-site", {"proServerName": "dev03b"}),
        ("bootstrap", "acme-settings", {"parameters": parameters}),
        ("bootstrap", "pvm-inventory-other-00", {"parameters": {"lease": {}}}),
        ("token", "acme-counter", token),
    )
    for path, name, fields in rows:
        fake.rows[path][name] = {"name": name, "version": 1, **fields}
    return env


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_an_empty_folder_becomes_a_project_without_problems(pvm: Run, tmp_path: Path) -> None:
    ran = pvm("init", str(tmp_path / "acme retail"))
    root = tmp_path / "acme retail"

    assert ran.code == 0
    assert files_below(root) == FILES | GITHUB
    repository = read_repository(root)
    assert (repository.project.name, repository.problems) == ("acme retail", ())
    assert len(repository.project.id) == 16
    assert f"wrote     {len(FILES | GITHUB) - 1} files" in ran.err
    assert ran.out.startswith("next      cd ")
    assert "pvm export --factor --out ." in ran.out
    assert stat.S_IMODE((root / ".github/actions/pvm/run.sh").stat().st_mode) == 0o755


def test_two_projects_of_one_name_have_different_ids(pvm: Run, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        pvm("init", str(tmp_path / folder), "--name", "acme")

    assert len({read_repository(tmp_path / folder).project.id for folder in ("a", "b")}) == 2


def test_what_is_told_stands_in_the_project_file(pvm: Run, tmp_path: Path) -> None:
    told = ("--name", "acme", "--url", "https://pvm.acme.example/", "--customer", "0421")
    ran = pvm("init", str(tmp_path), *told, "--ci", "none")

    project = read_repository(tmp_path).project
    target = project.targets["default"]
    assert (project.name, target.url, target.customer) == (
        "acme",
        "https://pvm.acme.example",
        "0421",
    )
    assert files_below(tmp_path) == FILES
    assert "PVM_URL" not in ran.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--name", "acme/retail"), "--name"),
        (("--name", ""), "--name is empty"),
        (("--url", "https://u:canary@x"), "without user name"),
        (("--url", "ftp://x"), "--url"),
        (("--customer", "x" * 65), "--customer"),
        (("--from-server", "--url", "https://user:canary@x.example"), "without user name"),
        (("--from-server",), "--url URL"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_written(
    pvm: Run, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    ran = pvm("init", str(tmp_path / "new"), *options)

    assert (ran.code, words in ran.err) == (64, True), ran.err
    assert "canary" not in ran.all
    assert not (tmp_path / "new").exists()


def test_a_folder_whose_name_is_no_project_s_needs_an_option(pvm: Run, tmp_path: Path) -> None:
    ran = pvm("init", str(tmp_path / "größe"))

    assert (ran.code, "--name NAME" in ran.err) == (64, True)


def test_on_a_terminal_it_asks_for_what_was_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def answer(text: str, **_: object) -> str:
        asked.append(text)
        return {"Name": "acme", "Addr": "https://pvm.acme.example", "Cust": ""}[text[:4]]

    for name in ("stdin", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    monkeypatch.setattr(click, "prompt", answer)
    with pytest.raises(SystemExit) as left:
        main(["init", str(tmp_path / "größe")])
    quiet = len(asked)
    with pytest.raises(SystemExit):
        main(["init", str(tmp_path / "b"), "--yes"])

    assert (left.value.code, quiet, len(asked)) == (0, 3, 3)
    project = read_repository(tmp_path / "größe").project
    assert (project.name, project.targets["default"].url) == ("acme", "https://pvm.acme.example")


def test_files_that_are_there_are_named_and_left(pvm: Run, tmp_path: Path) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text("mine\n")
    pvm("init", str(tmp_path), "--name", "acme")
    before = {path: (tmp_path / path).read_bytes() for path in files_below(tmp_path)}

    again = pvm("init", str(tmp_path), "--name", "other")

    assert (tmp_path / ".pre-commit-config.yaml").read_text() == "mine\n"
    assert {path: (tmp_path / path).read_bytes() for path in files_below(tmp_path)} == before
    assert "wrote     0 files" in again.err
    assert "left      pvm.yaml, " in again.err


def test_inside_a_work_tree_checks_stand_at_its_top_and_name_the_folder(
    pvm: Run, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    pvm("init", str(tmp_path / "config" / "pvm"))

    assert files_below(tmp_path / "config" / "pvm") == FILES - {".pre-commit-config.yaml"}
    assert files_below(tmp_path) > GITHUB
    workflow = (tmp_path / ".github/workflows/pvm.yml").read_text()
    assert workflow.count("          directory: config/pvm\n") == workflow.count("command: ")
    hooks = (tmp_path / ".pre-commit-config.yaml").read_text()
    assert "entry: pvm -C config/pvm validate\n" in hooks


def test_where_gitlab_shows_its_checks_are_written(pvm: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = git@gitlab.acme:x.git\n')
    pvm("init", str(tmp_path), "--name", "acme")
    below = pvm("init", str(tmp_path / "below"), "--name", "acme")

    assert ".gitlab/pvm.yml" in files_below(tmp_path)
    assert GITHUB.isdisjoint(files_below(tmp_path))
    assert "have to say where the project stands: pvm -C below" in below.err


def test_from_a_server_the_next_plan_only_adopts(
    pvm: Run, estate: Mapping[str, str], tmp_path: Path
) -> None:
    root = tmp_path / "new"
    ran = pvm("init", str(root), "--from-server", env=estate)
    (file,) = (root / ".pvm" / "secrets").iterdir()
    name, _, value = file.read_text().strip().partition("=")

    valid = pvm("validate", "-C", str(root))
    formatted = pvm("fmt", "--check", "-C", str(root))
    shown = pvm("plan", "-o", "json", "-C", str(root), env={**estate, name: value})

    assert (ran.code, valid.code, formatted.code, shown.code) == (0, 0, 0, 0)
    assert "takes over 3 objects" in ran.out
    assert f". .pvm/secrets/{file.name};" in ran.out
    assert {path.parent.name for path in root.glob("*/.gitkeep")} == {"layers", "fleets"}
    assert PSK not in ran.all + "".join(one.read_text() for one in root.glob("*/*.yaml"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    changes = json.loads(shown.out)["changes"]
    assert {change["action"] for change in changes} <= {"adopt"}


def test_what_pvm_keeps_for_itself_is_not_exported(
    pvm: Run, estate: Mapping[str, str], tmp_path: Path
) -> None:
    pvm("init", str(tmp_path / "new"), "--from-server", "--no-factor", env=estate)

    assert "pvm-inventory" not in (tmp_path / "new/bootstraps/bootstraps.yaml").read_text()


def test_a_server_that_refuses_leaves_nothing_behind(
    pvm: Run, env: Mapping[str, str], tmp_path: Path
) -> None:
    wrong = {**env, "PVM_PASSWORD": "another"}
    ran = pvm("init", str(tmp_path / "new"), "--from-server", env=wrong)

    assert ran.code == 77
    assert not (tmp_path / "new").exists()


def test_another_customer_than_the_one_that_was_named_is_left_alone(
    pvm: Run, env: Mapping[str, str], tmp_path: Path
) -> None:
    ran = pvm("init", str(tmp_path / "new"), "--from-server", "--customer", "other", env=env)

    assert (ran.code, '--customer says "other", the server says "' in ran.err) == (64, True)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("taken", ["pvm.yaml", "sites/sites.yaml"])
def test_documents_are_never_mixed_with_others(
    pvm: Run, estate: Mapping[str, str], tmp_path: Path, taken: str
) -> None:
    root = tmp_path / "new"
    (root / taken).parent.mkdir(parents=True)
    (root / taken).write_text("mine\n")
    ran = pvm("init", str(root), "--from-server", env=estate)

    assert (ran.code, "nothing was written" in " ".join(ran.err.split())) == (64, True)
    assert files_below(root) - {".pvm/.gitignore"} == {taken}


def test_a_file_is_no_folder(pvm: Run, tmp_path: Path) -> None:
    (tmp_path / "new").write_text("")

    assert pvm("init", str(tmp_path / "new")).code == 64
