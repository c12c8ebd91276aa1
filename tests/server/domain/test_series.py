"""Series have one point for each day, in order, and lose no count."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.errors import DomainError, ErrorCode
from reconciler.server.domain.series import (
    APP_LABELS,
    PTT_WINDOWS,
    AskedRange,
    Preset,
    Span,
    clamp,
    line,
    read_range,
    token_lines,
)

TODAY = date(2026, 3, 31)
_DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
_NEAR = st.dates(date(2025, 12, 1), date(2026, 4, 10))


@pytest.mark.requirement("G-04")
@pytest.mark.parametrize(
    ("today", "preset", "first"),
    [
        (TODAY, Preset.ONE_MONTH, date(2026, 2, 28)),
        (TODAY, Preset.THREE_MONTHS, date(2025, 12, 31)),
        (TODAY, Preset.SIX_MONTHS, date(2025, 9, 30)),
        (TODAY, None, date(2026, 2, 28)),
        (date(2026, 1, 1), Preset.ONE_MONTH, date(2025, 12, 1)),
        (date(2024, 3, 30), Preset.ONE_MONTH, date(2024, 2, 29)),
        (date(2026, 12, 15), Preset.SIX_MONTHS, date(2026, 6, 15)),
    ],
)
def test_a_preset_goes_back_whole_months(today: date, preset: Preset | None, first: date) -> None:
    assert read_range(AskedRange(preset), today) == Span(first, today)


@given(_DAYS, st.sampled_from(Preset))
def test_a_preset_ends_today_and_starts_in_its_month(today: date, preset: Preset) -> None:
    span = read_range(AskedRange(preset), today)
    months = (today.year - span.first.year) * 12 + today.month - span.first.month
    assert (span.last, months) == (today, preset.months)
    assert span.first.day <= today.day
    assert span.first.day == today.day or (span.first + timedelta(days=1)).day == 1


@pytest.mark.requirement("G-04")
def test_days_of_ones_own_are_taken_as_they_are() -> None:
    first, last = date(2026, 1, 5), date(2026, 1, 9)
    assert read_range(AskedRange(None, first, last), TODAY) == Span(first, last)
    assert read_range(AskedRange(None, first), TODAY) == Span(first, TODAY)
    assert read_range(AskedRange(None, first, first), TODAY) == Span(first, first)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (AskedRange(Preset.ONE_MONTH, TODAY), "range"),
        (AskedRange(Preset.ONE_MONTH, None, TODAY), "range"),
        (AskedRange(None, None, TODAY), "from"),
        (AskedRange(None, TODAY, date(2026, 3, 30)), "from"),
        (AskedRange(None, date(2026, 4, 1)), "from"),
    ],
    ids=["preset and from", "preset and to", "to alone", "backwards", "from tomorrow"],
)
def test_a_range_that_is_none_is_refused(asked: AskedRange, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        read_range(asked, TODAY)
    assert refusal.value.code is ErrorCode.VALIDATION
    assert refusal.value.errors[0].field == field


@pytest.mark.requirement("G-05")
@given(_NEAR, _NEAR, _NEAR)
def test_a_window_is_what_was_collected_of_the_asked_days(
    one: date, other: date, since: date
) -> None:
    span = Span(min(one, other), max(one, other))
    window = clamp(span, since, TODAY)
    asked = [span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)]
    assert list(window.days) == [day for day in asked if since <= day <= TODAY]
    assert window.clamped == (list(window.days) != asked)
    assert window.collected_since == since


@pytest.mark.requirement("G-05")
def test_before_the_first_data_there_is_no_day() -> None:
    window = clamp(Span(date(2026, 3, 1), TODAY), None, TODAY)
    assert (window.days, window.collected_since, window.clamped) == ((), None, True)


@pytest.mark.requirement("G-08")
@given(
    days=st.lists(_NEAR, unique=True).map(sorted),
    counts=st.dictionaries(
        st.tuples(_NEAR, st.sampled_from([str(app_id) for app_id in AppId])), st.integers(1, 10**6)
    ),
)
def test_every_count_of_a_shown_day_is_in_its_line(
    days: list[date], counts: dict[tuple[date, str], int]
) -> None:
    rows = [(day, app_id, count) for (day, app_id), count in counts.items()]
    lines = token_lines(days, rows, APP_LABELS)
    shown = Counter[str]()
    for day, app_id, count in rows:
        shown[app_id] += count if day in days else 0
    assert {app_id: sum(values) for app_id, values in lines.items()} == {
        app_id: shown[app_id] for app_id in APP_LABELS
    }
    assert {len(values) for values in lines.values()} == {len(days)}
    for position, day in enumerate(days):
        for app_id, values in lines.items():
            assert values[position] == counts.get((day, app_id), 0)


@pytest.mark.requirement("G-09")
def test_the_graph_of_requests_has_six_lines_and_windows_is_none_of_the_app_ids() -> None:
    assert list(APP_LABELS.values()) == ["Voice", "PTT-A", "PTT-Win", "WPC", "PTT-iOS", "Central"]
    assert set(APP_LABELS) == {*map(str, AppId), PTT_WINDOWS}


def test_an_application_that_is_not_asked_for_is_left_out() -> None:
    rows = [(TODAY, "WFC_PRO_IOS", 3), (TODAY, "WFC_PC_ANDROID", 4)]
    assert token_lines([TODAY], rows, ["WFC_PRO_IOS"]) == {"WFC_PRO_IOS": (3,)}


@given(st.lists(_NEAR, unique=True).map(sorted), st.dictionaries(_NEAR, st.integers(0, 9)))
def test_a_line_knows_which_days_are_missing(days: list[date], points: dict[date, int]) -> None:
    values = line(days, points, None)
    assert [day for day, value in zip(days, values, strict=True) if value is not None] == [
        day for day in days if day in points
    ]
    assert line(days, points, 0) == tuple(value or 0 for value in values)
