"""The dashboard's series over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from reconciler.server.api.answers import plain
from reconciler.server.api.call import Signed
from reconciler.server.api.description import answers
from reconciler.server.api.queries import read_day
from reconciler.server.api.report_rows import LicenseChartRow, TokenChartRow
from reconciler.server.domain.series import AskedRange, Chart, Preset
from reconciler.server.usecases import dashboard

router = APIRouter(prefix="/admin/api/v1/dashboard", tags=["dashboard-controller"])


async def _asked_range(
    preset: Annotated[
        Preset | None,
        Query(alias="range", description="Months until today; 1m when nothing is given"),
    ] = None,
    first: Annotated[
        str | None, Query(alias="from", description="UTC day, included, in place of range")
    ] = None,
    last: Annotated[
        str | None, Query(alias="to", description="UTC day, included; today when left out")
    ] = None,
) -> AskedRange:
    return AskedRange(preset, read_day("from", first), read_day("to", last))


Ranged = Annotated[AskedRange, Depends(_asked_range)]


def show(chart: Chart) -> dict[str, object]:
    """A chart as it is answered."""
    window = chart.window
    days = [day.isoformat() for day in window.days]
    return {
        "from": days[0] if days else None,
        "to": days[-1] if days else None,
        "collectedSince": _day(window.collected_since),
        "clamped": window.clamped,
        "series": {
            name: list(zip(days, values, strict=True)) for name, values in chart.lines.items()
        },
    }


@router.get("/licenses", responses=answers(LicenseChartRow, tagged=False))
def chart_licenses(call: Signed, asked: Ranged) -> Response:
    """Seats bought and held by day: four lines. A day without a snapshot is null."""
    return plain(show(dashboard.chart_licenses(call.world, call.caller, asked, call.customer)))


@router.get("/tokens", responses=answers(TokenChartRow, tagged=False))
def chart_tokens(
    call: Signed,
    asked: Ranged,
    app_id: Annotated[str | None, Query(alias="appId", description="Only this line")] = None,
) -> Response:
    """Token requests by day: a line for each application, and `PTT-Win`, which is always zero."""
    chart = dashboard.chart_tokens(call.world, call.caller, asked, app_id, call.customer)
    return plain(show(chart))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
