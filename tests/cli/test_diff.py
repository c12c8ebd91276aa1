"""`pvm diff`: two commits, and nothing but Git."""

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Ran, Run
from tests.cli.repositories import PSK, Repository
from tests.sources.work_trees import commit, git

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "result.schema.json").read_text(encoding="utf-8")
)
LAYER = """\
kind: Layer
name: base
parameters:
  kiosk:
    idle: 30
  wifi: {psk: "${env:PSK}"}
"""
FLEET = """\
kind: Fleet
name: stores
rows: [stores/*.csv]
key: store
columns: {store: {}, city: {}}
documents:
  site: {kind: Site, name: "acme-site-${store}", proServerName: dev03b}
  settings: {kind: Bootstrap, name: "acme-store-${store}", extends: [base]}
  counter:
    kind: Token
    name: "acme-STORE-${store}"
    appId: WFC_PRO_ANDROID
    bootstrap: "acme-store-${store}"
    description: "${city}"
"""


@pytest.fixture
def stores(tmp_path: Path) -> Repository:
    """Twenty stores in a folder of a repository, committed."""
    made = Repository(tmp_path / "config", "acme").write()
    files = made.root / "files"
    (files / "stores").mkdir()
    (files / "layer.yaml").write_text(LAYER)
    (files / "fleet.yaml").write_text(FLEET)
    rows = "".join(f"s{n:02},Utrecht\n" for n in range(20))
    (files / "stores" / "nl.csv").write_text(f"store,city\n{rows}")
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    return made


def change(repository: Repository, file: str, old: str, new: str) -> None:
    path = repository.root / "files" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def pull_request(stores: Repository) -> None:
    """A layer's line, a cell, two new rows, and one row that goes."""
    change(stores, "layer.yaml", "idle: 30", "idle: 60")
    change(stores, "stores/nl.csv", "s07,Utrecht\n", "")
    change(stores, "stores/nl.csv", "s03,Utrecht", "s03,Delft")
    change(stores, "stores/nl.csv", "s19,Utrecht\n", "s19,Utrecht\ns20,Delft\ns21,Delft\n")
    commit(stores.root)


def stable(text: str, stores: Repository) -> str:
    for name, word in (("HEAD", "bbbbbbb"), ("HEAD~1", "aaaaaaa")):
        id_ = git(stores.root, "rev-parse", name)
        text = text.replace(id_, word * 5 + "00000").replace(id_[:7], word)
    return text


@pytest.mark.parametrize("format_", ["text", "markdown", "json"])
def test_a_pull_request_is_one_row_for_each_cause(
    pvm: Run, stores: Repository, golden: object, format_: str
) -> None:
    pull_request(stores)
    ran = pvm("-C", str(stores.root), "diff", "HEAD~1", "-o", format_)
    assert (ran.code, ran.err) == (0, "")
    assert callable(golden)
    golden(f"diff.{format_}", stable(ran.out, stores))


def test_as_data_it_is_as_the_schema_says(pvm: Run, stores: Repository) -> None:
    pull_request(stores)
    ran = pvm("-C", str(stores.root), "diff", "HEAD~1", "-o", "json")
    result = json.loads(ran.out)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(result)] == []


@pytest.mark.parametrize(("base", "code"), [("HEAD~1", 2), ("HEAD", 0)])
def test_a_script_learns_whether_something_changes(
    pvm: Run, stores: Repository, base: str, code: int
) -> None:
    pull_request(stores)
    call = ("-C", str(stores.root), "diff", base, "--detailed-exitcode")
    assert [pvm(*call, "-o", one).code for one in ("text", "json", "markdown")] == [code] * 3


def test_what_no_commit_holds_is_left_out_and_that_is_said(pvm: Run, stores: Repository) -> None:
    change(stores, "layer.yaml", "idle: 30", "idle: 60")
    (stores.root / "notes.txt").write_text("x")
    ran = pvm("-C", str(stores.root), "diff", "HEAD", "--detailed-exitcode")
    assert (ran.code, ran.err) == (0, "left out  1 file with changes that no commit holds\n")
    assert "no change" in ran.out


def test_errors_of_both_commits_stand_at_their_places(pvm: Run, stores: Repository) -> None:
    stores.spoil()
    bad = commit(stores.root)
    change(stores, "bad.yaml", "Sight", "Sigth")
    worse = commit(stores.root)
    ran = pvm("-C", str(stores.root), "diff", bad, worse)
    assert (ran.code, ran.out) == (65, "")
    for id_ in (bad, worse):
        assert f"{id_[:7]}:files/bad.yaml:2:7" in ran.err
    now = pvm("-C", str(stores.root), "diff", "HEAD~2")
    assert now.code == 65
    assert "--> files/bad.yaml:2:7" in now.err


def test_a_base_without_a_project_has_no_objects(pvm: Run, stores: Repository) -> None:
    first = git(stores.root, "commit-tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", "-m", "x")
    ran = pvm("-C", str(stores.root), "diff", first)
    assert ran.code == 0
    assert f"there is no project in {first[:7]}" in ran.out
    assert "60 create · 0 unchanged" in ran.out


@pytest.mark.parametrize("name", ["nope", "-p", "--output=x", "HEAD:files", "HEAD..HEAD"])
def test_what_names_no_commit_is_refused(pvm: Run, stores: Repository, name: str) -> None:
    ran = pvm("diff", "-C", str(stores.root), "--", name)
    assert (ran.code, ran.out) == (64, "")
    assert not (stores.root / "x").exists()


def test_outside_git_there_is_nothing_to_compare(pvm: Run, tmp_path: Path) -> None:
    Repository(tmp_path, "acme").write()
    ran = pvm("diff", "HEAD", "-C", str(tmp_path))
    assert (ran.code, ran.out) == (64, "")


def test_a_branch_that_lags_is_compared_with_where_it_left(pvm: Run, stores: Repository) -> None:
    git(stores.root, "checkout", "-q", "-b", "mine")
    change(stores, "stores/nl.csv", "s03,Utrecht", "s03,Delft")
    commit(stores.root)
    git(stores.root, "checkout", "-q", "main")
    change(stores, "layer.yaml", "idle: 30", "idle: 60")
    commit(stores.root)
    call = ("-C", str(stores.root), "diff", "main", "mine")
    assert "21 update" in pvm(*call).out
    assert "1 update · 59 unchanged" in pvm(*call, "--merge-base").out


def test_no_secret_is_looked_up_or_shown_and_no_program_run(
    pvm: Run, stores: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only git is found; a trap stands for every other program."""
    stores.declare()
    change(stores, "layer.yaml", "env:PSK", "sops:secrets.yaml#/psk")
    commit(stores.root)
    stores.declare(psk="canary-other")
    commit(stores.root)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "git").symlink_to(shutil.which("git") or "")
    trap = programs / "sops"
    trap.write_text(f"#!/bin/sh\necho ran > {tmp_path}/trapped\n")
    trap.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PSK", "canary-psk")
    for format_ in ("text", "json", "markdown"):
        ran = pvm("-C", str(stores.root), "diff", "HEAD~2", "-o", format_, "-vv")
        assert ran.code == 0
        assert "${sops:secrets.yaml#/psk}" in ran.out
        assert "canary" not in ran.all
    last = pvm("-C", str(stores.root), "diff", "HEAD~1")
    assert "(secret, differs)" in last.out
    assert "canary" not in last.all
    assert PSK not in last.all
    assert not (tmp_path / "trapped").exists()


def test_what_the_older_commit_breaks_does_not_hide_what_mends_it(
    pvm: Run, stores: Repository
) -> None:
    file = stores.root / "pvm.yaml"
    rule = "policy: {names: [{kind: Token, pattern: ^acme-SHOP-.*$}], lints: {"
    file.write_text(file.read_text().replace("policy: {lints: {", rule))
    commit(stores.root)
    broken = pvm("diff", "HEAD~1", "-C", str(stores.root))
    change(stores, "fleet.yaml", "acme-STORE", "acme-SHOP")
    commit(stores.root)

    mended = pvm("diff", "HEAD~1", "-C", str(stores.root))

    assert (broken.code, "error[policy-name]" in broken.err) == (65, True)
    assert (mended.code, mended.err) == (0, "")
    assert "acme-SHOP-s00" in mended.out


def test_of_several_targets_one_is_chosen_where_variables_make_them_differ(
    pvm: Run, stores: Repository
) -> None:
    project = stores.root / "pvm.yaml"
    more = "targets:\n  prod: {vars: {idle: 30}}\n  test:\n    vars: {idle: 30}\n"
    project.write_text(project.read_text().replace("targets:\n  test:\n", more))
    change(stores, "layer.yaml", "idle: 30", 'idle: "${var:idle}"')
    commit(stores.root)
    project.write_text(
        project.read_text().replace("prod: {vars: {idle: 30}}", "prod: {vars: {idle: 60}}")
    )
    commit(stores.root)

    def diff(*more: str) -> Ran:
        return pvm("diff", "HEAD~1", "-C", str(stores.root), "-o", "json", *more)

    assert diff().code == 64
    assert "choose one with --target: prod, test" in diff().err
    assert [
        json.loads(diff("--target", name).out)["summary"]["update"] for name in ("test", "prod")
    ] == [0, 20]
    assert "pvm.yaml has no target" in diff("--target", "other").err
