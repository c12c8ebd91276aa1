"""History over HTTP."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from reconciler.server.api.call import Call, Signed
from reconciler.server.api.description import list_of
from reconciler.server.api.lists import (
    Listing,
    Source,
    Timing,
    answer,
    by_wire_name,
    owned_columns,
)
from reconciler.server.api.report_rows import HistoryRow
from reconciler.server.api.representation import time_text
from reconciler.server.domain.history import Action, HistoryRecord, Result
from reconciler.server.usecases import history

router = APIRouter(prefix="/admin/api/v1", tags=["report-controller"])

COLUMNS = (
    "timestamp",
    "action",
    "token",
    "appId",
    "deviceId",
    "result",
    "code",
    "detail",
    "remoteAddress",
)


@dataclass(frozen=True, slots=True)
class _Filters:
    action: Action | None
    token: str | None
    app_id: str | None
    device_id: str | None
    result: Result | None


async def _filters(
    action: Annotated[Action | None, Query()] = None,
    token: Annotated[str | None, Query(description="Exactly as the list has it")] = None,
    app_id: Annotated[str | None, Query(alias="appId")] = None,
    device_id: Annotated[str | None, Query(alias="deviceId")] = None,
    result: Annotated[Result | None, Query()] = None,
) -> _Filters:
    return _Filters(action, token, app_id, device_id, result)


def show(call: Call, record: HistoryRecord) -> dict[str, object]:
    """A request as it is answered."""
    owner = {} if call.caller.customer else {"customer": record.customer}
    return {
        "timestamp": time_text(record.timestamp),
        **owner,
        "action": record.action,
        "token": record.token,
        "appId": record.app_id,
        "deviceId": record.device_id,
        "result": record.result,
        "code": record.code,
        "detail": record.detail,
        "remoteAddress": record.remote_address,
    }


@router.get("/history", responses=list_of(HistoryRow, table=True))
def list_history(
    call: Signed, asked: Listing, timing: Timing, filters: Annotated[_Filters, Depends(_filters)]
) -> Response:
    """What devices asked for, newest first: paged, or the whole list as NDJSON or CSV."""
    query = timing.narrow(asked.query(call.customer, by_wire_name(filters)))
    source = Source(
        lambda: history.list_history(call.world, call.caller, query),
        lambda: history.stream_history(call.world, call.caller, query),
        lambda row: show(call, row),
        owned_columns(call, COLUMNS),
    )
    return answer(asked, source)
