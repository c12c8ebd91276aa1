"""The policy of a project, from its file to problems with their places."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.core.problem import Problem, Severity
from reconciler.kinds.lints import LINTS
from reconciler.sources.policy import leaves_known
from tests.sources.projects import PROJECT, brief, briefly, problems_in, write_project

ROOT = Path(__file__).parents[2]
STORE = """\
kind: Bootstrap
name: b1
parameters:
  site: s1
  idle: {idle}
---
kind: Token
name: STORE-1
appId: WFC_PRO_ANDROID
bootstrap: b1
---
kind: Site
name: s1
proServerName: dev03b
"""
LAYER = """\
kind: Layer
name: base
parameters:
  wifi: [{ssid: a, security: wep}]
"""
FLEET = """\
kind: Fleet
name: stores
rows: [nl.csv]
key: store
columns: {store: {}, idle: {type: integer}, app: {}}
documents:
  site: {kind: Site, name: "s-${store}", proServerName: dev03b}
  settings:
    kind: Bootstrap
    name: "b-${store}"
    extends: [base]
    parameters: {site: "s-${store}", idle: "${idle}"}
  counter: {kind: Token, name: "T-${store}-${app}", appId: WFC_PRO_ANDROID, bootstrap: "b-${store}"}
"""


def policy(text: str) -> str:
    return f"{PROJECT}policy:\n  {text}\n"


def stores(count: int) -> dict[str, str | bytes]:
    rows = "".join(f"{number:04},{number},x\n" for number in range(1, count + 1))
    return {
        "objects/fleet.yaml": FLEET,
        "objects/layer.yaml": LAYER,
        "objects/nl.csv": f"store,idle,app\n{rows}",
    }


def told(root: Path, rules: str, files: Mapping[str, str | bytes]) -> list[str]:
    return briefly(write_project(root, files, policy(rules)))


def only(root: Path, rules: str, files: Mapping[str, str | bytes]) -> Problem:
    (problem,) = problems_in(write_project(root, files, policy(rules)))
    return problem


def schema(**keywords: object) -> dict[str, str | bytes]:
    return {
        "objects/a.yaml": STORE.format(idle=3),
        "policy/pro.json": json.dumps({"properties": keywords}),
    }


USE = "parameters: [{appId: WFC_PRO_ANDROID, schema: policy/pro.json}]"


class TestPlaces:
    def test_a_name_is_told_where_it_stands(self, tmp_path: Path) -> None:
        problem = only(
            tmp_path,
            'names: [{kind: Token, pattern: "^STORE-[0-9]{4}$", reason: the tills print it}]',
            {"objects/a.yaml": STORE.format(idle=3)},
        )

        assert brief(problem) == "objects/a.yaml:8:7 policy-name"
        assert (problem.label, problem.severity) == ("the tills print it", Severity.ERROR)
        assert problem.help.endswith("; rule: pvm.yaml:10")

    def test_a_value_from_a_layer_is_told_once_where_the_layer_has_it(self, tmp_path: Path) -> None:
        rule = "forbid: [{kind: Bootstrap, path: /wifi/*/security, values: [open, wep]}]"

        problem = only(tmp_path, rule, stores(30))

        assert brief(problem) == "objects/layer.yaml:4:30 policy-forbid"
        assert (problem.count, problem.related) == (1, ())

    def test_a_cell_is_told_as_a_cell(self, tmp_path: Path) -> None:
        files = stores(3) | {"policy/pro.json": '{"properties": {"idle": {"maximum": 2}}}'}

        problem = only(tmp_path, USE, files | {"objects/layer.yaml": LAYER.replace("wep", "wpa3")})

        assert brief(problem) == "objects/nl.csv:4:6 policy-parameters"
        assert problem.message == "/idle must be at most 2"

    def test_one_cause_in_thousands_of_rows_is_one_error_with_a_count(self, tmp_path: Path) -> None:
        problem = only(tmp_path, 'names: [{kind: Token, pattern: "^STORE-.*$"}]', stores(2000))

        assert brief(problem) == "objects/nl.csv:2:1 policy-name"
        assert (problem.count, len(problem.related)) == (2000, 19)

    def test_what_is_missing_is_told_where_it_would_stand(self, tmp_path: Path) -> None:
        files = {"objects/a.yaml": STORE.format(idle=3)}
        rule = "require: [{kind: Bootstrap, path: /proxy/host}, {kind: Token, path: /description}]"

        assert told(tmp_path, rule, files) == [
            "objects/a.yaml:3:1 policy-require",
            "objects/a.yaml:7:1 policy-require",
        ]

    def test_a_file_that_may_not_declare_an_object_is_told_at_its_name(
        self, tmp_path: Path
    ) -> None:
        rule = 'files: [{files: "objects/nl/**", kind: Token, match: "store-*"}]'

        assert told(tmp_path, rule, {"objects/a.yaml": STORE.format(idle=3)}) == [
            "objects/a.yaml:8:7 policy-file"
        ]

    def test_a_warning_does_not_make_the_files_unusable(self, tmp_path: Path) -> None:
        rule = "forbid: [{kind: Bootstrap, path: /idle, severity: warning}]"
        problem = only(tmp_path, rule, {"objects/a.yaml": STORE.format(idle=3)})
        assert problem.severity is Severity.WARNING


class TestParameters:
    def test_what_does_not_fit_is_told_without_its_value(self, tmp_path: Path) -> None:
        problem = only(tmp_path, USE, schema(idle={"type": "string"}, site={"type": "string"}))

        assert brief(problem) == "objects/a.yaml:5:9 policy-parameters"
        assert problem.message == "/idle must be text"
        assert problem.help == "the schema is policy/pro.json; rule: pvm.yaml:10"

    @pytest.mark.parametrize(
        ("keywords", "message"),
        [
            ({"additionalProperties": False}, "/site is not expected"),
            ({"required": ["site", "proxy"]}, 'bootstrap has no "proxy"'),
            ({"properties": {"idle": {"enum": [1, "x"]}}}, '/idle must be one of 1, "x"'),
            ({"properties": {"idle": {"const": 4}}}, "/idle must be 4"),
            ({"properties": {"idle": {"multipleOf": 2}}}, "/idle must be a multiple of 2"),
            ({"properties": {"site": {"pattern": "^x[0-9]$"}}}, "/site does not match ^x[0-9]$"),
            (
                {
                    "properties": {
                        "idle": {"pattern": "x", "patternProperties": {"x": False}},
                        "site": {"multipleOf": 2, "additionalProperties": False},
                    }
                },
                None,
            ),
            ({"properties": {"site": {"pattern": r"^\pL$"}}}, r"/site does not match ^\pL$"),
            ({"properties": {"site": {"type": ["null", "number"]}}}, "/site must be null or a n"),
            ({"patternProperties": {"^id": {"minimum": 5}}}, "/idle must be at least 5"),
            ({"patternProperties": {"^(id|x)": {"maximum": 5}}}, None),
            ({"dependentRequired": {"site": ["x"]}}, 'bootstrap does not fit "dependentRequired"'),
            ({"if": True, "then": {"required": ["x"]}}, 'bootstrap has no "x"'),
            ({"not": {"required": ["idle"]}}, "bootstrap is what must not be"),
            ({"oneOf": [True, True]}, "bootstrap does not fit exactly one"),
            ({"enum": [list(range(80))]}, "bootstrap must be one of [0,1,2"),
            (
                {
                    "patternProperties": {"^id": True},
                    "properties": {"site": True},
                    "additionalProperties": False,
                },
                None,
            ),
            ({"patternProperties": {"^id": True}, "additionalProperties": False}, "/site is not e"),
            ({"properties": {"idle": True}, "additionalProperties": {"type": "null"}}, "/site m"),
            ({"unevaluatedProperties": False}, 'bootstrap does not fit "unevaluatedProperties"'),
        ],
    )
    def test_what_is_wrong_is_said_in_words(
        self, tmp_path: Path, keywords: dict[str, object], message: str | None
    ) -> None:
        files = {"objects/a.yaml": STORE.format(idle=3), "policy/pro.json": json.dumps(keywords)}

        found = problems_in(write_project(tmp_path, files, policy(USE)))

        assert [problem.code for problem in found] == ["policy-parameters"] * len(found)
        assert bool(found) is (message is not None)
        assert all(problem.message.startswith(message or "") for problem in found[:1])

    def test_only_bootstraps_of_the_client_are_looked_at(self, tmp_path: Path) -> None:
        files = schema(idle={"type": "string"})
        assert not told(tmp_path, USE.replace("PRO_ANDROID", "VOICE_ANDROID"), files)

    def test_a_reference_counts_as_a_text_of_which_nothing_is_known(self, tmp_path: Path) -> None:
        files = {
            "objects/a.yaml": STORE.format(idle='"${env:IDLE}"'),
            "policy/pro.json": '{"properties": {"idle": {"enum": ["x"], "maxLength": 3}}}',
        }
        assert not told(tmp_path, USE, files)
        files["policy/pro.json"] = '{"properties": {"idle": {"type": "integer"}}}'
        assert told(tmp_path, USE, files)

    def test_bootstraps_with_equal_parameters_are_each_told(self, tmp_path: Path) -> None:
        twice = "kind: Bootstrap\nname: {name}\nparameters: {{idle: 3}}\n"
        files = schema(idle={"maximum": 2}) | {
            "objects/a.yaml": twice.format(name="a"),
            "objects/b.yaml": twice.format(name="b"),
        }
        rule = 'parameters: [{match: "*", schema: policy/pro.json}]'

        problem = only(tmp_path, rule, files)

        assert (brief(problem), problem.count) == ("objects/a.yaml:3:20 policy-parameters", 2)
        assert [origin.file for origin in problem.related] == ["objects/b.yaml"]

    @pytest.mark.parametrize("number", ["1.0", "1", "12345678901234567890"])
    def test_numbers_are_exact(self, tmp_path: Path, number: str) -> None:
        files = {
            "objects/a.yaml": STORE.format(idle=number),
            "policy/pro.json": '{"dependentRequired": {}, "properties": {"idle": '
            f'{{"type": "integer", "const": {number}, "multipleOf": {number}}}}}}}',
        }
        assert not told(tmp_path, USE, files)

    def test_a_quotient_that_can_t_be_told_is_no_multiple(self, tmp_path: Path) -> None:
        files = {
            "objects/a.yaml": STORE.format(idle="1.0e+999"),
            "policy/pro.json": '{"properties": {"idle": {"multipleOf": 0.7}}}',
        }
        assert told(tmp_path, USE, files) == ["objects/a.yaml:5:9 policy-parameters"]


class TestProjectFile:
    @pytest.mark.parametrize(
        ("rules", "problem"),
        [
            ("color: red", "10:3 unknown-field"),
            ("names: [{kind: Token, patern: x}]", "10:25 unknown-field"),
            ("names: [{kind: Tokn, pattern: ^x$}]", "10:18 wrong-value"),
            ('names: [{kind: Token, pattern: "^(x$"}]', "10:34 policy-pattern"),
            ("names: [{kind: Token, pattern: x}]", "10:34 policy-pattern"),
            ('files: [{files: "' + "?" * 200 + '"}]', "10:19 policy-pattern"),
            ("files: [{files: x, kind: Token, path: /a}]", "10:35 wrong-field"),
            ("files: [{files: x, path: /a}]", "10:22 wrong-field"),
            ("require: [{kind: Token, path: x}]", "10:33 wrong-value"),
            ("forbid: [{kind: Token, path: /x, values: []}]", "10:36 wrong-value"),
            ("forbid: [{kind: Token, path: /x, severity: info}]", "10:46 wrong-value"),
            ("parameters: [{schema: x.json}]", "10:16 missing-field"),
            ("lints: {token-underscor: error}", "10:11 unknown-field"),
            ("lints: {token-underscore: none}", "10:29 wrong-value"),
        ],
    )
    def test_a_rule_that_means_nothing_is_an_error_at_its_place(
        self, tmp_path: Path, rules: str, problem: str
    ) -> None:
        found = told(tmp_path, rules, {})
        assert f"pvm.yaml:{problem}" in found

    def test_a_mistyped_lint_is_corrected(self, tmp_path: Path) -> None:
        (problem, *_) = problems_in(
            write_project(tmp_path, {}, policy("lints: {token-underscor: error}"))
        )
        assert problem.help == 'did you mean "token-underscore"?'


class TestLints:
    UNDERSCORE = STORE.format(idle=3).replace("STORE-1", "STORE_1")

    @pytest.mark.parametrize(
        ("level", "severities"),
        [("error", [Severity.ERROR]), ("warning", [Severity.WARNING]), ("allow", [])],
    )
    def test_a_project_decides_what_a_lint_is(
        self, tmp_path: Path, level: str, severities: list[Severity]
    ) -> None:
        project = policy(f"lints: {{token-underscore: {level}}}")
        found = problems_in(write_project(tmp_path, {"objects/a.yaml": self.UNDERSCORE}, project))
        assert [problem.severity for problem in found] == severities

    @pytest.mark.parametrize(("level", "severities"), [("error", [Severity.ERROR]), ("allow", [])])
    def test_what_the_catalog_finds_is_a_lint_too(
        self, tmp_path: Path, level: str, severities: list[Severity]
    ) -> None:
        project = policy(f"lints: {{bootstrap-unknown-site: {level}}}")
        text = STORE.format(idle=3).replace("site: s1", "site: s9")
        found = problems_in(write_project(tmp_path, {"objects/a.yaml": text}, project))
        assert [problem.severity for problem in found] == severities

    def test_a_secret_in_clear_text_is_told_without_it(self, tmp_path: Path) -> None:
        text = STORE.format(idle="{psk: canary-psk}")
        (problem,) = problems_in(write_project(tmp_path, {"objects/a.yaml": text}))
        assert brief(problem) == "objects/a.yaml:5:15 clear-text-key"
        assert "canary" not in repr(problem)

    def test_the_schema_knows_each_lint(self) -> None:
        project = json.loads((ROOT / "schemas/project.schema.json").read_text(encoding="utf-8"))
        known = project["properties"]["policy"]["properties"]["lints"]["properties"]
        assert list(known) == list(LINTS)


def test_a_breach_leaves_known_what_is_declared() -> None:
    assert leaves_known(Problem("policy-name", ""))
    assert leaves_known(Problem("token-underscore", ""))
    assert not leaves_known(Problem("token-unknown-bootstrap", ""))
