"""A project's files are formatted exactly right, or left as they are."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.sources import formatting
from reconciler.sources.formatting import format_project
from tests.sources.projects import PROJECT, brief, write_project

TIDY = "kind: Site\nname: s1\nproServerName: dev03b\n"
MESSY = "name: s1\nkind: Site\nproServerName: 'dev03b'\n"
FLEET = """\
kind: Fleet
name: f
rows: ["lists/*.csv"]
key: store
columns: {store: {}, city: {optional: true}}
documents:
  s: {kind: Site, name: "s-${store}", proServerName: dev03b}
"""
MARK = "\ufeff"


def project(root: Path, **files: str | bytes) -> Path:
    """Files by the stems of their names."""
    return write_project(root, {f"objects/{name}.yaml": text for name, text in files.items()})


def read(root: Path, path: str) -> str:
    return (root / path).read_bytes().decode()


def test_what_differs_is_written_and_nothing_else(tmp_path: Path) -> None:
    root = project(tmp_path, messy=MESSY, tidy=TIDY)
    before = (root / "objects" / "tidy.yaml").stat().st_mtime_ns

    found = format_project(root, write=True)

    assert [one.file for one in found.changed] == ["objects/messy.yaml"]
    assert (found.files, found.problems, found.left) == (3, (), ())
    assert read(root, "objects/messy.yaml") == TIDY
    assert (root / "objects" / "tidy.yaml").stat().st_mtime_ns == before
    assert sorted(path.name for path in (root / "objects").iterdir()) == ["messy.yaml", "tidy.yaml"]


def test_a_look_writes_nothing_and_names_the_first_line(tmp_path: Path) -> None:
    root = project(tmp_path, messy="kind: Site\nname: s1\nproServerName: 'dev03b'\n")

    found = format_project(root, write=False)

    assert [(one.file, one.line) for one in found.changed] == [("objects/messy.yaml", 3)]
    assert "'dev03b'" in read(root, "objects/messy.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: s1\nkind: Site\ncode: 0421\n", "objects/bad.yaml:3:7 yaml-ambiguous"),
        ("name: a\nkind: Site\nname: b\n", "objects/bad.yaml:3:1 yaml-duplicate-key"),
        ("name: [a\nkind: Site\n", "objects/bad.yaml:2:5 yaml-syntax"),
    ],
    ids=["ambiguous", "twice", "syntax"],
)
def test_a_file_with_errors_stays_and_the_others_are_formatted(
    tmp_path: Path, text: str, told: str
) -> None:
    root = project(tmp_path, bad=text, messy=MESSY)

    found = format_project(root, write=True)

    assert [brief(problem) for problem in found.problems] == [told]
    assert read(root, "objects/bad.yaml") == text
    assert read(root, "objects/messy.yaml") == TIDY


def test_the_project_file_is_formatted_too(tmp_path: Path) -> None:
    root = write_project(tmp_path, {}, "# ours\n" + PROJECT.replace("acme", "'acme'"))

    format_project(root, write=True)

    assert read(root, "pvm.yaml") == f"# ours\n{PROJECT}"


def test_a_project_file_with_errors_does_not_keep_the_sources(tmp_path: Path) -> None:
    root = write_project(
        tmp_path, {"objects/a.yaml": MESSY}, "sources: [objects]\nname: 007\nkind: Project\n"
    )

    found = format_project(root, write=True)

    assert [brief(problem) for problem in found.problems] == ["pvm.yaml:2:7 yaml-ambiguous"]
    assert read(root, "objects/a.yaml") == MESSY


def test_a_project_file_that_is_refused_still_says_where_the_others_are(tmp_path: Path) -> None:
    text = "kind: Project\nname: 7\nsources:\n  - objects\n"
    root = write_project(tmp_path, {"objects/a.yaml": MESSY}, text)

    found = format_project(root, write=True)

    assert (found.files, [one.file for one in found.changed]) == (2, ["objects/a.yaml"])


def test_without_a_project_file_nothing_is_formatted(tmp_path: Path) -> None:
    root = project(tmp_path, a=MESSY)
    (root / "pvm.yaml").unlink()

    found = format_project(root, write=True)

    assert [brief(one) for one in found.problems] == ["pvm.yaml:1:1 file-unreadable"]
    assert (found.files, read(root, "objects/a.yaml")) == (0, MESSY)


def test_a_file_that_can_not_be_read_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    root = project(tmp_path, a=MESSY)
    (root / "objects" / "gone.yaml").symlink_to("nowhere.yaml")

    asked, other = (
        format_project(root, [root / path], write=False) for path in ("objects", "pvm.yaml")
    )

    assert [brief(one) for one in asked.problems] == ["objects/gone.yaml:1:1 file-unreadable"]
    assert [one.file for one in asked.changed] == ["objects/a.yaml"]
    assert other.problems == ()


def test_a_link_that_leads_out_is_told_where_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text(MESSY)
    root = project(tmp_path / "project", a=TIDY)
    (root / "objects" / "out.yaml").symlink_to(tmp_path / "out.yaml")

    asked, other, all_ = (
        format_project(root, only, write=True)
        for only in ([root / "objects"], [root / "objects" / "a.yaml"], [])
    )

    told = ["objects/out.yaml:1:1 file-outside"]
    assert [[brief(one) for one in found.problems] for found in (asked, other, all_)] == [
        *(told, [], told)
    ]
    assert (tmp_path / "out.yaml").read_text() == MESSY


@pytest.mark.parametrize("name", ["format_yaml", "format_csv"])
def test_a_form_that_would_say_anything_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whatever is wrong with the one that formats."""
    root = project(tmp_path, fleet=FLEET)
    write_project(root, {"objects/lists/a.csv": "store,city\n2,Ede\n1,Gent\n"})
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    whole = getattr(formatting, name)

    def lose(*given: Any) -> str:  # noqa: ANN401 -- handed on unread
        found: str = whole(*given)
        return found.replace("dev03b", "dev04").replace("Gent", "Ghent")

    monkeypatch.setattr(formatting, name, lose)
    found = format_project(root, [root / "objects"], write=True)

    assert found.left == ("objects/fleet.yaml" if name == "format_yaml" else "objects/lists/a.csv",)
    lost = root / found.left[0]
    assert lost.read_bytes() == before[lost]


def test_a_last_line_without_an_end_is_the_first_that_differs(tmp_path: Path) -> None:
    root = project(tmp_path, a=TIDY.rstrip("\n"))

    assert [one.line for one in format_project(root, write=False).changed] == [3]


def test_only_the_files_that_are_asked_for_are_formatted(tmp_path: Path) -> None:
    root = project(tmp_path, a=MESSY, b=MESSY, bad="a: [")

    found = format_project(root, [root / "objects" / "b.yaml"], write=True)

    assert (found.files, [one.file for one in found.changed]) == (1, ["objects/b.yaml"])
    assert found.problems == ()
    assert read(root, "objects/a.yaml") == MESSY


def test_what_pvm_does_not_read_is_not_touched(tmp_path: Path) -> None:
    root = project(tmp_path, a=TIDY)
    for path in ("other.yaml", "objects/.hidden.yaml", "objects/notes.txt"):
        (root / path).write_text(MESSY)

    assert format_project(root, [root], write=True).changed == ()


def test_a_link_stays_a_link_and_is_one_file(tmp_path: Path) -> None:
    root = project(tmp_path, real=MESSY)
    (root / "objects" / "link.yaml").symlink_to("real.yaml")

    found = format_project(root, write=True)

    assert len(found.changed) == 1
    assert (root / "objects" / "link.yaml").is_symlink()
    assert read(root, "objects/real.yaml") == TIDY


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("store,city\n10,Ede\n9,Gent\n", "store,city\n9,Gent\n10,Ede\n"),
        (
            f'{MARK}city;store\r\n\r\nEde;2\r\n"Gent";1',
            f"{MARK}city;store\r\nGent;1\r\nEde;2\r\n",
        ),
        ('store,city\n2, "a, b" \n1,"say ""x"""\n', 'store,city\n1,"say ""x"""\n2,"a, b"\n'),
        ('store,city\n2,"a\nb"\n1,\n', 'store,city\n1,\n2,"a\nb"\n'),
    ],
    ids=["numbers", "mark", "quotes", "lines"],
)  # fmt: skip
def test_a_list_is_sorted_by_the_key_of_its_fleet(tmp_path: Path, old: str, new: str) -> None:
    root = project(tmp_path, fleet=FLEET)
    (root / "objects" / "lists").mkdir()
    (root / "objects" / "lists" / "a.csv").write_bytes(old.encode())
    (root / "objects" / "nobody.csv").write_text(old)

    found = format_project(root, write=True)

    assert [one.file for one in found.changed] == ["objects/lists/a.csv"]
    assert read(root, "objects/lists/a.csv") == new
    assert format_project(root, write=True).changed == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["lists/*.csv"]', '"lists/*.csv"'),
        ('["lists/*.csv"]', "[7]"),
        ('["lists/*.csv"]', '["../../*.csv"]'),
        ('["lists/*.csv"]', '["/*.csv"]'),
        ("key: store", "key: [store]"),
    ],
    ids=["no list", "no text", "above", "absolute", "no key"],
)
def test_a_fleet_that_says_something_odd_has_no_lists(tmp_path: Path, old: str, new: str) -> None:
    root = project(tmp_path / "project", fleet=FLEET.replace(old, new))
    files = {"objects/lists/a.csv": "store\n2\n1\n", "../a.csv": "store\n2\n1\n"}
    write_project(root, files)

    found = format_project(root, write=True)

    assert {path: read(root, path) for path in files} == files
    assert found.files == 2


def test_a_list_that_is_not_asked_for_stays(tmp_path: Path) -> None:
    root = project(tmp_path, fleet=FLEET, messy=MESSY)
    write_project(root, {"objects/lists/a.csv": "store\n2\n1\n"})

    found = format_project(root, [root / "objects" / "messy.yaml"], write=True)

    assert [one.file for one in found.changed] == ["objects/messy.yaml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('store,city\n1,"x', "objects/lists/a.csv:2:3 csv-syntax"),
        ("store,city\n1,x,y\n", "objects/lists/a.csv:2:1 rows-cells"),
        ("shop,city\n1,x\n", "objects/lists/a.csv:1:1 column-missing"),
        ("\n", "objects/lists/a.csv:1:1 rows-header"),
        (b"store\n\xff\n", "objects/lists/a.csv:2:1 file-encoding"),
    ],
    ids=["quote", "cells", "key", "empty", "encoding"],
)
def test_a_list_with_errors_stays(tmp_path: Path, text: str | bytes, told: str) -> None:
    root = project(tmp_path, fleet=FLEET)
    write_project(root, {"objects/lists/a.csv": text})

    found = format_project(root, write=True)

    assert [brief(problem) for problem in found.problems] == [told]
    assert found.changed == ()


def test_rights_of_a_file_are_kept(tmp_path: Path) -> None:
    root = project(tmp_path, messy=MESSY)
    (root / "objects" / "messy.yaml").chmod(0o640)

    format_project(root, write=True)

    assert (root / "objects" / "messy.yaml").stat().st_mode & 0o777 == 0o640
