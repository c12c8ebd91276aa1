"""Footprints over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from reconciler.server.api.answers import plain, require_offered
from reconciler.server.api.call import Signed
from reconciler.server.api.description import answers
from reconciler.server.api.device_rows import FootprintsRow
from reconciler.server.api.queries import read_time
from reconciler.server.api.representation import time_text
from reconciler.server.domain.errors import refuse
from reconciler.server.domain.footprint import Footprint
from reconciler.server.usecases import footprints

router = APIRouter(prefix="/admin/api/v1", tags=["admin-controller"])


@router.get("/devices/footprints", responses=answers(FootprintsRow, tagged=False))
def list_footprints(
    request: Request,
    call: Signed,
    used_after: Annotated[
        str, Query(alias="usedAfter", description="Uses of tokens from then on count, UTC")
    ],
) -> Response:
    """How many active devices used which tokens, and are registered at which site.

    Each device counts in one row. Sites are left out for callers who may not read devices.
    """
    require_offered(request, "devices")
    since = read_time("usedAfter", used_after)
    if since is None:
        refuse("usedAfter", "is missing")
    found = footprints.list_footprints(call.world, call.caller, since, call.customer)
    return plain(
        {
            "usedAfter": time_text(since),
            "devices": sum(row.devices for row in found),
            "footprints": [_show(row) for row in found],
        }
    )


def _show(row: Footprint) -> dict[str, object]:
    return {
        "tokens": row.tokens,
        "bootstraps": row.bootstraps,
        "site": row.site,
        "devices": row.devices,
    }
