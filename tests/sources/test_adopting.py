"""Each wish is fulfilled at its own place; what can't be is left and named."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from reconciler.core.adoption import Adoption, Wish, Wishes
from reconciler.core.identity import ResourceId
from reconciler.core.values import ABSENT
from reconciler.sources.adopting import Adopter
from reconciler.sources.edit_steps import Reason
from reconciler.sources.repository import read_repository
from tests.sources.projects import PROJECT, write_project

REASON = Reason("taken over", date(2027, 2, 21))
LAYERED = """\
kind: Layer
name: base
parameters: {idle: 30}   # seconds
---
kind: Bootstrap
name: b1
extends: [base]
---
kind: Bootstrap
name: b2
extends: [base]
"""
FLEET = """\
kind: Fleet
name: stores
rows: [list.csv]
key: store
columns: {store: {}, idle: {type: integer, optional: true}}
documents:
  one: {kind: Bootstrap, name: "b-${store}", parameters: {idle: "${idle}"}}
  two: {kind: Bootstrap, name: "c-${store}", parameters: {idle: "${idle}", text: same}}
"""
LIST = "store,idle\n1,5\n2,6\n"


def wish(name: str, pointer: str, value: object) -> Wish:
    return Wish(ResourceId("Bootstrap", name), pointer, value)  # type: ignore[arg-type] # JSON or ABSENT


def adopt(
    root: Path,
    files: Mapping[str, str],
    *wishes: Wish,
    gone: tuple[str, ...] = (),
    project: str = PROJECT,
) -> tuple[Adoption, dict[str, str]]:
    write_project(root, {f"objects/{name}": text for name, text in files.items()}, project)
    ids = tuple(ResourceId("Bootstrap", name) for name in gone)
    done = Adopter(root, read_repository(root), Wishes(wishes, ids), REASON).adopt()
    found = {path.name: path.read_text() for path in sorted((root / "objects").iterdir())}
    return done, found


def test_a_layer_changes_when_all_that_inherit_from_it_changed_alike(tmp_path: Path) -> None:
    wishes = (wish("b1", "/idle", 60), wish("b2", "/idle", 60))
    done, found = adopt(tmp_path, {"a.yaml": LAYERED}, *wishes)
    assert found == {"a.yaml": LAYERED.replace("30", "60")}
    (edit,) = done.edits
    assert (edit.file, edit.line, len(edit.objects)) == ("objects/a.yaml", 3, 2)


def test_else_the_object_itself_says_what_differs(tmp_path: Path) -> None:
    _, found = adopt(tmp_path, {"a.yaml": LAYERED}, wish("b1", "/idle", 60))
    name = "name: b1\nextends: [base]\n"
    assert found == {"a.yaml": LAYERED.replace(name, f"{name}parameters:\n  idle: 60\n")}


def test_what_is_inherited_and_gone_is_removed_from_the_object_only(tmp_path: Path) -> None:
    _, found = adopt(tmp_path, {"a.yaml": LAYERED}, wish("b2", "/idle", ABSENT))
    assert found == {"a.yaml": f"{LAYERED}remove:\n  - /idle\n"}


def test_a_cell_changes_when_all_that_it_fills_changed_alike(tmp_path: Path) -> None:
    files = {"f.yaml": FLEET, "list.csv": LIST}
    done, found = adopt(tmp_path, files, wish("b-1", "/idle", 9), wish("c-1", "/idle", 9))
    assert found == {"f.yaml": FLEET, "list.csv": LIST.replace("1,5", "1,9")}
    assert done.left == ()


def test_else_an_exception_with_an_end_says_so(tmp_path: Path) -> None:
    files = {"f.yaml": FLEET, "list.csv": LIST}
    _, found = adopt(tmp_path, files, wish("b-1", "/idle", 9))
    assert found["list.csv"] == LIST
    assert found["f.yaml"] == (
        f"{FLEET}exceptions:\n"
        '  - row: "1"\n'
        "    document: one\n"
        "    set:\n"
        "      /parameters/idle: 9\n"
        '    until: "2027-02-21"\n'
        "    reason: taken over\n"
    )


def test_a_file_that_two_documents_name_changes_only_for_both(tmp_path: Path) -> None:
    documents = "\n---\n".join(
        f"kind: Bootstrap\nname: {name}\nparametersFile: p.json" for name in ("b1", "b2")
    )
    files = {"a.yaml": f"{documents}\n", "p.json": '{"idle": 5}\n'}
    done, found = adopt(tmp_path / "one", files, wish("b1", "/idle", 9))
    assert (found, len(done.left)) == (files, 1)
    done, found = adopt(tmp_path / "both", files, wish("b1", "/idle", 9), wish("b2", "/idle", 9))
    assert (found["p.json"], done.left) == ('{"idle": 9}\n', ())


def test_a_document_goes_with_its_object_and_a_line_of_a_list_stays(tmp_path: Path) -> None:
    files = {"a.yaml": LAYERED, "f.yaml": FLEET, "list.csv": LIST}
    done, found = adopt(tmp_path, files, gone=("b2", "b-2"))
    assert found == files | {"a.yaml": LAYERED[: LAYERED.rindex("---")]}
    (left,) = done.left
    assert (left.id.name, "line of a fleet" in left.reason) == ("b-2", True)


def test_the_last_document_takes_its_file_along(tmp_path: Path) -> None:
    files = {"a.yaml": "# one\nkind: Bootstrap\nname: b9\nparameters: {}\n", "b.yaml": LAYERED}
    done, found = adopt(tmp_path, files, gone=("b9",))
    assert (found, done.files) == ({"b.yaml": LAYERED}, ("objects/a.yaml",))


def test_a_source_in_which_nothing_is_declared_yet_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_project(tmp_path, {"objects/a.yaml": LAYERED})
    project = tmp_path / "pvm.yaml"
    project.write_text(project.read_text().replace("[objects]", "[objects, empty]"))
    wishes = Wishes((wish("b1", "/idle", 60),))

    done = Adopter(tmp_path, read_repository(tmp_path), wishes, REASON).adopt()

    assert [edit.file for edit in done.edits] == ["objects/a.yaml"]


TARGETS = (
    "targets: {a: {url: 'https://a.x', vars: {idle: 30}}, b: {url: 'https://b.x', vars: {idle: 9}}}"
)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("b1", {"a.yaml": LAYERED.replace("30", '"${var:idle}"')}),
        ("b-1", {"f.yaml": FLEET.replace("${idle}", "${var:idle}"), "list.csv": LIST}),
    ],
)
def test_what_a_variable_says_is_left_since_it_differs_by_target(
    tmp_path: Path, name: str, files: Mapping[str, str]
) -> None:
    project = f"{PROJECT}{TARGETS}\n"
    done, found = adopt(
        tmp_path, files, wish(name, "/idle", 9), wish(name, "/new", 1), project=project
    )

    assert [(one.pointer, "variable" in one.reason) for one in done.left] == [("/idle", True)]
    assert "new: 1" in "".join(found.values())


def test_what_the_policy_forbids_is_left_with_its_reason(tmp_path: Path) -> None:
    rule = "policy: {forbid: [{kind: Bootstrap, path: /idle, values: [9], reason: tills}]}\n"
    done, _ = adopt(tmp_path, {"a.yaml": LAYERED}, wish("b1", "/idle", 9), project=PROJECT + rule)

    (left,) = done.left
    assert "the files would have an error: " in left.reason
