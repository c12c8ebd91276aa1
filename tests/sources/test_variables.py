"""Variables of targets, in the documents of a project."""

from pathlib import Path

import pytest

from reconciler.core.identity import ResourceId
from reconciler.core.problem import Severity
from reconciler.core.resource import Desired
from reconciler.sources.past_repository import open_past
from reconciler.sources.repository import read_repository
from tests.sources.projects import PROJECT, brief, briefly, problems_in, write_project
from tests.sources.work_trees import commit, git

TARGETS = """\
targets:
  staging: {vars: {ring: canary, idle: 30, only: here}}
  prod: {vars: {ring: stable, idle: 60}}
"""
LAYER = """\
kind: Layer
name: base-${var:ring}
parameters: {idle: "${var:idle}", host: "proxy.${var:ring}.example"}
"""
BOOTSTRAP = """\
kind: Bootstrap
name: "store-${var:ring}"
extends: ["base-${var:ring}"]
parametersFile: own.json
"""
FLEET = """\
kind: Fleet
name: stores
rows: [{store: a}, {store: b}]
key: store
columns: {store: {}}
documents:
  site: {kind: Site, name: "site-${store}-${var:ring}", proServerName: "${var:ring}"}
exceptions:
  - {row: b, document: site, set: {/proServerName: "x-${var:ring}"}, until: "2026-12-31", reason: r}
"""
FILES = {
    "objects/layer.yaml": LAYER,
    "objects/store.yaml": BOOTSTRAP,
    "objects/own.json": '{"own": ["${var:idle}", "${var:ring}"]}',
    "objects/fleet.yaml": FLEET,
}
SITE = "kind: Site\nname: s\nproServerName: "


def declared(root: Path, target: str | None) -> dict[ResourceId, Desired]:
    found = read_repository(root, target)
    assert found.problems == ()
    return {one.id: one for one in found.declared}


def test_a_target_fills_in_documents_layers_fleets_and_files(tmp_path: Path) -> None:
    root = write_project(tmp_path, FILES, PROJECT + TARGETS)
    found = declared(root, "prod")
    assert {str(id_): one.value for id_, one in found.items()} == {
        "Bootstrap/store-stable": {
            "idle": 60,
            "host": "proxy.stable.example",
            "own": [60, "stable"],
        },
        "Site/site-a-stable": {"proServerName": "stable"},
        "Site/site-b-stable": {"proServerName": "x-stable"},
    }
    staging = declared(root, "staging")[ResourceId("Bootstrap", "store-canary")]
    assert staging.value["idle"] == 30


def test_without_a_target_the_first_is_read_and_all_are_checked(tmp_path: Path) -> None:
    root = write_project(tmp_path, FILES, PROJECT + TARGETS)
    assert ResourceId("Bootstrap", "store-canary") in declared(root, None)
    files = {**FILES, "objects/s.yaml": SITE + '"${var:only}"\n'}
    (problem,) = problems_in(write_project(tmp_path, files, PROJECT + TARGETS))
    assert brief(problem) == "objects/s.yaml:3:16 variable-unknown"
    assert problem.message == 'variable "only" is not set for target "prod"'
    assert problem.help == "set it in pvm.yaml, below targets.prod: vars: {only: …}"
    assert read_repository(root, "staging").problems == ()
    assert [brief(one) for one in read_repository(root, "prod").problems] == [
        "objects/s.yaml:3:16 variable-unknown"
    ]


def test_what_is_wrong_for_every_target_is_told_once_and_names_none(tmp_path: Path) -> None:
    files = {**FILES, "objects/t.yaml": "kind: Site\nname: s\nproServer: x\n"}
    found = problems_in(write_project(tmp_path, files, PROJECT + TARGETS))
    (problem,) = (one for one in found if one.code == "unknown-field")
    assert "target" not in problem.message


def test_what_is_wrong_for_one_target_says_so(tmp_path: Path) -> None:
    token = 'kind: Token\nname: T\nappId: WFC_PRO_ANDROID\nbootstrap: "store-${var:ring}"\n'
    files = {
        **FILES,
        "objects/t.yaml": token.replace("${var:ring}", "canary") + 'description: ""\n',
    }
    found = problems_in(write_project(tmp_path, files, PROJECT + TARGETS))
    (problem,) = (one for one in found if one.severity is Severity.ERROR)
    assert brief(problem) == "objects/t.yaml:4:12 token-unknown-bootstrap"
    assert problem.message.endswith("(for target prod)")


@pytest.mark.parametrize(
    ("targets", "value", "words"),
    [
        (TARGETS, "${var:rign}", ('"staging", "prod"', 'did you mean "ring"?', "vars: {rign: …}")),
        ("targets: {one: {}}\n", "a ${var:x} b", ('target "one"', "below targets.one")),
        ("", "${var:x}", ("no targets", "targets: {default: {vars: {x: …}}}")),
    ],
)
def test_an_unknown_variable_is_one_error_with_the_way_out(
    tmp_path: Path, targets: str, value: str, words: tuple[str, ...]
) -> None:
    files = {"objects/s.yaml": f'{SITE}"{value}"\n'}
    (problem,) = problems_in(write_project(tmp_path, files, PROJECT + targets))
    assert brief(problem) == "objects/s.yaml:3:16 variable-unknown"
    assert [word for word in words if word not in problem.message + problem.help] == []


def test_an_unknown_variable_of_a_fleet_is_one_error_for_all_lines(tmp_path: Path) -> None:
    files = {"objects/fleet.yaml": FLEET.replace('"${var:ring}"', '"${var:rign}"')}
    root = write_project(tmp_path, files, PROJECT + TARGETS)
    assert briefly(root) == ["objects/fleet.yaml:7:72 variable-unknown"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('kind: Bootstrap\nname: b\nparameters: {"${var:ring}": 1}\n', "3:14 variable-misplaced"),
        (
            'kind: Bootstrap\nname: b\nparametersFile: "${var:ring}.json"\n',
            "3:17 variable-misplaced",
        ),
        ('kind: "${var:ring}"\nname: b\n', "1:7 unknown-kind"),
    ],
)
def test_elsewhere_a_variable_is_refused_at_its_place(
    tmp_path: Path, text: str, where: str
) -> None:
    root = write_project(tmp_path, {"objects/a.yaml": text}, PROJECT + TARGETS)
    assert briefly(root) == [f"objects/a.yaml:{where}"]


def test_a_value_that_outgrows_its_text_is_refused(tmp_path: Path) -> None:
    """Planted and caught: only the size of the text looked at."""
    targets = f"targets: {{prod: {{vars: {{long: {'x' * 9000}}}}}}}\n"
    lines = "".join(f'  k{number}: "${{var:long}}"\n' for number in range(30))
    files = {"objects/a.yaml": f"kind: Bootstrap\nname: b\nparameters:\n{lines}"}
    root = write_project(tmp_path, files, PROJECT + targets)
    assert briefly(root) == ["objects/a.yaml:3:1 parameters-too-large"]


def test_the_source_hash_is_of_the_files_whatever_the_target(tmp_path: Path) -> None:
    root = write_project(tmp_path, FILES, PROJECT + TARGETS)
    hashes = {read_repository(root, target).source_hash for target in ("staging", "prod", None)}
    assert len(hashes) == 1
    write_project(tmp_path, FILES, PROJECT + TARGETS.replace("60", "61"))
    assert read_repository(root, "prod").source_hash not in hashes


def test_a_commit_is_read_for_a_target_too(tmp_path: Path) -> None:
    root = write_project(tmp_path, FILES, PROJECT + TARGETS)
    git(root, "init", "-q")
    id_ = commit(root)
    with open_past(root) as past:
        found = past.project(id_, "prod")
    assert found.varies
    assert {one.id.name for one in found.declared if one.id.kind == "Bootstrap"} == {"store-stable"}


def test_each_use_is_known_by_its_place(tmp_path: Path) -> None:
    found = read_repository(write_project(tmp_path, FILES, PROJECT + TARGETS), "prod")
    uses = found.heritage.uses
    assert uses["objects/layer.yaml", 0, "/parameters/host"] == ("ring",)
    assert uses["objects/own.json", 0, "/own/0"] == ("idle",)
    assert uses["objects/fleet.yaml", 0, "/documents/site/proServerName"] == ("ring",)
