import json
import os
import re
import subprocess
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.repositories import Repository
from tests.remote.fake_server import LOGIN_NAME, FakeServer, Fault, problem


def test_history_lists_applies_the_latest_first(call: Run, tmp_path: Path) -> None:
    assert "never applied" in call("history").out
    call("apply", "--yes")
    Repository(tmp_path, "acme").declare(idle=60)
    call("apply", "--yes")
    ran = call("history")
    assert ran.code == 0, ran.all
    lines = [line for line in ran.out.splitlines() if line.startswith("  #")]
    assert [line.split()[0] for line in lines] == ["#2", "#1"]
    assert "1 updated" in lines[0]
    assert LOGIN_NAME in lines[0]
    notes = json.loads(call("history", "-o", "json").out)["notes"]
    assert [note["number"] for note in notes] == [2, 1]


def test_status_tells_what_waits_and_what_drifted(
    call: Run, fake: FakeServer, tmp_path: Path
) -> None:
    call("apply", "--yes")
    shown = json.loads(call("status", "-o", "json").out)
    assert shown["last"]["number"] == 1
    assert not any(shown["counts"].values())
    Repository(tmp_path, "acme").declare(idle=60)
    fake.rows["token"]["acme-counter"]["description"] = "edited"
    ran = call("status")
    assert ran.code == 0, ran.all
    assert "pending   1 change" in ran.out
    assert "drift     1 object" in ran.out
    assert "applied   #1" in ran.out
    assert len(ran.out.splitlines()) < 24
    counts = json.loads(call("status", "-o", "json").out)["counts"]
    assert counts == {"pending": 1, "records": 0, "drift": 1, "conflict": 0, "blocked": 0}


def test_status_before_the_first_apply(call: Run) -> None:
    ran = call("status")
    assert ran.code == 0
    assert "applied   never" in ran.out
    assert "pending   3 changes" in ran.out


def test_status_tells_lock_and_what_the_server_lacks(call: Run, fake: FakeServer) -> None:
    fake.offers = ("ndjson",)
    call("lock", "--until", "1h", "--reason", "INC-9")
    ran = call("status")
    assert ran.code == 0, ran.all
    assert "INC-9" in ran.out
    assert "no entity tags" in ran.out
    shown = json.loads(call("status", "-o", "json").out)
    assert shown["lock"]["reason"] == "INC-9"


def test_status_tells_since_when_the_oldest_change_waits(call: Run, tmp_path: Path) -> None:
    commit(tmp_path, "2026-11-20T12:00:00Z")
    call("apply", "--yes")
    Repository(tmp_path, "acme").declare(idle=60)
    commit(tmp_path, "2026-11-21T12:00:00Z")
    Repository(tmp_path, "acme").declare(idle=61)
    commit(tmp_path, "2026-11-22T11:00:00Z")
    assert "the oldest for 1 d" in call("status").out
    shown = json.loads(call("status", "-o", "json").out)
    assert shown["waitingSince"] == "2026-11-21T12:00:00+00:00"


def test_status_writes_metrics_beside_what_it_prints(
    call: Run, fake: FakeServer, tmp_path: Path
) -> None:
    call("apply", "--yes")
    fake.rows["token"]["acme-counter"]["description"] = "edited"
    fake.happened = [
        {
            "timestamp": "2026-11-22T11:00:00.000Z",
            "type": "TOKEN_UPDATE",
            "userLogin": "j.doe",
            "target": "ACME-counter",
        }
    ]
    file = tmp_path / "pvm.prom"
    ran = call("status", "--metrics", str(file))
    assert ran.code == 0, ran.all
    assert "drift     1 object" in ran.out
    text = file.read_text()
    assert re.search(r'(?m)^pvm_up\{project="acme",target="[a-z]+"\} 1$', text)
    assert re.search(r'(?m)^pvm_drift_objects\{project="acme",target="[a-z]+"\} 1$', text)
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_server_that_can_not_be_reached_leaves_no_old_numbers(
    call: Run, fake: FakeServer, tmp_path: Path
) -> None:
    file = tmp_path / "pvm.prom"
    call("status", "--metrics", str(file))
    assert "pvm_pending_objects" in file.read_text()
    fake.faults.append(Fault("GET", "sites", lambda _: problem(500, "BROKEN"), after=True))
    fake.faults += [Fault("GET", "sites", lambda _: problem(500, "BROKEN"))] * 9
    ran = call("status", "--metrics", str(file))
    assert ran.code == 69, ran.all
    text = file.read_text()
    assert re.search(r'(?m)^pvm_up\{project="acme",target="[a-z]+"\} 0$', text)
    assert "pvm_checked_timestamp_seconds" in text
    assert "pvm_pending_objects" not in text


def test_metrics_that_can_not_be_written_are_an_error(call: Run, tmp_path: Path) -> None:
    ran = call("status", "--metrics", str(tmp_path / "none" / "pvm.prom"))
    assert ran.code == 64, ran.all
    assert "none" in ran.err


def commit(root: Path, moment: str) -> None:
    names = {
        f"GIT_{who}_{what}": "t@acme.example"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    times = {f"GIT_{who}_DATE": moment for who in ("AUTHOR", "COMMITTER")}
    (root / ".gitignore").write_text(".pvm\n")
    for command in ("init -q", "add .", "commit -q -m change"):
        subprocess.run(  # noqa: S603 -- fixed commands
            ["git", *command.split()],  # noqa: S607 -- found as users expect
            cwd=root,
            env={**os.environ, **names, **times},
            check=True,
        )
