"""The whole way, against the real server: from files to what a device gets, and back."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Run
from tests.cli.repositories import PSK, Repository
from tests.live_server import RunningServer, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def env(server: RunningServer) -> Mapping[str, str]:
    user = server.user("Super-Admin")
    return {"PVM_URL": server.url, "PVM_USERNAME": user.login, "PVM_PASSWORD": user.password}


def test_files_become_what_a_device_gets(pvm: Run, env: Mapping[str, str], tmp_path: Path) -> None:
    repository = Repository(tmp_path, "story").write().declare()
    here = ("-C", str(repository.root))

    planned = pvm("plan", "--detailed-exitcode", *here, env=env)
    applied = pvm("apply", "--yes", *here, env=env)
    again = pvm("plan", "--detailed-exitcode", *here, env=env)
    device = pvm("device", "fetch", "story-counter", *here, env=env)
    repository.declare(idle=60)
    pending = pvm("plan", *here, env=env)
    drift = pvm("drift", *here, env=env)
    updated = pvm("apply", "--yes", *here, env=env)
    explained = pvm("explain", "bootstrap/story-settings/idle", *here, env=env)
    doctor = pvm("doctor", *here, env=env)

    runs = (planned, applied, again, device, pending, drift, updated, explained, doctor)
    assert [ran.code for ran in runs] == [2, *8 * (0,)], [ran.all for ran in runs]
    assert "3 created" in applied.out
    assert "nothing to do · 3 unchanged" in again.out
    assert json.loads(device.out)["idle"] == 30
    assert "/idle    30 → 60" in pending.out
    assert "drift     none" in drift.out
    assert "1 updated" in updated.out
    assert "files/all.yaml:9" in explained.out
    secrets = (PSK, env["PVM_PASSWORD"])
    assert [s for s in secrets if any(s in ran.all for ran in runs)] == []


def test_what_is_no_longer_declared_goes_only_with_prune(
    pvm: Run, env: Mapping[str, str], tmp_path: Path
) -> None:
    repository = Repository(tmp_path, "prune").write().declare()
    spare = repository.spare()
    here = ("-C", str(repository.root))
    pvm("apply", "--yes", *here, env=env)
    spare.unlink()

    kept = pvm("plan", "--detailed-exitcode", *here, env=env)
    pruned = pvm("apply", "--yes", "--prune", *here, env=env)

    assert (kept.code, "Token/prune-spare" in kept.out) == (0, True)
    assert (pruned.code, "1 deleted" in pruned.out) == (0, True)


def test_a_guard_stops_too_many_deletions_until_they_are_acknowledged(
    pvm: Run, env: Mapping[str, str], tmp_path: Path
) -> None:
    repository = Repository(tmp_path, "guard").write(prune="scope").declare()
    spare = repository.spare()
    here = ("-C", str(repository.root))
    pvm("apply", "--yes", *here, env=env)
    project = repository.root / "pvm.yaml"
    project.write_text(project.read_text() + "safety: {deletes: {count: 0}}\n")
    spare.unlink()

    stopped = pvm("apply", "--yes", *here, env=env)
    acknowledged = pvm("apply", "--yes", "--ack", "deletes.Token=1", *here, env=env)

    assert (stopped.code, "--ack deletes.Token=1" in stopped.all) == (6, True)
    assert acknowledged.code == 0


@pytest.mark.parametrize("format_", ["json", "text"])
def test_a_device_needs_no_project_and_no_credentials(
    pvm: Run, env: Mapping[str, str], tmp_path: Path, format_: str
) -> None:
    repository = Repository(tmp_path / "r", "lone").write().declare()
    pvm("apply", "--yes", "-C", str(repository.root), env=env)
    only_url = {"PVM_URL": env["PVM_URL"]}

    ran = pvm("device", "fetch", "lone-counter", "-o", format_, "-C", str(tmp_path), env=only_url)

    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["site"] == "lone-site"
    assert PSK not in ran.all
    assert "masked" in ran.err


@pytest.mark.parametrize(
    ("url", "code"),
    [(None, 1), ("http://127.0.0.1:9", 69), ("", 64)],
    ids=["real", "none", "empty"],
)
def test_a_token_that_nobody_knows_is_an_error(
    pvm: Run, env: Mapping[str, str], tmp_path: Path, url: str | None, code: int
) -> None:
    there = {"PVM_URL": env["PVM_URL"] if url is None else url}

    ran = pvm("device", "fetch", "nobody", "-C", str(tmp_path), env=there)

    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("error[")


def test_an_app_that_the_token_is_not_for_is_refused(
    pvm: Run, env: Mapping[str, str], tmp_path: Path
) -> None:
    repository = Repository(tmp_path, "app").write().declare()
    here = ("-C", str(repository.root))
    pvm("apply", "--yes", *here, env=env)

    apps = ("WFC_PRO_ANDROID", "WFC_VOICE_ANDROID")
    codes = [
        pvm("device", "fetch", "app-counter", "--app-id", a, *here, env=env).code for a in apps
    ]

    assert codes == [0, 77]


@pytest.mark.requirement("P-11", "U-15")
def test_of_two_writers_the_late_one_is_refused_and_drift_names_the_other(
    server: RunningServer, pvm: Run, env: Mapping[str, str], tmp_path: Path
) -> None:
    repository = Repository(tmp_path, "writers").write().declare()
    pvm("apply", "--yes", "-C", str(repository.root), env=env)
    colleague, me = server.user("Admin"), server.user("Super-Admin")
    address = "/admin/api/v1/bootstrap?name=writers-settings"

    with httpx.Client(base_url=server.url) as http:
        mine, theirs = (bearer(http, user.login, user.password) for user in (me, colleague))
        seen = http.get(address, headers=mine).headers["etag"]
        first = http.post(address, headers={**theirs, "If-Match": seen}, json={"idle": 45})
        late = http.post(address, headers={**mine, "If-Match": seen}, json={"idle": 50})
    drifted = pvm("drift", "-C", str(repository.root), env=env)

    assert (first.status_code, late.status_code) == (200, 412)
    assert late.json()["code"] == "STALE_VERSION"
    assert f"{colleague.login}, 20" in " ".join(drifted.out.split())


def bearer(http: httpx.Client, login: str, password: str) -> dict[str, str]:
    answer = http.post("/admin/api/v1/auth/admin", json={"username": login, "password": password})
    return {"authorization": f"Bearer {answer.json()['accessToken']}"}
