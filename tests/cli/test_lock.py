import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.repositories import Repository
from tests.remote.fake_server import FakeServer


def test_a_locked_project_is_not_applied_until_it_is_unlocked(call: Run, fake: FakeServer) -> None:
    locked = call("lock", "--until", "2h", "--reason", "INC-4417: scanners fail")
    assert locked.code == 0, locked.all
    assert "locked until" in locked.out
    assert "INC-4417: scanners fail" in locked.out
    stopped = call("apply", "--yes")
    assert stopped.code in (6, 8)
    assert "INC-4417" in stopped.all
    assert set(fake.rows["site"]) == set()
    assert call("unlock").out.strip().endswith("not locked")
    assert call("apply", "--yes").code == 0
    assert call("unlock").code == 0


def test_a_lock_ends_by_the_servers_clock(call: Run, fake: FakeServer) -> None:
    moment = fake.clock() + timedelta(minutes=10)
    shown = json.loads(
        call("lock", "--until", moment.isoformat(), "--reason", "x", "-o", "json").out
    )
    assert shown["lock"]["until"] == moment.isoformat()
    shown = json.loads(call("lock", "--until", "30m", "--reason", "x", "-o", "json").out)
    assert shown["lock"]["until"] == (fake.clock() + timedelta(minutes=30)).isoformat()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--until", "2h"), "--reason"),
        (("--reason", "x"), "--until"),
        (("--until", "soon", "--reason", "x"), "'soon' is no time"),
        (("--until", "2026-11-30T18:00", "--reason", "x"), "time in UTC"),
        (("--until", "2h", "--reason", " "), "says nothing"),
        (("--until", "2020-01-01T00:00Z", "--reason", "x"), "is over"),
    ],
)
def test_a_lock_without_end_or_reason_is_refused(
    call: Run, fake: FakeServer, args: tuple[str, ...], words: str
) -> None:
    ran = call("lock", *args)
    assert ran.code == 64
    assert words in ran.err
    assert fake.writes == 0


def test_a_lock_needs_no_sound_documents(call: Run, tmp_path: Path) -> None:
    Repository(tmp_path, "acme").spoil()
    assert call("lock", "--until", "1h", "--reason", "stop").code == 0
    assert call("unlock").code == 0
