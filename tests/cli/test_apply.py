"""An apply that meets faults, signals and people, as a process of its own."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.cli.conftest import Run
from tests.cli.loopback import listening
from tests.cli.repositories import Repository
from tests.remote.fake_server import FakeServer, Fault, problem

PATIENCE_SECONDS = 30


@pytest.fixture
def fake() -> FakeServer:
    """One write at a time, so that a test can meet each of them."""
    return FakeServer(offers=("etag", "ndjson", "events", "devices", "sources"))


@contextmanager
def started(
    *args: str, env: Mapping[str, str], stdin: int | None = None, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """The program as a process that does not outlive a test, whatever becomes of it."""
    command = [sys.executable, "-c", "from reconciler.cli.main import main; main()", *args]
    with subprocess.Popen(  # noqa: S603 -- our own program
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, **env},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path, "acme").write().declare()


def refuse(fake: FakeServer, kind: str, status: int) -> None:
    fake.faults.append(Fault("POST", kind, lambda _: problem(status, "REFUSED", "not today")))


def names(fake: FakeServer) -> set[str]:
    """What was declared; the inventory is left out."""
    found = {name for rows in fake.rows.values() for name in rows}
    return {name for name in found if not name.startswith("pvm-")}


def test_what_failed_is_named_and_the_next_run_continues(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    refuse(fake, "token", 400)
    args = ("apply", "--yes", "-C", str(repository.root))

    first, second, third = (pvm(*args, env=env) for _ in range(3))

    assert (first.code, second.code, third.code) == (7, 0, 0)
    assert "acme-counter" in first.out
    assert "2 created · 1 failed" in first.out
    assert "1 created" in second.out
    assert "nothing to do" in third.out


def test_when_the_first_write_fails_nothing_was_written(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    refuse(fake, "site", 400)

    ran = pvm("apply", "--yes", "-C", str(repository.root), env=env)

    assert (ran.code, names(fake)) == (1, set())
    assert "1 failed · 2 skipped" in ran.out


def test_what_somebody_changed_meanwhile_is_stale(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    pvm("apply", "--yes", "-C", str(repository.root), env=env)
    repository.declare(idle=60)

    def meddle(_: int, __: str) -> None:
        if fake.seen[-1].params.get("name") == "acme-settings":
            fake.rows["bootstrap"]["acme-settings"]["version"] = 99

    fake.person = meddle

    ran = pvm("apply", "--yes", "-C", str(repository.root), env=env)

    assert ran.code == 5


def test_without_yes_nothing_is_asked_of_the_server(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    ran = pvm("apply", "-C", str(repository.root), env=env)

    assert (ran.code, fake.seen) == (64, [])


def test_the_plan_stands_on_standard_error_and_the_receipt_is_the_result(
    pvm: Run, env: Mapping[str, str], repository: Repository
) -> None:
    ran = pvm("apply", "--yes", "-C", str(repository.root), env=env)

    assert "PENDING" in ran.err
    assert "applied   3 created" in ran.out


def test_quiet_leaves_the_receipt_alone(
    pvm: Run, env: Mapping[str, str], repository: Repository
) -> None:
    ran = pvm("apply", "--yes", "-q", "-C", str(repository.root), env=env)

    assert (ran.code, ran.err) == (0, "")


def test_a_saved_plan_holds_no_secret_and_reads_back(
    pvm: Run, env: Mapping[str, str], repository: Repository, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    made = pvm("plan", "--out", str(file), "-C", str(repository.root), env=env)
    shown = pvm("show", str(file))

    assert "canary" not in file.read_text()
    assert shown.out == made.out
    assert str(file) in made.err


@pytest.mark.parametrize(("said", "result"), [("y", (0, 3)), ("n", (1, 0)), ("", (1, 0))])
def test_on_a_terminal_it_asks_first(
    fake: FakeServer,
    env: Mapping[str, str],
    repository: Repository,
    said: str,
    result: tuple[int, int],
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{said}\n".encode())
    args = ("apply", "-C", str(repository.root))
    with started(*args, env=env, stdin=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = _read_all(ours)
        process.communicate(timeout=PATIENCE_SECONDS)
    os.close(ours)

    assert (process.returncode, len(names(fake))) == result
    assert "Apply this to test?" in shown


def _read_all(terminal: int) -> str:
    """Everything up to the moment the other side is gone, which a terminal reports as an error."""
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            part = b""
        if not part:
            return b"".join(parts).decode()
        parts.append(part)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_lets_the_running_write_finish_and_starts_no_other(
    fake: FakeServer, env: Mapping[str, str], repository: Repository, number: int, code: int
) -> None:
    arrived, release = Event(), Event()

    def handle(request: httpx.Request) -> httpx.Response:
        if (request.method, request.url.path) == ("POST", "/admin/api/v1/site"):
            arrived.set()
            assert release.wait(PATIENCE_SECONDS)
        return fake.handle(request)

    args = ("apply", "--yes", "-C", str(repository.root))
    with listening(handle) as url, started(*args, env={**env, "PVM_URL": url}) as process:
        assert arrived.wait(PATIENCE_SECONDS)
        process.send_signal(number)
        assert process.stderr is not None
        assert any(line.startswith("stopping:") for line in process.stderr)
        release.set()
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, names(fake)) == (code, {"acme-site"})
    assert "1 created · 2 skipped" in out
    assert "again to continue" in out


def with_a_user(repository: Repository) -> tuple[str, ...]:
    """The arguments of an apply that creates an account and mails nobody."""
    project = repository.root / "pvm.yaml"
    project.write_text(project.read_text().replace("scope:", 'scope:\n  users: ["j.*"]'))
    user = "kind: PortalUser\nname: j.doe\nuserName: J\nrole: User\nemail: j@acme.example\n"
    (repository.root / "files" / "users.yaml").write_text(user)
    return ("apply", "--yes", "--no-invitations", "-C", str(repository.root))


def test_without_invitations_a_new_user_is_created_silently(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    fake.offers = ("etag", "invitations")

    assert pvm(*with_a_user(repository), env=env).code == 0
    (sent,) = [one.params for one in fake.seen if one.method == "POST" and "user" in one.path]
    assert sent == {"name": "j.doe", "silent": "true"}


def test_without_invitations_nothing_is_written_where_the_server_always_mails(
    pvm: Run, fake: FakeServer, env: Mapping[str, str], repository: Repository
) -> None:
    done = pvm(*with_a_user(repository), env=env)

    assert done.code == 64
    assert "this server mails each new user, and the plan creates 1" in done.err
    assert names(fake) == set()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_what_was_applied_is_not_called_a_failure_where_its_report_does_not_fit(call: Run) -> None:
    """1 would say that nothing was written."""
    ran = call("apply", "--yes", "--report", "html=/dev/full")

    assert ran.code == 7, ran.all
    assert "3 created" in ran.out
    assert "/dev/full: No space left on device" in ran.err
