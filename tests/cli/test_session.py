import io
import sys
from pathlib import Path

import pytest

from reconciler.cli.call import Call
from reconciler.cli.session import open_session, refuse_dirty
from reconciler.core.problem import Misuse
from reconciler.sources.history import GitHistory
from tests.sources.projects import write_project
from tests.sources.work_trees import commit, git

SITE = "kind: Site\nname: s\nproServerName: x\n"
BOOTSTRAP = 'kind: Bootstrap\nname: b\nparameters: {a: "${env:CANARY_VALUE}"}\n'
CANARY = "canary-91c3"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """For a committed project of one site and one bootstrap."""
    for name in ("PVM_URL", "PVM_USERNAME", "PVM_PASSWORD", "PVM_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PVM_URL", "https://pvm.example")
    monkeypatch.setenv("PVM_DIGEST_KEY", CANARY * 2)
    monkeypatch.setenv("CANARY_VALUE", CANARY)
    root = write_project(tmp_path, {"objects/a.yaml": SITE, "objects/b.yaml": BOOTSTRAP})
    git(root, "init", "-q")
    commit(root)
    call = Call()
    call.directory = str(root)
    return call


def soil(call: Call) -> None:
    write_project(Path(call.directory), {"objects/a.yaml": SITE + "# x\n", "objects/c.yaml": ""})


def test_a_task_knows_key_history_secrets_and_run(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://h")
    monkeypatch.setenv("GITHUB_REPOSITORY", "a/b")
    monkeypatch.delenv("GITHUB_RUN_ATTEMPT", raising=False)
    session = open_session(call)
    assert session.task.key == CANARY.encode() * 2
    assert isinstance(session.task.history, GitHistory)
    assert session.task.secrets.value_of("${env:CANARY_VALUE}") == CANARY
    assert session.task.run == "https://h/a/b/actions/runs/77"
    assert CANARY not in repr(session)


def test_a_clean_project_may_be_applied_by_a_machine(call: Call) -> None:
    refuse_dirty(call, open_session(call))


def test_changed_files_are_named_and_refused(call: Call) -> None:
    soil(call)
    with pytest.raises(Misuse) as refused:
        refuse_dirty(call, open_session(call))
    assert "objects/a.yaml and 1 more" in refused.value.message
    assert "--allow-dirty" in refused.value.fix


def test_files_that_pvm_does_not_read_may_change(call: Call) -> None:
    (Path(call.directory) / "README.md").write_text("x")
    refuse_dirty(call, open_session(call))


def test_changed_files_may_be_applied_with_the_option(call: Call) -> None:
    soil(call)
    call.allow_dirty = True
    refuse_dirty(call, open_session(call))


def test_somebody_at_a_terminal_may_apply_changed_files(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    soil(call)
    session = open_session(call)
    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(Misuse):
        refuse_dirty(call, session)
    monkeypatch.setattr(sys, "stderr", Terminal())
    refuse_dirty(call, session)
