"""A whole directory of documents is gone, which nobody meant."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import Ran, Run
from tests.cli.conftest import pvm as pvm  # noqa: PLC0414 -- a fixture of the command line's tests
from tests.cli.loopback import listening
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer
from tests.sources.work_trees import commit, git

STORES: Final = 30
KEY: Final = "a key that nobody guesses 0123456789"
PROJECT: Final = """\
kind: Project
name: acme
sources: [sites, bootstraps, tokens]
scope: {sites: ["*"], bootstraps: ["store-*"], tokens: ["STORE-*"]}
"""
DOCUMENTS: Final = {
    "sites": "kind: Site\nname: site-{n}\nproServerName: dev03b\n",
    "bootstraps": "kind: Bootstrap\nname: store-{n}\nparameters: {{idle: 30}}\n",
    "tokens": "kind: Token\nname: STORE-{n}\nappId: WFC_PRO_ANDROID\nbootstrap: store-{n}\n",
}
KINDS: Final = ("Site", "Bootstrap", "Token")
NOUNS: Final = ("site", "bootstrap", "token")


@pytest.fixture
def fake() -> FakeServer:
    return FakeServer()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a file for each object."""
    (tmp_path / "pvm.yaml").write_text(PROJECT)
    for folder, text in DOCUMENTS.items():
        (tmp_path / folder).mkdir()
        for number in range(STORES):
            file = tmp_path / folder / f"{number:02d}.yaml"
            file.write_text(text.format(n=f"{number:02d}"))
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "stores")
    return tmp_path


@pytest.fixture
def call(pvm: Run, fake: FakeServer, root: Path) -> Iterator[Run]:
    with listening(fake.handle) as url:
        env = {
            "PVM_URL": url,
            "PVM_USERNAME": LOGIN_NAME,
            "PVM_PASSWORD": PASSWORD,
            "PVM_DIGEST_KEY": KEY,
        }

        def run(*args: str) -> Ran:
            return pvm(*args, "-C", str(root), env=env)

        assert run("apply", "--yes", "-q").code == 0
        yield run


def counts(fake: FakeServer) -> dict[str, int]:
    return {path: sum(not name.startswith("pvm-") for name in fake.rows[path]) for path in NOUNS}


ALL: Final = dict.fromkeys(NOUNS, STORES)


def removed(root: Path, *folders: str) -> None:
    """As `git rm -r`, with the folders put back empty so that the sources are there."""
    git(root, "rm", "-r", "-q", *folders)
    commit(root, "cleaning up")
    for folder in folders:
        (root / folder).mkdir()


def allow_empty(root: Path) -> None:
    (root / "pvm.yaml").write_text(PROJECT + "safety: {allowEmpty: true}\n")
    commit(root, "yes, all of them")


def guards(ran: Ran) -> set[tuple[str, str]]:
    """Guards that stop the plan, and how to go on."""
    stops = json.loads(ran.out)["stops"]
    return {(stop["guard"], stop["fix"].rpartition(" ")[2]) for stop in stops}


def test_a_folder_that_is_gone_altogether_is_no_empty_one(
    call: Run, root: Path, fake: FakeServer
) -> None:
    git(root, "rm", "-r", "-q", "tokens")
    commit(root, "cleaning up")
    requests = len(fake.seen)
    for command in (("plan",), ("apply", "--yes")):
        ran = call(*command)
        assert ran.code == 65
        assert "pvm.yaml:3:30" in ran.err
        assert "source does not exist" in ran.err
        assert 'create the folder (Git keeps no empty ones), or take it out of "sources"' in ran.err
    assert len(fake.seen) == requests
    assert counts(fake) == ALL


def test_all_of_a_kind_goes_only_with_both_its_switch_and_its_exact_number(
    call: Run, root: Path, fake: FakeServer
) -> None:
    removed(root, "tokens")
    for number in ((), ("--ack", f"deletes.Token={STORES}")):
        ran = call("apply", "--yes", *number)
        assert ran.code == 6
        assert f"no token is declared at all, and {STORES} would be deleted" in ran.out
        assert "safety: {allowEmpty: true}" in ran.out
    allow_empty(root)
    for wrong in ((), ("--ack", f"deletes.Token={STORES - 1}"), ("--ack", "deletes.Site=30")):
        ran = call("apply", "--yes", *wrong)
        assert ran.code == 6
        assert f"deletes of tokens: {STORES} > 1" in ran.out
        assert f"--ack deletes.Token={STORES}" in ran.out
        assert counts(fake) == ALL
    assert call("apply", "--yes", "--ack", f"deletes.Token={STORES}").code == 0
    assert counts(fake) == {**ALL, "token": 0}
    assert call("plan", "--detailed-exitcode").code == 0


def test_what_others_still_need_stays_whatever_was_acknowledged(
    call: Run, root: Path, fake: FakeServer
) -> None:
    removed(root, "bootstraps")
    allow_empty(root)
    ran = call("apply", "--yes", "--ack", f"deletes.Bootstrap={STORES}")
    assert ran.code == 65
    assert "token-unknown-bootstrap" in ran.err
    assert counts(fake) == ALL


def test_all_documents_go_only_with_the_number_of_every_kind(
    call: Run, root: Path, fake: FakeServer
) -> None:
    removed(root, *DOCUMENTS)
    plan = call("plan", "--detailed-exitcode", "-o", "json")
    assert plan.code == 6
    acks = {("deletes", f"deletes.{kind}={STORES}") for kind in KINDS}
    assert guards(plan) == {("empty", "true}"), *acks}
    allow_empty(root)
    given: list[str] = []
    for _, ack in sorted(acks):
        assert call("apply", "--yes", *given).code == 6
        assert counts(fake) == ALL
        given += ["--ack", ack]
    assert call("apply", "--yes", *given).code == 0
    assert counts(fake) == dict.fromkeys(ALL, 0)


def test_with_prune_never_nothing_goes_and_the_plan_names_what_was_kept(
    call: Run, root: Path, fake: FakeServer
) -> None:
    removed(root, *DOCUMENTS)
    ran = call("apply", "--yes", "--no-prune")
    assert ran.code == 0, ran.all
    assert counts(fake) == ALL
    assert "90 objects of ours, declared no more, and kept" in call("plan", "--no-prune").out
