"""The dashboard: seats and requests by day."""

from reconciler.server.domain.app_ids import check_app_id
from reconciler.server.domain.caller import Caller
from reconciler.server.domain.roles import Permission
from reconciler.server.domain.series import (
    APP_LABELS,
    AskedRange,
    Chart,
    clamp,
    line,
    read_range,
    token_lines,
)
from reconciler.server.usecases.ports import World
from reconciler.server.usecases.scope import present, reach


def chart_tokens(
    world: World,
    caller: Caller,
    asked: AskedRange,
    app_id: str | None = None,
    customer: str | None = None,
) -> Chart:
    """Requests of each application, or of one (G-08). Raises FORBIDDEN, VALIDATION.

    The vendor's chart without a customer sums over all of them.
    """
    caller.require(Permission.READ_REPORTS)
    app_ids = tuple(APP_LABELS) if app_id is None else (str(check_app_id(app_id)),)
    today = present(world).date()
    span = read_range(asked, today)
    with world.store.read(reach(world, caller, customer)) as tx:
        window = clamp(span, tx.token_requests.first_day(), today)
        days = window.days
        counts = tx.token_requests.series(days[0], days[-1]) if days else ()
    return Chart(window, token_lines(days, counts, app_ids))


def chart_licenses(
    world: World, caller: Caller, asked: AskedRange, customer: str | None = None
) -> Chart:
    """Seats bought and held, of both types (G-02, G-03). Raises FORBIDDEN, VALIDATION.

    The vendor's chart without a customer sums over all that have a snapshot of the day.
    """
    caller.require(Permission.READ_LICENSES)
    today = present(world).date()
    span = read_range(asked, today)
    with world.store.read(reach(world, caller, customer)) as tx:
        window = clamp(span, tx.snapshots.first_day(), today)
        days = window.days
        found = tx.snapshots.days(days[0], days[-1]) if days else ()
    lines = {
        "premiumUsed": line(days, {row.day: row.premium_used for row in found}, None),
        "premiumTotal": line(days, {row.day: row.premium_total for row in found}, None),
        "standardUsed": line(days, {row.day: row.standard_used for row in found}, None),
        "standardTotal": line(days, {row.day: row.standard_total for row in found}, None),
    }
    return Chart(window, lines)
