"""Schemas that a project brings along: read, never fetched, and refused at their line."""

import json
from pathlib import Path

import pytest

from reconciler.sources.repository import read_repository
from tests.sources.projects import brief, problems_in, write_project
from tests.sources.test_policy import STORE, USE, only, policy, told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "can't be read"),
        ("{", "not valid JSON in line 1"),
        (b"\xff", "UTF-8"),
        ('{"type": "text"}', "at /type: is no JSON Schema"),
        ('{"properties": {"a": {"minLength": "2"}}}', "at /properties/a/minLength: is no JSON"),
        ("[]", "is no JSON Schema"),
        ('{"$schema": "http://json-schema.org/draft-04/schema#"}', "only 2020-12"),
        ('{"$ref": "https://schemas.example/x.json"}', "nothing is fetched"),
        ('{"$ref": "//schemas.example/x.json"}', "nothing is fetched"),
        ('{"$ref": "file:///etc/x.json"}', "nothing is fetched"),
        ('{"$ref": "/etc/x.json"}', "nothing is fetched"),
        ('{"items": {"$ref": "../../x.json"}}', "../x.json: is outside the project"),
        ('{"$ref": "x.yaml"}', "a schema is a .json file"),
        ('{"$ref": "none.json"}', "policy/none.json: file can't be read"),
        ('{"$ref": "#/$defs/none"}', "leads to nothing"),
        ('{"$ref": "#anchor"}', "leads to nothing"),
        ('{"$ref": 7}', "$ref is text"),
        ('{"$ref": "#"}', "refers to itself without end"),
        ('{"$defs": {"a": {"$id": "x"}}}', "$id below the top"),
        ('{"$dynamicRef": "#x"}', "$dynamicRef is not supported"),
        ('{"pattern": "(a"}', "pattern can't be used"),
        ('{"pattern": "(?=a)"}', "pattern can't be used"),
        ('{"pattern": 7}', "a pattern is text"),
        ('{"patternProperties": {"*": true}}', "pattern can't be used"),
        ('{"patternProperties": {}, "unevaluatedProperties": false}', "used together"),
    ],
)
def test_one_that_can_t_be_used_is_an_error_in_pvm_yaml(
    tmp_path: Path, content: str | bytes | None, reason: str
) -> None:
    files: dict[str, str | bytes] = {"objects/a.yaml": STORE.format(idle=3)}
    if content is not None:
        files["policy/pro.json"] = content

    problem = only(tmp_path, USE, files)

    assert brief(problem) == "pvm.yaml:10:49 policy-schema"
    assert reason in problem.label


@pytest.mark.parametrize("path", ["/etc/pro.json", "../pro.json", "pro.yaml", "a\\\\b.json"])
def test_one_outside_the_project_is_not_read(tmp_path: Path, path: str) -> None:
    rule = USE.replace("policy/pro.json", f'"{path}"')
    files = {"objects/a.yaml": STORE.format(idle=3)}
    assert told(tmp_path, rule, files) == ["pvm.yaml:10:49 policy-schema"]


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    root = write_project(
        tmp_path / "project", {"objects/a.yaml": STORE.format(idle=3)}, policy(USE)
    )
    (root / "policy").mkdir()
    (root / "policy/pro.json").symlink_to(tmp_path / "secret.json")

    (problem,) = problems_in(root)
    assert "outside the project" in problem.label


def test_a_schema_for_two_rules_is_read_and_told_once(tmp_path: Path) -> None:
    rule = f'{USE[:-1]}, {{match: "*", schema: policy/pro.json}}]'
    (problem,) = problems_in(
        write_project(tmp_path, {"objects/a.yaml": STORE.format(idle=3)}, policy(rule))
    )
    assert problem.count == 1


def test_references_lead_to_other_files_of_the_project(tmp_path: Path) -> None:
    files = {
        "objects/a.yaml": STORE.format(idle=3),
        "policy/pro.json": '{"$id": "https://acme.example/pro", "properties": {"idle": '
        '{"$ref": "shared/numbers%2B.json#/$defs/small~1er"}}, "examples": [{"$ref": "x"}]}',
        "policy/shared/numbers+.json": '{"$defs": {"small/er": {"$ref": "#/$defs/two"}, '
        '"two": {"maximum": 2}, "up": {"allOf": [{"$ref": "../pro.json"}]}}}',
    }

    repository = read_repository(write_project(tmp_path, files, policy(USE)))

    assert [brief(problem) for problem in repository.problems] == [
        "objects/a.yaml:5:9 policy-parameters"
    ]
    assert repository.problems[0].message == "/idle must be at most 2"
    assert {"policy/pro.json", "policy/shared/numbers+.json"} < set(repository.files)


def test_files_of_one_schema_are_of_one_sort(tmp_path: Path) -> None:
    files = {
        "objects/a.yaml": STORE.format(idle=3),
        "policy/pro.json": '{"$ref": "old.json"}',
        "policy/old.json": '{"$schema": "http://json-schema.org/draft-07/schema#"}',
    }
    assert "of another JSON Schema" in only(tmp_path, USE, files).label


@pytest.mark.parametrize("draft", ["draft-07/schema#", "draft/2019-09/schema"])
def test_older_drafts_are_followed(tmp_path: Path, draft: str) -> None:
    scheme = "http" if draft.startswith("draft-") else "https"
    files = {
        "objects/a.yaml": STORE.format(idle=3),
        "policy/pro.json": json.dumps(
            {
                "$schema": f"{scheme}://json-schema.org/{draft}",
                "definitions": {"n": {"maximum": 2}},
                "properties": {"idle": {"$ref": "#/definitions/n"}},
            }
        ),
    }
    assert told(tmp_path, USE, files) == ["objects/a.yaml:5:9 policy-parameters"]


def test_a_chain_of_files_has_an_end(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"policy/p{n}.json": f'{{"$ref": "p{n + 1}.json"}}' for n in range(101)
    }
    files["objects/a.yaml"] = STORE.format(idle=3)
    rule = USE.replace("pro.json", "p0.json")
    assert "more than 100 files" in only(tmp_path, rule, files).label
