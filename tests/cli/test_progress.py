import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.call import Call
from reconciler.cli.progress import INTERVAL_SECONDS, PeriodicLine, progress_text, shown_progress
from reconciler.core.identity import ResourceId
from reconciler.core.outcome import Applied
from reconciler.workflow.apply import Progress, stay_silent
from tests.cli.test_terminal import Terminal

DONE = Applied(ResourceId("Site", "s"), "created")


def test_the_line_tells_count_rate_and_time_left() -> None:
    text = progress_text(Progress(400, 3331, DONE), 10.0)

    assert text == "applied   400 of 3,331 · 40.0/s · 73 s left"


@given(st.lists(st.floats(min_value=0, max_value=60), min_size=1, max_size=50))
def test_lines_are_at_least_ten_seconds_apart(waits: list[float]) -> None:
    # Planted: without remembering when it told last, every step after ten seconds is a line.
    now, told = 0.0, [0.0]
    line = PeriodicLine(lambda _: told.append(now), clock=lambda: now)

    for done, wait in enumerate(waits, start=1):
        now += wait
        line(Progress(done, 99, DONE))

    assert all(later - earlier >= INTERVAL_SECONDS for earlier, later in pairwise(told))
    assert now - told[-1] < INTERVAL_SECONDS


def test_without_a_terminal_a_short_run_prints_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown_progress(2, Call()) as tell:
        tell(Progress(1, 2, DONE))

    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_line_that_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with shown_progress(2, Call()) as tell:
        tell(Progress(2, 2, DONE))

    assert "2/2" in terminal.getvalue()


def test_quiet_shows_no_progress() -> None:
    call = Call()
    call.quiet = True

    with shown_progress(2, call) as tell:
        assert tell is stay_silent
