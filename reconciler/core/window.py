"""The hours in which a plan with waves may be applied."""

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler.core.problem import InvalidInput, Problem
from reconciler.core.project import Window


def window_open(window: Window, now: datetime) -> bool:
    """Whether `now`, which is aware, lies within; the clock on the wall in the zone decides.

    When clocks are set back, the hour that comes twice counts twice. A window that starts when it
    ends is open all day.

    Raises:
        InvalidInput: Nobody knows the zone, so nobody can tell.
    """
    wall = now.astimezone(_zone(window.zone)).time()
    if window.start < window.end:
        return window.start <= wall < window.end
    return wall >= window.start or wall < window.end


def next_opening(window: Window, now: datetime) -> datetime:
    """When a window that is closed at `now` opens, on the zone's clock.

    A day whose clocks skip the whole window has none.

    Raises:
        InvalidInput: As `window_open`.
    """
    zone = _zone(window.zone)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=days) for days in count())
    starts = (datetime.combine(day, window.start, zone) for day in days)
    # By way of UTC: a time that the clocks skip becomes the one they show instead.
    moments = (start.astimezone(UTC).astimezone(zone) for start in starts)
    return next(one for one in moments if one > now and window_open(window, one))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        problem = Problem(
            code="unknown-zone",
            message=f'"{name}" is no time zone that this machine knows',
            help="write an IANA name such as Europe/Amsterdam below rollout.window in pvm.yaml",
        )
        raise InvalidInput((problem,)) from error
