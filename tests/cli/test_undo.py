"""Saved plans, their reverse, and the way from one to the other."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import Run
from tests.cli.repositories import Repository
from tests.remote.fake_server import FakeServer

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.fixture
def env(env: Mapping[str, str]) -> Mapping[str, str]:
    return {**env, "PVM_DIGEST_KEY": "a key that only these tests have, and nobody else"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project", "acme").write().declare()


def idle(fake: FakeServer) -> object:
    parameters = fake.rows["bootstrap"]["acme-settings"]["parameters"]
    assert isinstance(parameters, Mapping)
    return parameters["idle"]


def undo_file(repository: Repository) -> Path:
    """Of the last apply."""
    folder = repository.root / ".pvm" / "undo"
    return max(folder.iterdir(), key=lambda file: json.loads(file.read_text())["number"])


def test_an_apply_is_taken_back_and_left_alone_until_git_follows(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where = ("-C", str(repository.root))
    pvm("apply", "--yes", *where, env=env)
    repository.declare(idle=60)
    pvm("apply", "--yes", *where, env=env)
    assert idle(fake) == 60
    file, back = undo_file(repository), tmp_path / "back.json"
    writes = fake.writes

    shown = pvm("undo", str(file), "--out", str(back), *where, env=env)

    assert (shown.code, fake.writes) == (0, writes)
    assert "1 update" in shown.out
    assert f"pvm apply {back}" in shown.err.replace("\n", " ")
    assert "canary" not in file.read_text() + back.read_text() + shown.all
    applied = pvm("apply", str(back), *where, env=env)
    assert (applied.code, idle(fake)) == (0, 30)
    blocked = pvm("plan", "--detailed-exitcode", *where, env=env)
    assert blocked.code == 4
    assert "--ack undone" in blocked.out
    repository.declare(idle=30)
    assert pvm("plan", "--detailed-exitcode", *where, env=env).code == 0


def test_a_saved_undo_is_shown_as_what_it_is(
    pvm: Run, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, back = ("-C", str(repository.root)), tmp_path / "back.json"
    pvm("apply", "--yes", *where, env=env)
    pvm("undo", str(undo_file(repository)), "--out", str(back), *where, env=env)

    text, markdown, data = (
        pvm("show", str(back), "-o", one, env=env) for one in ("text", "markdown", "json")
    )

    assert "UNDO      back to what it was before apply #1" in text.out
    assert "PENDING" not in text.out
    assert "**Undo: back to what it was before apply #1**" in markdown.out
    encoded = json.loads(data.out)
    schema = json.loads((SCHEMAS / "plan.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(encoded)] == []
    assert encoded["undoes"]["number"] == 1


def test_a_saved_undo_has_options_of_its_own(
    pvm: Run, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, back = ("-C", str(repository.root)), tmp_path / "back.json"
    pvm("apply", "--yes", *where, env=env)
    pvm("undo", str(undo_file(repository)), "--out", str(back), *where, env=env)
    ran = pvm("apply", str(back), "--ack", "undone=1", *where, env=env)
    assert ran.code == 64
    assert "give --ack to `pvm undo FILE --out`" in " ".join(ran.err.split())


def test_what_can_not_be_taken_back_is_left_undone(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, back = ("-C", str(repository.root)), tmp_path / "back.json"
    pvm("apply", "--yes", *where, env=env)
    file = undo_file(repository)
    row = fake.rows["bootstrap"]["acme-settings"]
    fake.rows["bootstrap"]["acme-settings"] = row | {"parameters": {"idle": 1}, "version": 9}

    shown = pvm("undo", str(file), "--out", str(back), *where, env=env)
    applied = pvm("apply", str(back), *where, env=env)

    assert shown.code == 0
    assert "CONFLICT  somebody changed these since apply #1" in shown.out
    assert applied.code == 4, applied.all
    assert set(fake.rows["site"]) == set()


def test_without_a_file_to_save_it_the_way_back_is_only_shown(
    pvm: Run, env: Mapping[str, str], repository: Repository
) -> None:
    where = ("-C", str(repository.root))
    pvm("apply", "--yes", *where, env=env)
    shown = pvm("undo", str(undo_file(repository)), *where, env=env)
    assert shown.code == 0
    assert "3 delete" in shown.out
    assert "--out" in shown.err


def test_what_is_no_undo_file_is_said_to_be_none(
    pvm: Run, env: Mapping[str, str], repository: Repository
) -> None:
    file = repository.root / "pvm.json"
    file.write_text("{}")
    ran = pvm("undo", str(file), "-C", str(repository.root), env=env)
    assert ran.code == 65
    assert "not an undo file" in ran.err


def test_a_saved_plan_is_applied_without_being_asked(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, file = ("-C", str(repository.root)), tmp_path / "plan.json"
    pvm("plan", "--out", str(file), *where, env=env)

    ran = pvm("apply", str(file), *where, env=env)

    assert (ran.code, idle(fake)) == (0, 30)
    again = pvm("apply", str(file), *where, env=env)
    assert (again.code, "3 done already" in again.out) == (0, True)


def test_a_saved_plan_of_other_files_is_refused(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, file = ("-C", str(repository.root)), tmp_path / "plan.json"
    pvm("plan", "--out", str(file), *where, env=env)
    repository.declare(idle=60)

    ran = pvm("apply", str(file), *where, env=env)

    assert (ran.code, fake.writes) == (65, 0)
    assert "error[plan-other-sources]" in ran.err


def test_a_saved_plan_that_is_too_old_is_refused(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, file = ("-C", str(repository.root)), tmp_path / "plan.json"
    pvm("plan", "--out", str(file), *where, env=env)
    ran = pvm("apply", str(file), "--max-age", "1ms", *where, env=env)
    assert (ran.code, fake.writes) == (5, 0)


def test_a_saved_plan_has_options_of_its_own(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    where, file = ("-C", str(repository.root)), tmp_path / "plan.json"
    pvm("plan", "--out", str(file), *where, env=env)
    ran = pvm("apply", str(file), "--select", "site", "--ack", "adopt=1", *where, env=env)
    assert (ran.code, fake.writes) == (64, 0)
    assert "give --select and --ack to `pvm plan --out`" in " ".join(ran.err.split())


def test_a_rehearsal_leaves_the_server_alone(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    ran = pvm("apply", "--rehearse", "-C", str(repository.root), env=env)
    assert (ran.code, fake.writes) == (0, 0)
    assert not (repository.root / ".pvm").exists()
    assert "as the plan says" in ran.out
