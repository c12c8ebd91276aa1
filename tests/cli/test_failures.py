from datetime import UTC, datetime

import click
import pytest

from reconciler.cli.call import Call
from reconciler.cli.failures import report_bug, report_failure
from reconciler.core.inventory import LeaseLost, Locked
from reconciler.core.plan_age import Expired
from reconciler.core.ports import Denied, Rejected, Stale, Unreachable
from reconciler.core.problem import InvalidInput, Misuse, Problem

CANARY = "canary-5d0f"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

FAILURES = {
    "misuse": (Misuse("no pvm.yaml", "write one"), 64, "error[usage]: no pvm.yaml"),
    "invalid": (InvalidInput((Problem("bad-yaml", "no"),)), 65, "error[bad-yaml]: no"),
    "unreachable": (Unreachable("GET /x", "refused"), 69, "error[unreachable]: GET /x: refused"),
    "denied": (Denied("GET /x", "403"), 77, "error[denied]: GET /x: 403"),
    "rejected": (Rejected("GET /x", "400"), 1, "error[refused]: GET /x: 400"),
    "stale": (Stale("POST /x", "412"), 1, "error[stale]: POST /x: 412"),
    "expired": (Expired(Problem("plan-expired", "old")), 5, "error[plan-expired]: old"),
    "locked by people": (
        Locked("j.doe", NOON, "INC-4417"),
        8,
        "error[locked]: j.doe locked this project until 2026-11-22 12:00:00Z: INC-4417",
    ),
    "locked by an apply": (
        Locked("ci/4711", NOON),
        8,
        "error[locked]: ci/4711 is applying; its lease ends 2026-11-22 12:00:00Z",
    ),
    "lost lease": (
        LeaseLost("ci/4712 took it"),
        7,
        "error[lease-lost]: another apply may write now: ci/4712 took it",
    ),
    "usage": (click.UsageError("what?"), 64, "error[usage]: what?"),
    "missing file": (FileNotFoundError(2, "No such file", "a"), 64, "error[file]: a: No such file"),
    "full disk": (OSError(28, "No space left"), 1, "error[file]: No space left"),
    "interrupted": (click.Abort(), 130, "error[interrupted]: interrupted"),
}


@pytest.mark.parametrize(("failure", "code", "line"), FAILURES.values(), ids=FAILURES)
def test_each_failure_has_its_code_and_its_line(
    failure: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_failure(failure, Call()) == code

    out, err = capsys.readouterr()
    assert out == ""
    assert err.split("\n")[0] == line
    assert "Traceback" not in err


def test_a_name_from_the_server_can_not_act_on_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report_failure(Rejected("GET /x", "no such \x1b[2J"), Call())

    assert "\\x1b[2J" in capsys.readouterr().err


def test_a_bug_names_its_kind_and_not_what_it_said(capsys: pytest.CaptureFixture[str]) -> None:
    report_bug(KeyError(CANARY), Call())

    err = capsys.readouterr().err
    assert err.startswith("error[internal]: ")
    assert "KeyError" in err
    assert "canary" not in err


def test_vv_shows_where_it_happened_and_no_message_of_a_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call = Call()
    call.verbosity = 2

    with pytest.raises(KeyError) as raised:
        stumble()
    report_bug(raised.value, call)

    err = capsys.readouterr().err
    assert "ValueError\n\nwhich led to:\n" in err
    assert "in stumble" in err
    assert "canary" not in err


def stumble() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        key = CANARY
        raise KeyError(key) from error
