import errno
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.problem import Misuse, Severity
from reconciler.core.resource import Desired, Live
from reconciler.core.values import json_equal
from reconciler.kinds import KINDS
from reconciler.sources.repository import read_repository
from reconciler.sources.writer import export_files, export_text, replace_files, write_files
from tests.sources.projects import write_project
from tests.sources.test_yaml_output import TEXT, VALUES

SITE = Live(ResourceId("Site", "0421"), {"proServerName": "dev03b"})
BOOTSTRAP = Live(ResourceId("Bootstrap", "store-1"), {"site": "0421", "n": Decimal("1.10")})
TOKEN = Live(
    ResourceId("Token", "STORE-1"),
    {"appId": "WFC_PRO_ANDROID", "bootstrap": "store-1", "description": "no"},
)
USER = Live(
    ResourceId("PortalUser", "j.doe"),
    {"userName": "Jane", "role": "Admin", "email": "j@acme.example"},
)


def test_documents_come_by_kind_and_name_without_defaults() -> None:
    desired = Desired(ResourceId("Site", "0001"), {"proServerName": "x"}, Origin("a", 0, 1))
    desired = replace(desired, protect=True)
    assert export_text([USER, TOKEN, BOOTSTRAP, SITE, desired], KINDS) == (
        'kind: Site\nname: "0001"\nproServerName: x\nprotect: true\n---\n'
        'kind: Site\nname: "0421"\nproServerName: dev03b\n---\n'
        'kind: Bootstrap\nname: store-1\nparameters:\n  site: "0421"\n  "n": 1.10\n---\n'
        "kind: Token\nname: STORE-1\nappId: WFC_PRO_ANDROID\nbootstrap: store-1\n"
        'description: "no"\n---\n'
        "kind: PortalUser\nname: j.doe\nuserName: Jane\nrole: Admin\nemail: j@acme.example\n"
    )


def test_nothing_is_an_empty_text() -> None:
    assert export_text([], KINDS) == ""
    assert export_files([], KINDS) == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    parameters=st.dictionaries(TEXT, VALUES, max_size=4),
    description=TEXT.filter(lambda text: len(text) <= 255),
)
def test_an_exported_project_reads_back_as_it_was(
    tmp_path: Path, parameters: dict[str, Any], description: str
) -> None:
    bootstrap = Live(BOOTSTRAP.id, parameters)
    token = Live(TOKEN.id, {**TOKEN.value, "description": description})
    objects = [SITE, bootstrap, token, USER]
    files = {f"objects/{path}": text for path, text in export_files(objects, KINDS).items()}
    repository = read_repository(write_project(tmp_path, dict(files)))
    assert [p for p in repository.problems if p.severity is Severity.ERROR] == []
    assert [item.id for item in repository.declared] == sorted(
        (one.id for one in objects), key=lambda id_: KINDS[id_.kind].scope_key
    )
    for item in repository.declared:
        (original,) = (one for one in objects if one.id == item.id)
        assert json_equal(item.value, original.value)


def test_each_kind_has_its_file_and_a_large_one_several() -> None:
    many = [Live(ResourceId("Bootstrap", f"b-{n}"), {"a": "x" * 300_000}) for n in range(7)]
    files = export_files([SITE, *many], KINDS)
    assert list(files) == [
        "sites/sites.yaml",
        "bootstraps/bootstraps.yaml",
        "bootstraps/bootstraps-2.yaml",
        "bootstraps/bootstraps-3.yaml",
    ]
    assert [text.count("kind: Bootstrap") for text in files.values()] == [0, 3, 3, 1]


def test_what_no_file_may_hold_is_refused() -> None:
    deep: Any = {}
    for _ in range(64):
        deep = {"a": deep}
    with pytest.raises(Misuse, match="Bootstrap/b is nested deeper than 64 levels"):
        export_text([Live(ResourceId("Bootstrap", "b"), deep)], KINDS)
    assert export_text([Live(ResourceId("Bootstrap", "b"), deep["a"])], KINDS)


FILES = {"a/x.yaml": "é\n", "b.yaml": "2\n"}


class TestWriteFiles:
    def test_folders_are_made(self, tmp_path: Path) -> None:
        write_files(tmp_path / "new", FILES, replace=False)
        written = sorted(p for p in (tmp_path / "new").rglob("*") if p.is_file())
        assert [p.relative_to(tmp_path / "new").as_posix() for p in written] == list(FILES)
        assert (tmp_path / "new/a/x.yaml").read_bytes() == "é\n".encode()

    def test_nothing_is_overwritten_unless_told(self, tmp_path: Path) -> None:
        (tmp_path / "b.yaml").write_text("mine")
        with pytest.raises(Misuse, match="already; nothing was written"):
            write_files(tmp_path, FILES, replace=False)
        assert [p.name for p in tmp_path.iterdir()] == ["b.yaml"]
        write_files(tmp_path, FILES, replace=True)
        assert (tmp_path / "b.yaml").read_text() == "2\n"

    def test_a_link_to_nothing_counts_as_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "b.yaml").symlink_to(tmp_path / "gone")
        with pytest.raises(Misuse, match="already"):
            write_files(tmp_path, FILES, replace=False)

    def test_a_failure_half_way_leaves_no_draft(self, tmp_path: Path) -> None:
        (tmp_path / "z").write_text("a file, not a folder")
        with pytest.raises(Misuse, match="can't be written"):
            write_files(tmp_path, {"a.yaml": "1\n", "z/b.yaml": "2\n"}, replace=False)
        assert [p.name for p in tmp_path.iterdir()] == ["z"]


class TestReplaceFiles:
    def test_files_are_replaced_made_and_deleted_and_rights_are_kept(self, tmp_path: Path) -> None:
        for name in ("a", "gone"):
            (tmp_path / name).write_text("before")
        (tmp_path / "a").chmod(0o640)
        replace_files(tmp_path, {"a": "é", "new/b": "2", "gone": None, "never": None})
        assert contents(tmp_path) == {"a": "é", "new/b": "2"}
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640

    def test_after_a_failure_half_way_everything_is_as_before(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = {"a": "1", "gone": "2", "z": "3"}
        write_files(tmp_path, before, replace=False)
        whole = Path.replace

        def full(draft: Path, target: Path) -> Path:
            if target.name == "z":
                raise OSError(errno.ENOSPC, "disk full")
            return whole(draft, target)

        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(Misuse, match="disk full; nothing was changed"):
            replace_files(tmp_path, {"a": "x", "gone": None, "new": "y", "z": "w"})
        assert contents(tmp_path) == before

    @pytest.mark.parametrize("path", ["taken/b", "folder"])
    def test_what_stands_in_the_way_is_told_and_stays(self, tmp_path: Path, path: str) -> None:
        before = {"a": "1", "taken": "2", "folder/c": "3"}
        write_files(tmp_path, before, replace=False)
        with pytest.raises(Misuse, match="nothing was changed"):
            replace_files(tmp_path, {"a": "x", path: "y"})
        assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, str]:
    """Every file, drafts too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in files}


def test_references_to_secrets_are_written_as_such_and_literals_as_literals(
    tmp_path: Path,
) -> None:
    text = (
        "kind: Bootstrap\nname: b\nparameters:\n"
        '  a: "${env:A}"\n'
        "  b: |\n    $${x}\n    ${file:f}\n"
        '  c: "$${env:A}"\n'
        "protect: true\n"
        "renamedFrom:\n  - a\n"
    )
    repository = read_repository(write_project(tmp_path, {"objects/a.yaml": text}))
    assert repository.problems == ()
    assert export_text(repository.declared, KINDS) == text
