"""`pvm drift --adopt`: files are edited, the server never is."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from reconciler.core.values import JsonValue
from reconciler.sources import repository as sources
from reconciler.sources.adopting import Adopter, Choice
from tests.cli.conftest import Run
from tests.cli.repositories import Repository
from tests.remote.fake_server import FakeServer


@pytest.fixture
def env(env: Mapping[str, str]) -> Mapping[str, str]:
    """With a key, without which nobody can tell who changed a secret."""
    return {**env, "PVM_DIGEST_KEY": "canary-key-0123456789abcdef"}


@pytest.fixture
def repository(tmp_path: Path, pvm: Run, env: Mapping[str, str]) -> Repository:
    made = Repository(tmp_path, "acme").write().declare()
    assert pvm("apply", "--yes", "-C", str(tmp_path), env=env).code == 0
    return made


def edit(server: FakeServer, **parameters: object) -> None:
    row = server.rows["bootstrap"]["acme-settings"]
    version, now = row["version"], row["parameters"]
    assert isinstance(version, int)
    assert isinstance(now, dict)
    row |= {"parameters": now | parameters, "version": version + 1}


def text_of(repository: Repository) -> str:
    return "".join(path.read_text() for path in sorted(repository.root.glob("files/*")))


def test_a_value_is_edited_where_it_stands(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    before, writes = text_of(repository), fake.writes
    edit(fake, idle=60)
    ran = pvm("drift", "--adopt", "-C", str(repository.root), env=env)
    assert ran.code == 0
    line = before[: before.index("idle:")].count("\n") + 1
    assert f"files/all.yaml:{line}  /idle    30 → 60  (acme-settings)" in ran.out
    assert text_of(repository) == before.replace("idle: 30", "idle: 60")
    assert fake.writes == writes
    assert pvm("drift", "-C", str(repository.root), env=env).code == 0


def test_a_new_secret_becomes_a_reference_and_its_value_stays_out_of_git(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    edit(fake, wifi={"psk": "canary-8d52-psk"})
    ran = pvm("drift", "--adopt", "-o", "json", "-C", str(repository.root), env=env)
    assert ran.code == 0
    (edited,) = json.loads(ran.out)["adopted"]["edits"]
    assert edited["after"] == "${env:ACME_SETTINGS_WIFI_PSK}"
    assert "canary" not in ran.all
    assert "{psk: ${env:ACME_SETTINGS_WIFI_PSK}}" not in text_of(repository)
    assert "canary" not in text_of(repository)
    (kept,) = (repository.root / ".pvm" / "secrets").glob("*.env")
    assert kept.read_text() == "ACME_SETTINGS_WIFI_PSK=canary-8d52-psk\n"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_what_does_not_read_back_right_is_put_back(
    pvm: Run,
    fake: FakeServer,
    env: Mapping[str, str],
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = text_of(repository)
    edit(fake, idle=60)
    right = Adopter._is_right  # noqa: SLF001 -- what fails
    calls: list[bool] = []

    def fails_last(self: Adopter, found: sources.Repository, chosen: Sequence[Choice]) -> bool:
        calls.append(right(self, found, chosen))
        return len(calls) < 3

    monkeypatch.setattr(Adopter, "_is_right", fails_last)
    ran = pvm("drift", "--adopt", "-C", str(repository.root), env=env)
    assert (ran.code, calls) == (1, [True, True, True])
    assert "put back" in ran.err
    assert text_of(repository) == before


def test_a_conflict_is_left_to_people(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    edit(fake, idle=60)
    repository.declare(idle=45)
    before = text_of(repository)
    ran = pvm("drift", "--adopt", "-C", str(repository.root), env=env)
    assert ran.code == 3
    assert "Git changed it as well" in ran.out
    assert text_of(repository) == before


def test_what_nobody_declares_becomes_documents_only_when_asked_for(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    parameters: JsonValue = {"idle": 5, "wifi": {"psk": "canary-8d52-psk"}}
    fake.rows["bootstrap"]["acme-more"] = {
        "name": "acme-more",
        "parameters": parameters,
        "version": 1,
    }
    before = text_of(repository)
    assert pvm("drift", "--adopt", "-C", str(repository.root), env=env).code == 0
    assert text_of(repository) == before
    ran = pvm("drift", "--adopt", "--unmanaged", "-C", str(repository.root), env=env)
    assert ran.code == 0
    written = repository.root / "files" / "adopted-bootstraps.yaml"
    assert "name: acme-more" in written.read_text()
    assert "${env:ACME_MORE_WIFI_PSK}" in written.read_text()
    assert "canary" not in text_of(repository).replace(before, "") + ran.all
