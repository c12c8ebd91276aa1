from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.origin import Origin
from reconciler.core.provenance import Source
from reconciler.sources.files import Files
from reconciler.sources.provenance import FileProvenance
from reconciler.sources.repository import read_repository
from tests.sources.projects import write_project

TEXT = """\
# a comment
kind: Layer
name: base
parameters:
  proxy: {host: "p"}
  note: |
    text
    ----
  idle: 1
--- # the second
kind: Layer
name: other
parameters: {idle: 2, list: [1,
  2]}
"""
FLEET = """\
kind: Fleet
name: stores
rows:
  - {store: a}
  - {store: b}
key: store
columns: {store: {}}
documents:
  site: {kind: Site, name: "${store}", proServerName: "${store}"}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    texts = {"objects/a.yaml": TEXT, "objects/f.yaml": FLEET, "v.json": '{\n "a": 1\n}\n'}
    return write_project(tmp_path, texts)


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (Origin("objects/a.yaml", 0, 2), 2),
        (Origin("objects/a.yaml", 0, 2, "/parameters/proxy/host"), 5),
        (Origin("objects/a.yaml", 0, 2, "/parameters/idle"), 9),
        (Origin("objects/a.yaml", 0, 2, "/parameters/gone"), 4),
        (Origin("objects/a.yaml", 1, 11, "/parameters/idle"), 13),
        (Origin("objects/a.yaml", 1, 11, "/parameters/list/1"), 14),
        (Origin("objects/f.yaml", 0, 1, "/rows/1/store"), 5),
        (Origin("stores.csv", 0, 412, "/store"), 412),
        (Origin("v.json", 0, 2, "/a"), 2),
        (Origin("gone.yaml", 0, 7, "/a"), 7),
    ],
    ids=str,
)
def test_a_source_is_on_the_line_of_its_value(root: Path, origin: Origin, line: int) -> None:
    assert FileProvenance(Files(root)).line_of(Source(origin)) == line


def test_every_document_starts_where_its_origin_says(root: Path) -> None:
    """The line of a value is counted from there."""
    declared = read_repository(root).declared
    files = FileProvenance(Files(root))
    found = {one.id.name: files.line_of(Source(one.origin)) for one in declared}
    assert found == {"a": 4, "b": 5}


def test_what_is_past_stands_in_the_files_of_before(root: Path, tmp_path: Path) -> None:
    before = write_project(tmp_path / "b", {"objects/a.yaml": "\n\n" + TEXT})
    files = FileProvenance(Files(root), Files(before))
    origin = Origin("objects/a.yaml", 0, 4, "/parameters/idle")
    assert files.line_of(Source(origin, past=True)) == 11


def test_before_the_first_apply_nothing_was_removed_and_git_is_asked_once(root: Path) -> None:
    gone = [ResourceId("Site", "s")]
    asked: list[str] = []

    def removals(ids: Collection[ResourceId], since: str) -> Mapping[ResourceId, str]:
        asked.append(since)
        return dict.fromkeys(ids, "1c9e0d4")

    files = FileProvenance(Files(root), removals=removals)
    assert files.removals(gone, None) == {}
    assert [files.removals(gone, "abc") for _ in range(2)] == [{gone[0]: "1c9e0d4"}] * 2
    assert asked == ["abc"]
