import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.loopback import listening
from tests.cli.repositories import PSK, Repository
from tests.remote.fake_server import LOGIN_NAME, PASSWORD, FakeServer


@pytest.fixture
def env() -> Iterator[Mapping[str, str]]:
    with listening(FakeServer().handle) as url:
        yield {"PVM_URL": url, "PVM_USERNAME": LOGIN_NAME, "PVM_PASSWORD": PASSWORD}


@pytest.fixture
def applied(pvm: Run, env: Mapping[str, str], tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "repository", "acme").write().declare()
    assert pvm("apply", "--yes", "-C", str(repository.root), env=env).code == 0
    return repository


def test_documents_on_standard_output_have_their_secrets_masked(
    pvm: Run, env: Mapping[str, str], applied: Repository
) -> None:
    ran = pvm("export", "-C", str(applied.root), env=env)

    assert ran.code == 0
    assert ran.out.count("kind: ") == 3
    assert 'psk: "${env:MASKED}"' in ran.out
    assert PSK not in ran.all
    assert "--out DIR writes them" in ran.err


def test_a_selector_narrows_what_is_exported(
    pvm: Run, env: Mapping[str, str], applied: Repository
) -> None:
    ran = pvm("export", "sites", "-o", "json", "-C", str(applied.root), env=env)

    assert json.loads(ran.out)["documents"] == [
        {"kind": "Site", "name": "acme-site", "proServerName": "dev03b"}
    ]


def test_exported_files_plan_to_nothing(
    pvm: Run, env: Mapping[str, str], applied: Repository, tmp_path: Path
) -> None:
    copy = Repository(tmp_path / "copy", "acme").write()
    ran = pvm("export", "--out", str(copy.root / "files"), "-C", str(applied.root), env=env)

    planned = pvm("plan", "--detailed-exitcode", "-C", str(copy.root), env=env)

    assert (ran.code, ran.out) == (0, "")
    assert PSK not in ran.all
    assert "keep them out of Git" in ran.err
    assert (planned.code, "3 unchanged" in planned.out) == (0, True)


def test_files_are_never_overwritten(
    pvm: Run, env: Mapping[str, str], applied: Repository, tmp_path: Path
) -> None:
    args = ("export", "--out", str(tmp_path / "copy"), "-C", str(applied.root))

    codes = [pvm(*args, env=env).code for _ in range(2)]

    assert codes == [0, 64]


def test_masked_documents_can_not_be_applied_by_mistake(
    pvm: Run, env: Mapping[str, str], applied: Repository, tmp_path: Path
) -> None:
    copy = Repository(tmp_path / "copy", "acme").write()
    masked = pvm("export", "-C", str(applied.root), env=env).out
    (copy.root / "files" / "all.yaml").write_text(masked)

    ran = pvm("validate", "-C", str(copy.root))

    assert (ran.code, "placeholders" in ran.out) == (65, True)
