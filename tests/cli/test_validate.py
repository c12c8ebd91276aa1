import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.repositories import Repository
from tests.sources.projects import PROJECT, write_project

BAD = """\
kind: Token
name: bad-kiosk
appId: WFC_PRO_ANDROID
bootstrap: bad-setings
---
kind: Site
name: "bad-\\u202e\\x9b2J"
proServer: dev03b
"""
WORSE = """\
kind: Bootstrap
name: bad-other
parameters: {code: 0421, psk: canary-7c41-psk, on: yes}
"""


@pytest.fixture
def bad(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path, "bad").write().declare()
    (tmp_path / "files" / "bad.yaml").write_text(BAD, encoding="utf-8")
    (tmp_path / "files" / "worse.yaml").write_text(WORSE, encoding="utf-8")
    return repository


def test_good_files_are_one_line(pvm: Run, tmp_path: Path) -> None:
    Repository(tmp_path, "good").write().declare()

    ran = pvm("validate", "-C", str(tmp_path))

    assert (ran.code, ran.out, ran.err) == (0, "3 objects · no problems\n", "")


def test_bad_files_show_every_problem_with_its_line(
    pvm: Run, bad: Repository, golden: Callable[[str, str], None]
) -> None:
    ran = pvm("validate", "-C", str(bad.root))

    assert (ran.code, ran.err) == (65, "")
    golden("validate-bad.txt", ran.out)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_no_secret_of_a_bad_file_is_shown(pvm: Run, bad: Repository, format_: str) -> None:
    ran = pvm("validate", "-vv", "-o", format_, "-C", str(bad.root))

    assert "canary" not in ran.all
    assert all(line.isprintable() for line in ran.all.split("\n"))


def test_problems_as_data_name_file_and_line(pvm: Run, bad: Repository) -> None:
    found = json.loads(pvm("validate", "-o", "json", "-C", str(bad.root)).out)

    assert found["type"] == "validation"
    assert {problem["file"] for problem in found["problems"]} == {
        "files/bad.yaml",
        "files/worse.yaml",
    }
    assert all(problem["line"] > 0 for problem in found["problems"])


def test_a_path_narrows_what_is_told(pvm: Run, bad: Repository) -> None:
    files = bad.root / "files"

    codes = [
        pvm("validate", str(path), "-C", str(bad.root)).code
        for path in (files, files / "bad.yaml", files / "all.yaml")
    ]

    assert codes == [65, 65, 0]


def test_a_project_file_that_can_not_be_used_is_told_like_any_problem(
    pvm: Run, bad: Repository
) -> None:
    (bad.root / "pvm.yaml").write_text("kind: Project\nname: [\n")

    ran = pvm("validate", "-C", str(bad.root))

    assert ran.code == 65
    assert "pvm.yaml:" in ran.out


def test_the_folder_can_be_named_before_the_command_too(pvm: Run, bad: Repository) -> None:
    assert pvm("-C", str(bad.root), "validate").code == 65


def test_a_report_is_written_beside_the_result(pvm: Run, bad: Repository, tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    ran = pvm("validate", "--report", f"json={report}", "-C", str(bad.root))

    assert ran.out.startswith("error[")
    assert json.loads(report.read_text())["type"] == "validation"


UNDERSCORES = """\
kind: Token
name: STORE_1
appId: WFC_CENTRAL_SERVICE_ANDROID
bootstrap: all
---
kind: Token
name: STORE_2
appId: WFC_CENTRAL_SERVICE_ANDROID
bootstrap: all
---
kind: Bootstrap
name: all
parameters: {}
"""


def underscores(root: Path, level: str) -> Path:
    """A project with two tokens that a lint is about."""
    lints = f"policy: {{lints: {{token-underscore: {level}}}}}\n"
    return write_project(root, {"objects/a.yaml": UNDERSCORES}, PROJECT + lints)


@pytest.mark.parametrize(
    ("level", "code", "verdict"),
    [
        ("error", 65, "3 objects · 2 errors\n"),
        ("warning", 0, "3 objects · 2 warnings\n"),
        ("allow", 0, "3 objects · no problems\n"),
    ],
)
def test_what_a_lint_is_decides_the_exit_code_and_the_verdict(
    pvm: Run, tmp_path: Path, level: str, code: int, verdict: str
) -> None:
    ran = pvm("validate", "-C", str(underscores(tmp_path, level)))

    assert (ran.code, ran.err) == (code, "")
    assert ran.out.endswith(verdict)


def test_other_commands_tell_warnings_beside_their_result_and_stop_at_errors(
    pvm: Run, tmp_path: Path
) -> None:
    warned, refused = (underscores(tmp_path / level, level) for level in ("warning", "error"))

    rendered = pvm("render", "-C", str(warned))
    assert (rendered.code, "warning[token-underscore]" in rendered.err) == (0, True)
    assert "warning" not in rendered.out
    assert pvm("render", "-C", str(refused)).code == 65


def test_every_target_has_to_set_each_variable_unless_one_is_chosen(
    pvm: Run, tmp_path: Path
) -> None:
    repository = Repository(tmp_path, "acme").write()
    project = tmp_path / "pvm.yaml"
    more = "targets:\n  prod: {limits: {retries: 0}}\n  test:\n    vars: {ring: canary}\n"
    text = project.read_text().replace("targets:\n  test:\n", more)
    project.write_text(text)
    text = 'kind: Site\nname: acme-s\nproServerName: "${var:ring}"\n'
    (repository.root / "files" / "s.yaml").write_text(text)

    all_, one, unknown = (
        pvm("validate", "-C", str(tmp_path), *more)
        for more in ((), ("--target", "test"), ("--target", "prdo"))
    )

    assert (all_.code, one.code, unknown.code) == (65, 0, 64)
    assert 'variable "ring" is not set for target "prod"' in all_.out
    assert 'did you mean "prod"?' in unknown.err


def test_an_exception_whose_day_has_passed_is_a_warning_unless_the_project_wants_more(
    pvm: Run, tmp_path: Path
) -> None:
    repository = Repository(tmp_path, "acme").write()
    (repository.root / "files" / "fleet.yaml").write_text(
        "kind: Fleet\nname: f\nrows: [{k: a}]\nkey: k\ncolumns: {k: {}}\ndocuments:\n"
        '  site: {kind: Site, name: "acme-${k}", proServerName: dev03b}\nexceptions:\n'
        '  - {row: a, document: site, set: {/proServerName: x}, until: "2020-01-01", reason: R}\n'
    )

    calm = pvm("validate", "-C", str(tmp_path))
    with (tmp_path / "pvm.yaml").open("a") as file:
        file.write("safety: {expired: error}\n")
    strict = pvm("validate", "-C", str(tmp_path))

    assert (calm.code, strict.code) == (0, 65)
    assert "warning[exception-expired]: the exception of Site/acme-a ended on 2020" in calm.out
    assert "files/fleet.yaml:9:63" in calm.out
    assert "error[exception-expired]" in strict.out
