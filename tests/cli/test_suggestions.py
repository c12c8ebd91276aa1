"""What a shell is offered; how shells show it stands in `tests/shells`."""

from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from reconciler.cli.call import Call
from reconciler.cli.main import COMMANDS, main
from tests.architecture.tree import ROOT
from tests.cli.repositories import Repository

RETAIL = ROOT / "specs" / "examples" / "retail"
FLEET = """\
kind: Fleet
name: stores
rows: [{store: "0421"}, {store: "0422"}]
key: store
columns: {store: {}}
documents:
  site: {kind: Site, name: "acme-${store}", proServerName: dev03b}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A project that the working folder is in."""
    monkeypatch.chdir(tmp_path)
    return Repository(tmp_path, "acme").write().declare()


def offered(*words: str) -> list[str]:
    """What the last word may become."""
    maker = BashComplete(main, {"obj": Call()}, "pvm", "_PVM_COMPLETE")
    return [item.value for item in maker.get_completions(list(words[:-1]), words[-1])]


def test_every_command_is_offered_in_the_order_of_the_help() -> None:
    assert offered("") == list(COMMANDS)


def test_options_of_the_program_itself_are_offered() -> None:
    assert offered("--ver") == ["--version"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("words", [("explain",), ("plan",), ("drift", "--exclude")])
def test_kinds_come_first(words: tuple[str, ...]) -> None:
    assert offered(*words, "") == ["site/", "bootstrap/", "token/", "user/"]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("to", "token/acme-counter"),
        ("token/", "token/acme-counter"),
        ("Tokens/ACME", "Tokens/acme-counter"),
        ("bootstrap/acme-", "bootstrap/acme-settings"),
    ],
)
def test_names_follow_the_kind_as_it_was_typed(typed: str, expected: str) -> None:
    assert offered("explain", typed) == [expected]


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("typed", ["shop/", "bootstrap/ACME", "user/", "x"])
def test_what_there_is_not_is_not_offered(typed: str) -> None:
    assert [value for value in offered("explain", typed) if not value.endswith("/")] == []


def test_the_documents_of_a_fleet_are_offered(project: Repository) -> None:
    (project.root / "files" / "fleet.yaml").write_text(FLEET, encoding="utf-8")

    assert offered("explain", "site/acme-0") == ["site/acme-0421", "site/acme-0422"]


def test_a_name_with_a_blank_is_left_out(project: Repository) -> None:
    text = "kind: Site\nname: acme-2 north\nproServerName: a\n"
    (project.root / "files" / "north.yaml").write_text(text, encoding="utf-8")

    assert offered("explain", "site/") == ["site/acme-site"]


@pytest.mark.parametrize(
    "words", [("-C", str(RETAIL), "plan"), ("plan", "-C", str(RETAIL), "--select")]
)
def test_the_folder_of_the_project_is_heeded_on_both_sides(words: tuple[str, ...]) -> None:
    assert "site/hm-1001" in offered(*words, "site/hm-1")


@pytest.mark.usefixtures("project")
def test_targets_are_those_of_the_project() -> None:
    assert offered("plan", "--target", "t") == ["test"]
    assert offered("plan", "--target", "x") == []


@pytest.mark.usefixtures("project")
def test_a_side_may_be_for_one_object() -> None:
    assert offered("plan", "--on-conflict", "o") == ["ours"]
    assert offered("plan", "--on-conflict", "ours:site/") == ["ours:site/acme-site"]


def test_schemas_are_offered() -> None:
    assert offered("schema", "pl") == ["plan"]


@pytest.mark.parametrize("damage", ["kind: Nothing\n", "kind: [\n", None])
def test_without_a_usable_project_there_is_nothing_and_no_error(
    project: Repository, damage: str | None
) -> None:
    path = project.root / "pvm.yaml"
    path.unlink()
    if damage is not None:
        path.write_text(damage, encoding="utf-8")

    assert offered("explain", "site/") == []
    assert offered("plan", "--target", "") == []


def test_a_file_with_an_error_does_not_hide_the_others(project: Repository) -> None:
    project.spoil()

    assert offered("explain", "site/") == ["site/acme-site"]


def test_a_project_file_that_can_not_be_read_is_no_error(project: Repository) -> None:
    path = project.root / "pvm.yaml"
    path.unlink()
    path.mkdir()

    assert offered("plan", "--target", "") == []
    assert offered("explain", "site/") == []


@pytest.mark.parametrize(
    ("words", "sort"),
    [(("-C",), "dir"), (("plan", "-C"), "dir"), (("plan", "--out"), "file"), (("show",), "file")],
)
def test_files_and_folders_are_left_to_the_shell(words: tuple[str, ...], sort: str) -> None:
    maker = BashComplete(main, {"obj": Call()}, "pvm", "_PVM_COMPLETE")
    (item,) = maker.get_completions(list(words), "")
    assert item.type == sort
