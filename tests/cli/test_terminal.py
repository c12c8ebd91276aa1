import io
import sys

import pytest

from reconciler.cli.call import Call
from reconciler.cli.terminal import styled, view, width, write_error, write_note, write_result


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


class FullDisk(io.StringIO):
    def flush(self) -> None:
        raise OSError(28, "No space left on device")


@pytest.fixture
def call() -> Call:
    return Call()


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_lines_are_coloured_by_their_sign() -> None:
    text = "PENDING   x\n  + 1 site\n  ~ 1 site\n  - 1 site\n  x Site/a\nplan      1 create"

    lines = styled(text).split("\n")

    assert [line.startswith("\x1b[") for line in lines] == [True] * 5 + [False]
    assert lines[1] == "\x1b[32m  + 1 site\x1b[0m"


def test_a_terminal_gets_colour(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)

    write_result("  + 1 site", call)

    assert terminal.getvalue() == "\x1b[32m  + 1 site\x1b[0m\n"


@pytest.mark.parametrize("reason", ["option", "environment", "format", "no terminal"])
def test_nothing_else_gets_colour(call: Call, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    stream = io.StringIO() if reason == "no terminal" else Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    call.no_color = reason == "option"
    call.format = "markdown" if reason == "format" else "text"
    if reason == "environment":
        monkeypatch.setenv("NO_COLOR", "1")

    write_result("  + 1 site", call)

    assert stream.getvalue() == "  + 1 site\n"


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_reader_that_went_away_is_no_failure(
    call: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(sys, name, ClosedPipe())

    write_result("one", call)
    write_error("two", call)

    getattr(sys, name).write("the stream goes on into nothing")
    getattr(sys, name).close()


def test_quiet_leaves_notes_out_and_errors_in(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    call.quiet = True

    write_note("a note", call)
    write_error("an error", call)

    assert capsys.readouterr().err == "an error\n"


@pytest.mark.parametrize(("columns", "used"), [("100", 100), ("10", 60), ("999", 200)])
def test_the_width_stays_within_reason(
    monkeypatch: pytest.MonkeyPatch, columns: str, used: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    assert width() == used


def test_v_shows_everything(call: Call) -> None:
    call.verbosity = 1

    assert view(call).full


def test_what_the_terminal_can_not_write_is_escaped(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    write_result("a → b", call)

    assert raw.getvalue() == b"a \\u2192 b\n"


def test_a_full_disk_is_told_by_the_name_of_the_stream(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", FullDisk())

    with pytest.raises(OSError, match="standard output"):
        write_result("text", call)
