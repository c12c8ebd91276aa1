"""The dashboard's series: one point for each day, UTC (G-02 to G-09)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from reconciler.server.domain.app_ids import AppId
from reconciler.server.domain.errors import refuse

Missing = TypeVar("Missing", int, None)
_ONE_DAY = timedelta(days=1)

PTT_WINDOWS = "PTT-Win"
APP_LABELS: Mapping[str, str] = MappingProxyType(
    {
        str(AppId.VOICE): "Voice",
        str(AppId.PTT_PRO_ANDROID): "PTT-A",
        PTT_WINDOWS: PTT_WINDOWS,
        str(AppId.PROFILE_CLIENT): "WPC",
        str(AppId.PTT_PRO_IOS): "PTT-iOS",
        str(AppId.CENTRAL_SERVICE): "Central",
    }
)
"""The lines of the graph of token requests and their labels (G-09).

Lines go by App ID. PTT Pro for Windows has none, since it takes no token: its line stays at zero
(Q-15).
"""


class Preset(StrEnum):
    """Ranges in months that end today (G-04)."""

    ONE_MONTH = "1m"
    THREE_MONTHS = "3m"
    SIX_MONTHS = "6m"

    @property
    def months(self) -> int:
        """How many months it goes back."""
        return int(self.value.removesuffix("m"))


@dataclass(frozen=True, slots=True)
class AskedRange:
    """A preset, or days of one's own, both included; nothing at all is one month."""

    preset: Preset | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Window:
    """The days that series show, in order: those of the asked ones that have data (G-05).

    `clamped` when that is not all of them. `collected_since` is None before the first data.
    """

    days: tuple[date, ...]
    collected_since: date | None
    clamped: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A graph's lines; each has one value for each day of the window.

    None is a day of which nothing is known: repeating the day before would be made up.
    """

    window: Window
    lines: Mapping[str, tuple[int | None, ...]]


def read_range(asked: AskedRange, today: date) -> Span:
    """The days that are asked for. Raises VALIDATION."""
    if asked.first is None and asked.last is None:
        preset = asked.preset or Preset.ONE_MONTH
        return Span(_months_before(today, preset.months), today)
    if asked.preset is not None:
        refuse("range", "take either range, or from and to")
    if asked.first is None:
        refuse("from", "to needs a from")
    last = today if asked.last is None else asked.last
    if last < asked.first:
        refuse("from", "must not be after to, nor after today when to is left out")
    return Span(asked.first, last)


def clamp(span: Span, collected_since: date | None, today: date) -> Window:
    """The span without the days before the first data, and without those to come."""
    if collected_since is None:
        return Window((), None, clamped=True)
    first, last = max(span.first, collected_since), min(span.last, today)
    count = max(0, (last - first).days + 1)
    days = tuple(first + _ONE_DAY * number for number in range(count))
    return Window(days, collected_since, clamped=(first, last) != (span.first, span.last))


def token_lines(
    days: Sequence[date], counts: Iterable[tuple[date, str, int]], app_ids: Iterable[str]
) -> Mapping[str, tuple[int, ...]]:
    """A line for each application; a day without requests is zero (G-08)."""
    by_app: dict[str, dict[date, int]] = {app_id: {} for app_id in app_ids}
    for day, app_id, count in counts:
        if app_id in by_app:
            by_app[app_id][day] = count
    return {app_id: line(days, points, 0) for app_id, points in by_app.items()}


def line(
    days: Sequence[date], points: Mapping[date, int], missing: Missing
) -> tuple[int | Missing, ...]:
    """The points' values day by day; `missing` where there is none."""
    return tuple(points.get(day, missing) for day in days)


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + _ONE_DAY * (day.day - 1), following - _ONE_DAY)
