from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.problem import InvalidInput
from reconciler.core.project import Window
from reconciler.core.window import next_opening, window_open

AMSTERDAM = "Europe/Amsterdam"
NIGHT = Window(time(21), time(5), AMSTERDAM)
DAY = Window(time(9), time(17), AMSTERDAM)

_MINUTES_OF_TWO_YEARS = 2 * 365 * 24 * 60

moments = st.integers(0, _MINUTES_OF_TWO_YEARS).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
windows = st.builds(Window, times, times, st.sampled_from((AMSTERDAM, "America/New_York", "UTC")))


def wall(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(AMSTERDAM))


@pytest.mark.parametrize(
    ("hour", "minute", "open_"),
    [(20, 59, False), (21, 0, True), (23, 59, True), (0, 0, True), (4, 59, True), (5, 0, False)],
)
def test_a_window_may_cross_midnight(hour: int, minute: int, *, open_: bool) -> None:
    assert window_open(NIGHT, wall(22, hour, minute)) is open_


@pytest.mark.parametrize(("hour", "open_"), [(8, False), (9, True), (16, True), (17, False)])
def test_a_window_of_one_day_ends_before_its_end(hour: int, *, open_: bool) -> None:
    assert window_open(DAY, wall(22, hour)) is open_


def test_the_clock_of_the_zone_counts_in_summer_and_in_winter() -> None:
    assert window_open(DAY, datetime(2026, 7, 1, 7, 30, tzinfo=UTC))
    assert not window_open(DAY, datetime(2026, 12, 1, 7, 30, tzinfo=UTC))


def test_the_hour_that_comes_twice_counts_twice() -> None:
    window = Window(time(2), time(3), AMSTERDAM)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert [window_open(window, first + timedelta(hours=n)) for n in range(3)] == [
        True,
        True,
        False,
    ]


def test_a_night_whose_clocks_skip_the_window_has_none() -> None:
    window = Window(time(2), time(2, 30), AMSTERDAM)
    opens = next_opening(window, datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert opens == datetime(2026, 3, 30, 2, tzinfo=ZoneInfo(AMSTERDAM))


def test_the_next_opening_is_told_on_the_clock_of_the_zone() -> None:
    opens = next_opening(NIGHT, datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert f"{opens:%Y-%m-%d %H:%M %Z}" == "2026-11-22 21:00 CET"


def test_a_zone_that_nobody_knows_is_an_error_and_not_an_open_window() -> None:
    with pytest.raises(InvalidInput) as caught:
        window_open(Window(time(1), time(2), "Europe/Atlantis"), wall(22, 1))
    assert "Europe/Atlantis" in caught.value.problems[0].message


@given(windows, moments)
def test_a_window_and_its_complement_are_never_open_together(
    window: Window, moment: datetime
) -> None:
    other = Window(window.end, window.start, window.zone)
    always = window.start == window.end
    assert (window_open(window, moment) != window_open(other, moment)) or always


@given(windows, moments)
def test_nothing_opens_between_now_and_the_next_opening(window: Window, moment: datetime) -> None:
    if window_open(window, moment):
        return
    opens = next_opening(window, moment)
    assert opens > moment
    assert window_open(window, opens)
    assert not window_open(window, opens - timedelta(seconds=1))
